"""HTTP with a deadline over all requests and waits of a call. Retrying itself is not here, it is azure-core's.

Loaded by the first call, see the package.
"""

import time
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.transport import RequestsTransport

if TYPE_CHECKING:
    from shared.adapters.azureml.workspace import Patience


class OutOfTime(Exception):
    """The call's time is over, or would be before the service wants to be asked again.

    No AzureError: azure-core's retry policy would try again.
    """


class PatientTransport(RequestsTransport):
    """A transport for one call at a time."""

    def __init__(self, patience: "Patience") -> None:
        super().__init__(connection_timeout=patience.connect, read_timeout=patience.answer)
        self._patience = patience
        self.begin()

    def begin(self) -> None:
        """Begin a call."""
        self._deadline = time.monotonic() + self._patience.total

    def send(self, request: Any, **options: Any) -> Any:
        """Send within what is left of the call's time."""
        left = self._left()
        if left <= 0:
            raise OutOfTime(f"no answer within {self._patience.total:g} s")
        options["connection_timeout"] = min(left, self._patience.connect)
        options["read_timeout"] = min(left, self._patience.answer)
        return super().send(request, **options)

    def sleep(self, duration: float) -> None:
        """Wait before a retry, unless that would take longer than the call may."""
        if duration >= self._left():
            raise OutOfTime(
                f"busy: it asks to wait {duration:g} s, the call may take {self._patience.total:g} s"
            )
        super().sleep(duration)

    def _left(self) -> float:
        return self._deadline - time.monotonic()
