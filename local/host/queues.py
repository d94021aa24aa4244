"""Delivers the host's internal queue, that of poison blobs, to queue triggers. Azure's other queues are not here."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from azure.functions.meta import Datum

from local.host.errors import FunctionFailed
from local.host.invocations import Invocation
from local.host.options import HostOptions
from local.host.receipts import QueueMessage, Receipts
from local.host.registry import Function, of_kind
from local.host.workers import Workers

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 0.5


class QueueTriggers:
    """The queue triggers of an app at work."""

    def __init__(
        self, functions: Mapping[str, Function], options: HostOptions, receipts: Receipts, workers: Workers
    ) -> None:
        self._functions = of_kind(functions, "queueTrigger")
        self._options, self._receipts, self._workers = options, receipts, workers

    async def deliver(self) -> None:
        """Deliver messages one after the other."""
        while self._functions:
            for function in self._functions:
                for message in self._receipts.messages(str(function.trigger["queueName"])):
                    await self._deliver(function, message)
            await asyncio.sleep(min(LOOK_SECONDS, self._options.listing_seconds))

    async def _deliver(self, function: Function, message: QueueMessage) -> None:
        try:
            await asyncio.wrap_future(self._workers.submit(_invocation(function, message)))
        except FunctionFailed as exc:
            self._failed(function, message, exc)
        else:
            self._receipts.delete(message)

    def _failed(self, function: Function, message: QueueMessage, error: FunctionFailed) -> None:
        attempt, most = message.attempts + 1, self._options.attempts
        LOG.warning("%s failed (try %d of %d): %s\n%s", function.name, attempt, most, error, error.trace)
        pause = self._options.retry_seconds * 2 ** (attempt - 1)
        self._receipts.return_message(message, pause, str(error), dead=attempt >= most)


def _invocation(function: Function, message: QueueMessage) -> Invocation:
    inserted = datetime.fromtimestamp(message.inserted, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return Invocation(
        function=function.name,
        inputs={str(function.trigger["name"]): Datum(message.body, "string")},
        metadata={
            "Id": Datum(message.id, "string"),
            "DequeueCount": Datum(message.attempts + 1, "int"),
            "InsertionTime": Datum(inserted, "string"),
        },
    )
