"""What can go wrong in the host. How the app's own errors are told apart is not here."""

from shared.errors import ShelfcastError


class HostError(ShelfcastError):
    """The host cannot do its work: a wrong app, a port in use, a folder that another host holds."""


class FunctionFailed(ShelfcastError):
    """A function of the app raised an error.

    Parameters
    ----------
    kind, message : str
        Type and text of the error.
    trace : str
        Its traceback, for the log.
    """

    def __init__(self, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.trace = kind, message, trace


class WorkerDied(FunctionFailed):
    """The process that ran the function is gone."""

    def __init__(self, code: int | None) -> None:
        super().__init__("WorkerDied", f"the worker process ended with code {code} while it ran the function")
