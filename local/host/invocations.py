"""What passes between the host and its workers: an invocation, its context, its outcome. Running it is not here."""

import re
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import azure.functions as func
from azure.functions.meta import Datum

from local.host.errors import FunctionFailed

READY = "ready"
"""What a worker says once it has imported the app."""
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new_traceparent(parent: str = "") -> str:
    """Return a W3C trace parent: a new span of the given trace, or of a new one where that is none."""
    trace = parent.split("-")[1] if TRACEPARENT.fullmatch(parent) else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A blob that a function is told of; its content is read only if the function asks for it."""

    path: str
    size: int
    etag: str
    connection: str


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A call of a function.

    Attributes
    ----------
    inputs : dict
        Per parameter, the value as the runtime hands it to the worker library's converters, or a blob.
    metadata : dict
        The trigger's, such as a queue message's number of deliveries.
    """

    function: str
    inputs: Mapping[str, Datum | Blob]
    metadata: Mapping[str, Datum] = field(default_factory=dict)
    traceparent: str = field(default_factory=new_traceparent)
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an invocation ended: with a value, or with an error's type, text and traceback."""

    id: str
    value: Datum | None = None
    error: tuple[str, str, str] | None = None

    def settle(self, future: Future[Datum | None]) -> None:
        """Tell whoever waits for it."""
        if self.error:
            future.set_exception(FunctionFailed(*self.error))
        else:
            future.set_result(self.value)


class TraceContext(func._abc.TraceContext):
    """Where an invocation stands in a distributed trace."""

    def __init__(self, traceparent: str) -> None:
        self._traceparent = traceparent

    @property
    def trace_parent(self) -> str:
        """W3C trace parent."""
        return self._traceparent

    @property
    def trace_state(self) -> str:
        """W3C trace state: always empty here."""
        return ""

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes of the span."""
        return {}


class Context(func.Context):
    """What a function is told about its invocation."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    @property
    def invocation_id(self) -> str:
        """Id of this call."""
        return self._invocation.id

    @property
    def function_name(self) -> str:
        """Name of the function."""
        return self._invocation.function

    @property
    def function_directory(self) -> str:
        """Folder of the app."""
        return "."

    @property
    def thread_local_storage(self) -> Any:
        """Storage of the thread."""
        return threading.local()

    @property
    def trace_context(self) -> TraceContext:
        """Where the call stands in a trace."""
        return TraceContext(self._invocation.traceparent)

    @property
    def retry_context(self) -> Any:
        """Retries by the runtime: there are none on this host's triggers that a function could see."""
        return None
