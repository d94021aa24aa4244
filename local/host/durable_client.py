"""What a durable client is told: where the task hub's HTTP API is. The API itself is in local.host.durable_api."""

import json
import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from azure.functions.meta import Datum

from local.host.invocations import Invocation
from local.host.keys import Keys
from local.host.registry import Function
from local.host.workers import Workers

LOG = logging.getLogger(__name__)
PATH = "/runtime/webhooks/durabletask"
ACTIONS = {
    "statusQueryGetUri": "",
    "sendEventPostUri": "/raiseEvent/{eventName}",
    "terminatePostUri": "/terminate?reason={text}",
    "suspendPostUri": "/suspend?reason={text}",
    "resumePostUri": "/resume?reason={text}",
    "rewindPostUri": "/rewind?reason={text}",
    "purgeHistoryDeleteUri": "",
    "restartPostUri": "/restart",
}


def management_urls(base: str, keys: Keys, hub: str, instance: str) -> dict[str, str]:
    """Return the addresses by which an instance is managed; they carry a key."""
    needed = f"taskHub={hub}&connection=Storage&code={keys.system}"
    urls = {
        name: f"{base}{PATH}/instances/{instance}{tail}{'&' if '?' in tail else '?'}{needed}"
        for name, tail in ACTIONS.items()
    }
    return {"id": instance, **urls}


def client_binding(base: str, keys: Keys, hub: str) -> dict[str, object]:
    """Return the JSON that a ``durableClient`` binding hands to a function."""
    needed = f"taskHub={hub}&connection=Storage&code={keys.system}"
    create = f"{base}{PATH}/orchestrators/{{functionName}}[/{{instanceId}}]?{needed}"
    waiting = "&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    return {
        "taskHubName": hub,
        "creationUrls": {
            "createNewInstancePostUri": create,
            "createAndWaitOnNewInstancePostUri": create + waiting,
        },
        "managementUrls": management_urls(base, keys, hub, "INSTANCEID"),
        "baseUrl": f"{base}{PATH}",
        "requiredQueryStringParameters": f"code={keys.system}",
        "rpcBaseUrl": f"{base}/durabletask/{keys.rpc}/",
    }


class WithClients:
    """Workers whose functions are given their durable clients.

    Parameters
    ----------
    binding : dict
        What a client is told, see `client_binding`.
    """

    def __init__(
        self, workers: Workers, functions: Mapping[str, Function], binding: Mapping[str, object]
    ) -> None:
        self._workers, self._functions = workers, functions
        self._binding = Datum(json.dumps(binding), "string")

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return self._workers.pids

    def submit(self, invocation: Invocation) -> Future[Datum | None]:
        """Have a function run."""
        clients = dict.fromkeys(self._functions[invocation.function].clients, self._binding)
        future = self._workers.submit(replace(invocation, inputs={**invocation.inputs, **clients}))
        future.add_done_callback(partial(_log, invocation, time.monotonic()))
        return future

    def close(self) -> None:
        """End all workers."""
        self._workers.close()


def _log(invocation: Invocation, begun: float, ended: Future[Datum | None]) -> None:
    how = "cancelled" if ended.cancelled() else "failed" if ended.exception() else "succeeded"
    passed = time.monotonic() - begun
    LOG.info("%s %s after %.3f s, invocation %s", invocation.function, how, passed, invocation.id)
