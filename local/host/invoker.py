"""Runs a function of the app on an invocation, the way the runtime's Python worker does. Processes are not here."""

import asyncio
import inspect
import json
import os
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO

import azure.functions as func
from azure.functions.meta import Datum, get_binding_registry

from local.host.invocations import Blob, Context, Invocation, Outcome
from local.host.registry import Function
from local.host.storage import store_of


class BlobStream(func.InputStream):
    """A blob's name, address and length; its content is read from the store when it is first asked for."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        self._file: BinaryIO | None = None

    @property
    def name(self) -> str:
        """Path of the blob, its container first."""
        return self._blob.path

    @property
    def uri(self) -> str:
        """Address of the blob."""
        return f"blob:///{self._blob.path}"

    @property
    def length(self) -> int:
        """Size in bytes."""
        return self._blob.size

    @property
    def blob_properties(self) -> dict[str, Any]:
        """Properties of the blob: its ETag and its length."""
        return {"ETag": self._blob.etag, "ContentLength": self._blob.size}

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes, or the rest."""
        if self._file is None:
            self._file = store_of(self._blob.connection, os.environ).open(self._blob.path)
        return self._file.read(-1 if size is None else size)


class Invoker:
    """Runs functions: asynchronous ones on the running loop, the others on one thread.

    Parameters
    ----------
    functions : dict
        The app's functions by name.
    """

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="function")

    async def run(self, invocation: Invocation) -> Outcome:
        """Run a function to its end; an error of it is part of the outcome."""
        try:
            function = self._functions[invocation.function]
            value = await self._call(function, _arguments(function, invocation))
            return Outcome(id=invocation.id, value=_encode(function, value))
        except Exception as exc:  # noqa: BLE001 - handed to the host with its traceback
            return Outcome(id=invocation.id, error=(type(exc).__name__, str(exc), traceback.format_exc()))

    async def _call(self, function: Function, arguments: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(function.call):
            return await function.call(**arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(function.call, **arguments))


def _arguments(function: Function, invocation: Invocation) -> dict[str, Any]:
    types = {str(binding["name"]): str(binding["type"]) for binding in function.bindings}
    arguments = {
        name: _decode(types[name], value, invocation.metadata) for name, value in invocation.inputs.items()
    }
    return {**arguments, "context": Context(invocation)} if function.wants_context else arguments


def _decode(kind: str, value: Datum | Blob, metadata: Mapping[str, Datum]) -> Any:
    if isinstance(value, Blob):
        return BlobStream(value)
    converter: Any = get_binding_registry().get(kind)
    return converter.decode(value, trigger_metadata=metadata)


def _encode(function: Function, value: Any) -> Datum | None:
    if function.kind == "httpTrigger":
        return _encode_with("http", value) if value is not None else None
    if function.kind == "activityTrigger":
        return Datum(json.dumps(value), "json") if value is None else _encode_with("activityTrigger", value)
    return None


def _encode_with(kind: str, value: Any) -> Datum:
    converter: Any = get_binding_registry().get(kind)
    encoded: Datum = converter.encode(value, expected_type=None)
    return encoded
