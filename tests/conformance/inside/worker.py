"""The platform's own worker library, asked as the host asks it: init, metadata, load, invocation."""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime
from protos import PROTOS, Message, StatusResult

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OPERATION = TRACEPARENT.split("-")[1]


class Broken(Exception):
    """What the worker library answered is not what it has to be."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an invocation came to; `value` is the returned data, `kind` says of which kind, None for none."""

    milliseconds: float
    kind: str | None = None
    value: Any = None
    error: str = ""

    def json(self) -> Any:
        """Return the JSON that was answered."""
        text = self.value.body.bytes if self.kind == "http" else self.value
        return json.loads(text)


class Worker:
    """A worker process of which we are the host.

    Parameters
    ----------
    package : Path
        The deployed folder.
    """

    def __init__(self, package: Path) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        runtime.start_threadpool_executor()
        began = time.perf_counter()
        answer = self._ask(
            runtime.worker_init_request,
            worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(package)),
        )
        self.indexing_seconds = time.perf_counter() - began
        _check(answer, "indexing the app")
        answer = self._ask(runtime.functions_metadata_request)
        _check(answer, "the app's metadata")
        if answer.use_default_metadata_indexing:
            raise Broken("the worker leaves indexing to the host: it found no function_app.py")
        self.functions = {function.name: function for function in answer.function_metadata_results}
        for function in self.functions.values():
            load = SimpleNamespace(function_id=function.function_id)
            _check(self._ask(runtime.function_load_request, function_load_request=load), function.name)

    def invoke(
        self, name: str, inputs: Mapping[str, Message], metadata: Mapping[str, Message] | None = None
    ) -> Answer:
        """Invoke a function, as the host does."""
        given = [PROTOS.ParameterBinding(name=each, data=value) for each, value in inputs.items()]
        request = SimpleNamespace(
            invocation_id=f"{name}-1",
            function_id=self.functions[name].function_id,
            input_data=[_Bound(binding) for binding in given],
            trigger_metadata=dict(metadata or {}),
            trace_context=SimpleNamespace(trace_parent=TRACEPARENT, trace_state="", attributes={}),
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        )
        began = time.perf_counter()
        answer = self._ask(runtime.invocation_request, invocation_request=request)
        return _answer(answer, 1000 * (time.perf_counter() - began))

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run something in the worker's loop."""
        return self._loop.run_until_complete(coroutine)

    def _ask(self, handler: Any, **parts: Any) -> Any:
        properties = {"host": "127.0.0.1", "protos": PROTOS}
        request = SimpleNamespace(request=SimpleNamespace(**parts), properties=properties)
        return self._loop.run_until_complete(handler(request))


class _Bound:
    """A parameter's data; its group has the field `data` where the host sends no shared memory."""

    def __init__(self, binding: Message) -> None:
        self.name, self.data = binding.name, binding.data

    def WhichOneof(self, group: str) -> str:  # noqa: N802 - protobuf's name
        return "data"


def _check(answer: Any, what: str) -> None:
    if answer.result.status != StatusResult.Success:
        raised = answer.result.exception
        raise Broken(f"{what}: {raised.message}\n{raised.stack_trace}")


def _answer(answer: Any, milliseconds: float) -> Answer:
    if answer.result.status != StatusResult.Success:
        return Answer(milliseconds=milliseconds, error=answer.result.exception.message)
    if answer.return_value is None:
        return Answer(milliseconds=milliseconds)
    kind = answer.return_value.WhichOneof("data")
    return Answer(milliseconds=milliseconds, kind=kind, value=getattr(answer.return_value, kind))
