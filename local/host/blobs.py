"""Tells blob triggers of new blobs: lists the watched containers, delivers, retries, gives up into a queue.

There is no Event Grid on one machine; its events may be posted all the same, see local.host.webhooks. A posted event is
delivered as often as it was posted, as in Azure; a blob that the listing finds is delivered once per ETag.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from uuid import uuid4

from local.host.errors import FunctionFailed, HostError
from local.host.invocations import Blob, Invocation, new_traceparent
from local.host.options import HostOptions
from local.host.patterns import BlobPattern
from local.host.receipts import Delivery, QueueMessage, Receipts
from local.host.registry import Function, of_kind
from local.host.storage import store_of
from local.host.workers import Workers
from shared.errors import LakeError, ShelfcastError
from shared.ports import BlobInfo, BlobStore

LOG = logging.getLogger(__name__)
POISON_QUEUE = "webjobs-blobtrigger-poison"
IDLE_SECONDS = 0.2
AWAY_SECONDS = 2.0  # until a blob is looked for again whose storage does not answer; that is no failed try


class StorageAway(HostError):
    """The storage does not answer."""


class BlobTriggers:
    """The blob triggers of an app at work.

    Parameters
    ----------
    functions : dict
        The app's functions by name.
    """

    def __init__(
        self, functions: Mapping[str, Function], options: HostOptions, receipts: Receipts, workers: Workers
    ) -> None:
        self._functions = {f.name: f for f in of_kind(functions, "blobTrigger")}
        self._options, self._receipts, self._workers = options, receipts, workers
        self._known = {name: receipts.known(name) for name in self._functions}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    async def watch(self) -> None:
        """List the containers, again and again."""
        while self._functions:
            for function in self._functions.values():
                try:
                    await asyncio.to_thread(self._look, function)
                except (ShelfcastError, OSError) as exc:
                    LOG.warning("%s: %s cannot be listed: %s", function.name, function.trigger["path"], exc)
            self._news.set()
            await asyncio.sleep(self._options.listing_seconds)

    async def deliver(self) -> None:
        """Deliver what is due, some at a time."""
        while self._functions:
            self._news.clear()
            most = self._options.at_a_time
            for delivery in self._receipts.due(2 * most):
                if delivery.id not in self._running and len(self._running) < most:
                    self._start(delivery)
            await _wait(self._news, IDLE_SECONDS)

    async def close(self) -> None:
        """Let go of what is under way; it is delivered again when the host is back."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def push(self, function: str, path: str, etag: str, size: int) -> bool:
        """Take an event about a blob; says whether it is one of the function's."""
        known = self._functions[function]
        if BlobPattern(known.trigger["path"]).match(path) is None:
            return False
        self._receipts.expect([_delivery(function, path, etag.strip('"'), size, pushed=True)])
        self._known[function].add((path, etag.strip('"')))
        self._news.set()
        return True

    def knows(self, function: str) -> bool:
        """Whether there is such a blob trigger."""
        return function in self._functions

    def _look(self, function: Function) -> None:
        pattern = BlobPattern(function.trigger["path"])
        listed = self._store(function).list(pattern.prefix)
        fitting = (info for info in listed if pattern.match(info.path) is not None)
        self._expect(function, fitting)

    def _expect(self, function: Function, infos: Iterable[BlobInfo]) -> None:
        known = self._known[function.name]
        new = [i for i in infos if (i.path, i.etag.strip('"')) not in known]
        if new:
            self._receipts.expect(
                _delivery(function.name, i.path, i.etag.strip('"'), i.size, pushed=False) for i in new
            )
            known.update((i.path, i.etag.strip('"')) for i in new)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._running[delivery.id] = task
        task.add_done_callback(lambda _: self._free(delivery.id))

    def _free(self, number: int) -> None:
        del self._running[number]
        self._news.set()

    async def _deliver(self, delivery: Delivery) -> None:
        function = self._functions.get(delivery.function)
        try:
            if function is None:
                raise HostError(f"The app has no blob trigger {delivery.function} any more")
            info = await self._find(function, delivery)
            if info is None:
                self._receipts.end(delivery, "gone")
                return
            if not delivery.pushed and info.etag.strip('"') != delivery.etag:
                self._receipts.end(delivery, "superseded")  # the listing finds the blob that stands there now
                return
            await self._invoke(function, delivery, info)
            self._receipts.end(delivery, "done")
        except StorageAway as exc:
            self._receipts.postpone(delivery, AWAY_SECONDS, str(exc), attempts=delivery.attempts)
        except ShelfcastError as exc:
            self._failed(delivery, exc)

    async def _find(self, function: Function, delivery: Delivery) -> BlobInfo | None:
        try:
            return await asyncio.to_thread(self._store(function).stat, delivery.path)
        except (LakeError, OSError) as exc:
            raise StorageAway(str(exc)) from exc

    async def _invoke(self, function: Function, delivery: Delivery, info: BlobInfo) -> None:
        blob = Blob(
            path=info.path,
            size=info.size,
            etag=info.etag.strip('"'),
            connection=str(function.trigger["connection"]),
        )
        invocation = Invocation(
            function=function.name,
            inputs={str(function.trigger["name"]): blob},
            traceparent=new_traceparent(delivery.traceparent),
        )
        await asyncio.wrap_future(self._workers.submit(invocation))

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        attempt, most = delivery.attempts + 1, self._options.attempts
        trace = error.trace if isinstance(error, FunctionFailed) else ""
        LOG.warning(
            "%s failed on %s (try %d of %d): %s\n%s",
            *(delivery.function, delivery.path, attempt, most, error, trace),
        )
        if attempt < most:
            pause = self._options.retry_seconds * 2 ** (attempt - 1)
            self._receipts.postpone(delivery, pause, str(error), attempts=attempt)
        else:
            self._receipts.poison(delivery, str(error), _poison(delivery))

    def _store(self, function: Function) -> BlobStore:
        return store_of(str(function.trigger["connection"]), self._options.settings)


def _delivery(function: str, path: str, etag: str, size: int, *, pushed: bool) -> Delivery:
    return Delivery(
        id=0,
        function=function,
        path=path,
        etag=etag,
        size=size,
        pushed=pushed,
        traceparent=new_traceparent(),
        attempts=0,
    )


def _poison(delivery: Delivery) -> QueueMessage:
    container, _, name = delivery.path.partition("/")
    body = {
        "FunctionId": f"Host.Functions.{delivery.function}",
        "BlobType": "BlockBlob",
        "ContainerName": container,
        "BlobName": name,
        "ETag": f'"{delivery.etag}"',
    }
    return QueueMessage(
        id=str(uuid4()), queue=POISON_QUEUE, body=json.dumps(body), attempts=0, inserted=time.time()
    )


async def _wait(news: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # wait_for may lose a cancellation that comes with the news
            await news.wait()
