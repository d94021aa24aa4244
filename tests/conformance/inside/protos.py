"""Stand-ins for the host's protobuf messages, which the worker library is handed: plain fields, and which one is set.

The real ones come with the platform's image, not with a package.
"""

from types import SimpleNamespace
from typing import Any


class Message:
    """A message: fields by keyword; a field that was not given is absent."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return the field that is set; the messages here have one group only."""
        return next(iter(self.__dict__), None)


class StatusResult(Message):
    """How a request ended."""

    Failure, Success, Cancelled = 0, 1, 2


class BindingInfo(Message):
    """A binding, and the numbers of its directions and kinds of data."""

    in_, out, inout = 0, 1, 2
    undefined, string, binary, stream = 0, 1, 2, 3


class RpcHttpCookie(Message):
    """A cookie."""

    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


NAMES = (
    "WorkerInitResponse",
    "WorkerMetadata",
    "FunctionMetadataResponse",
    "FunctionLoadResponse",
    "RpcFunctionMetadata",
    "RpcRetryOptions",
    "RpcException",
    "InvocationResponse",
    "ParameterBinding",
    "TypedData",
    "RpcHttp",
    "NullableString",
    "NullableBool",
    "NullableDouble",
    "NullableTimestamp",
)
PROTOS = SimpleNamespace(
    StatusResult=StatusResult,
    BindingInfo=BindingInfo,
    RpcHttpCookie=RpcHttpCookie,
    **{name: type(name, (Message,), {}) for name in NAMES},
)


def data(**value: Any) -> Message:
    """Return typed data, such as ``data(json="{}")``."""
    return PROTOS.TypedData(**value)
