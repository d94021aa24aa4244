"""Runs the functions of an app: some processes for HTTP functions, some for all others, or everything here.

Like the groups of a Flex Consumption plan, HTTP functions have a process of their own: a starter answers at once while
the others condition files. How processes are kept is in local.host.processes.
"""

import asyncio
import threading
from concurrent.futures import Future
from typing import Protocol

from azure.functions.meta import Datum

from local.host.errors import HostError
from local.host.invocations import Invocation
from local.host.invoker import Invoker
from local.host.processes import ProcessPool, WorkerOptions
from local.host.registry import load_functions, load_object

HTTP_AT_A_TIME = 100
STOP_SECONDS = 5.0


class Workers(Protocol):
    """Whoever runs functions."""

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        ...

    def submit(self, invocation: Invocation) -> Future[Datum | None]:
        """Have a function run; the future ends with its answer, or with FunctionFailed."""
        ...

    def close(self) -> None:
        """End all workers, whatever they do."""
        ...


class GroupedWorkers:
    """A pool for HTTP functions, and one for all others."""

    def __init__(self, options: WorkerOptions, *, size: int) -> None:
        self._http = {f.name for f in load_functions(options.app).values() if f.kind == "httpTrigger"}
        self.others = ProcessPool(options, size=size, at_a_time=1)
        self.front = ProcessPool(options, size=1, at_a_time=HTTP_AT_A_TIME)
        try:
            self.others.wait()
            self.front.wait()
        except HostError:
            self.close()
            raise

    @property
    def pids(self) -> list[int]:
        """Process ids of all workers."""
        return self.front.pids + self.others.pids

    def submit(self, invocation: Invocation) -> Future[Datum | None]:
        """Have a function run in its group."""
        pool = self.front if invocation.function in self._http else self.others
        return pool.submit(invocation)

    def close(self) -> None:
        """End all workers."""
        self.front.close()
        self.others.close()


class InProcess:
    """Runs functions in the host's own process, so that a debugger's breakpoints hold."""

    def __init__(self, options: WorkerOptions) -> None:
        if options.prepare:
            load_object(options.prepare)()
        self._invoker = Invoker(load_functions(options.app))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="functions")
        self._thread.start()

    @property
    def pids(self) -> list[int]:
        """No worker processes."""
        return []

    def submit(self, invocation: Invocation) -> Future[Datum | None]:
        """Have a function run."""
        future: Future[Datum | None] = Future()
        future.set_running_or_notify_cancel()

        async def run() -> None:
            (await self._invoker.run(invocation)).settle(future)

        asyncio.run_coroutine_threadsafe(run(), self._loop)
        return future

    def close(self) -> None:
        """Stop the loop, once the durable clients' sessions are closed."""
        from azure.durable_functions.models.utils.http_utils import _close_session

        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_close_session(), self._loop).result(STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def start_workers(options: WorkerOptions, size: int) -> Workers:
    """Start that many workers; 0 = in this process."""
    return GroupedWorkers(options, size=size) if size else InProcess(options)
