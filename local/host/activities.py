"""Runs the task hub's activities in the workers. When which activity runs is decided in local.durable."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future

from azure.functions.meta import Datum

from local.durable import ActivityInterrupted
from local.host.errors import FunctionFailed, HostError, WorkerDied
from local.host.invocations import Invocation
from local.host.registry import Function, of_kind
from local.host.workers import Workers

DEATHS_MOST = 3
"""Workers that an activity may take with it before it counts as failed."""


class Activities:
    """The app's activities, each run in a worker.

    An activity whose worker dies is called again, as in Azure; one that takes worker after worker with it fails.
    """

    def __init__(self, functions: Mapping[str, Function], workers: Workers) -> None:
        self._functions = {f.name: f for f in of_kind(functions, "activityTrigger")}
        self._workers = workers
        self._deaths: Counter[tuple[str, str]] = Counter()
        self._running: set[Future[Datum | None]] = set()
        self._interrupted = threading.Event()

    def run(self, name: str, content: object) -> object:
        """Run an activity to its end; raises FunctionFailed, or ActivityInterrupted where it is to be called again."""
        function = self._functions.get(name)
        if function is None:
            raise HostError(f"The app has no activity {name!r}")
        text = json.dumps(content)
        try:
            answer = self._ask(function, text)
        except WorkerDied as exc:
            self._deaths[name, text] += 1
            if self._deaths[name, text] < DEATHS_MOST or self._interrupted.is_set():
                raise ActivityInterrupted(str(exc)) from exc
            raise
        return None if answer is None else json.loads(answer.value)

    def interrupt(self) -> None:
        """Let go of what is under way: it is called again when the host is back."""
        self._interrupted.set()
        for future in list(self._running):
            future.cancel()
        self._workers.close()

    def _ask(self, function: Function, text: str) -> Datum | None:
        if self._interrupted.is_set():
            raise ActivityInterrupted("the host ends")
        name = str(function.trigger["name"])
        future = self._workers.submit(Invocation(function=function.name, inputs={name: Datum(text, "json")}))
        self._running.add(future)
        try:
            return future.result()
        except FunctionFailed:
            raise
        except BaseException as exc:
            raise ActivityInterrupted("the host ends") from exc
        finally:
            self._running.discard(future)
