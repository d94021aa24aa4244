"""The host as a whole: puts its parts together, starts and stops them. What each part does is in its own module."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from local.durable import Engine, RealClock
from local.host.activities import Activities
from local.host.admin import Admin
from local.host.blobs import BlobTriggers
from local.host.durable_api import DurableApi
from local.host.durable_client import WithClients, client_binding, management_urls
from local.host.errors import HostError
from local.host.holding import held
from local.host.http import HttpTriggers
from local.host.keys import Keys
from local.host.options import HostOptions
from local.host.processes import WorkerOptions
from local.host.queues import QueueTriggers
from local.host.receipts import Receipts
from local.host.registry import Function, load_functions, of_kind
from local.host.timers import TimerTriggers
from local.host.webhooks import Webhooks
from local.host.workers import Workers, start_workers

LOG = logging.getLogger(__name__)
ADDRESS = "127.0.0.1"
STOP_SECONDS = 10.0


class Host:
    """A running host.

    Attributes
    ----------
    url : str
        Such as ``http://127.0.0.1:7071``.
    keys : Keys
        Of its functions and webhooks.
    engine : Engine
        Its task hub.
    receipts : Receipts
        What it remembers.
    workers : Workers
        Who runs its functions.
    """

    def __init__(self, *, url: str, keys: Keys, engine: Engine, receipts: Receipts, workers: Workers) -> None:
        self.url, self.keys, self.engine = url, keys, engine
        self.receipts, self.workers = receipts, workers

    @property
    def headers(self) -> dict[str, str]:
        """The headers that open HTTP functions."""
        return {"x-functions-key": self.keys.function}

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers."""
        return self.workers.pids

    def webhook(self, kind: str, function: str) -> str:
        """Return the address of a webhook, ``blobs`` or ``EventGrid``, for a function."""
        return f"{self.url}/runtime/webhooks/{kind}?functionName=Host.Functions.{function}&code={self.keys.system}"

    def management_urls(self, instance: str) -> dict[str, str]:
        """Return the addresses by which an orchestration is managed."""
        return management_urls(self.url, self.keys, "", instance)


@contextmanager
def serve(options: HostOptions) -> Iterator[Host]:
    """Run a host on threads of this process for as long as the context lasts.

    Raises
    ------
    HostError
        If the app cannot be loaded, the port is in use, or another host holds the folder.
    """
    with ExitStack() as stack:
        stack.enter_context(held(options.folder))
        stack.enter_context(_environment(options.settings))
        options = replace(options, settings=dict(os.environ))
        functions = load_functions(options.app)
        listening = stack.enter_context(_listen(options.port))
        url = f"http://{ADDRESS}:{listening.getsockname()[1]}"
        keys = Keys.read(options.folder / "keys.json")
        receipts = Receipts(options.folder / "host.sqlite")
        stack.callback(receipts.close)
        workers = WithClients(
            start_workers(_worker_options(options), options.workers),
            functions,
            client_binding(url, keys, options.hub),
        )
        stack.callback(workers.close)
        engine = stack.enter_context(_engine(functions, options, workers))
        host = Host(url=url, keys=keys, engine=engine, receipts=receipts, workers=workers)
        stack.enter_context(_serving(functions, options, host, listening))
        yield host


@contextmanager
def running_host(*, app: str, folder: Path, **options: Any) -> Iterator[Host]:
    """Run a host, as in ``with running_host(app="function_app:app", folder=tmp_path) as host: ...``.

    Further keywords are those of `HostOptions`.
    """
    with serve(HostOptions(app=app, folder=folder, **options)) as host:
        yield host


@contextmanager
def _engine(functions: Mapping[str, Function], options: HostOptions, workers: Workers) -> Iterator[Engine]:
    activities = Activities(functions, workers)
    engine = Engine(
        options.folder / "hub.sqlite",
        orchestrators={f.name: f.call for f in of_kind(functions, "orchestrationTrigger")},
        activity=activities.run,
        clock=RealClock(),
        activities_at_a_time=max(4, 2 * options.workers),
    )
    stop = threading.Event()
    thread = threading.Thread(target=engine.serve, args=(stop,), name="engine")
    thread.start()
    try:
        yield engine
    finally:
        stop.set()
        activities.interrupt()
        thread.join()
        engine.close()


@contextmanager
def _serving(
    functions: Mapping[str, Function], options: HostOptions, host: Host, listening: socket.socket
) -> Iterator[None]:
    """Serve HTTP and the triggers on a thread, until the context ends."""
    loop = asyncio.new_event_loop()
    stop, started = asyncio.Event(), threading.Event()
    failure: list[Exception] = []

    async def main() -> None:
        async with _listening(functions, options, host, listening):
            started.set()
            await stop.wait()

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(main())
        except Exception as exc:  # noqa: BLE001 - raised where the host was started
            failure.append(exc)
        finally:
            started.set()

    thread = threading.Thread(target=work, name="host")
    thread.start()
    started.wait()
    try:
        if failure:
            raise failure[0]
        yield
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join()


@asynccontextmanager
async def _listening(
    functions: Mapping[str, Function], options: HostOptions, host: Host, listening: socket.socket
) -> AsyncIterator[None]:
    blobs = BlobTriggers(functions, options, host.receipts, host.workers)
    queues = QueueTriggers(functions, options, host.receipts, host.workers)
    timers = TimerTriggers(functions, options, host.receipts, host.workers)
    http = HttpTriggers(functions, options, host.keys, host.workers)
    application = web.Application(client_max_size=options.body_limit)
    application.add_routes(DurableApi(host.engine, host.keys, options.hub).routes())
    application.add_routes(Webhooks(functions, host.keys, host.workers, blobs).routes())
    application.add_routes(Admin(functions, options, host.keys, host.receipts, timers).routes())
    application.router.add_route("*", "/{tail:.*}", http.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    tasks = [
        asyncio.create_task(_forever(work))
        for work in (blobs.watch, blobs.deliver, queues.deliver, timers.run)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await blobs.close()
        await runner.cleanup()


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """Do a trigger's work again if it broke, rather than go on without it."""
    while True:
        try:
            await work()
        except Exception:
            LOG.exception("%s broke; it begins again", work.__qualname__)
            await asyncio.sleep(1.0)
        else:
            return


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Let the app see its settings, in this process too."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, port))
        except OSError as exc:
            raise HostError(f"Port {port} cannot be used: {exc.strerror}. Give another with --port.") from exc
        listening.listen()
        yield listening


def _worker_options(options: HostOptions) -> WorkerOptions:
    return WorkerOptions(
        app=options.app,
        prepare=options.prepare,
        settings=options.settings,
        log=options.folder / "workers.log",
    )
