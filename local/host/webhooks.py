"""Where Event Grid's events are posted: for Event Grid triggers, and for blob triggers. Routes of the app are not here.

Events come in Event Grid's schema or as CloudEvents, each with its own handshake.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web
from azure.functions.meta import Datum

from local.host.blobs import BlobTriggers
from local.host.errors import FunctionFailed
from local.host.http import admitted, problem, refuse
from local.host.invocations import Invocation
from local.host.keys import Keys
from local.host.registry import Function, of_kind
from local.host.workers import Workers

LOG = logging.getLogger(__name__)
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
CREATED = "Microsoft.Storage.BlobCreated"
SUBJECT = "/blobServices/default/containers/"


class Webhooks:
    """Takes events for the app's triggers."""

    def __init__(
        self, functions: Mapping[str, Function], keys: Keys, workers: Workers, blobs: BlobTriggers
    ) -> None:
        self._functions = {f.name: f for f in of_kind(functions, "eventGridTrigger")}
        self._keys, self._workers, self._blobs = keys, workers, blobs

    def routes(self) -> list[web.RouteDef]:
        """Return the two webhooks, and CloudEvents' handshake for each."""
        event_grid, blobs = "/runtime/webhooks/EventGrid", "/runtime/webhooks/blobs"
        return [
            web.post(event_grid, self._events),
            web.post(event_grid.lower(), self._events),
            web.post(blobs, self._blob_events),
            *(web.options(path, self._allow) for path in (event_grid, event_grid.lower(), blobs)),
        ]

    async def _events(self, request: web.Request) -> web.Response:
        if not admitted(request, self._keys, "system"):
            return refuse(request)
        function = self._functions.get(_function_name(request))
        if function is None:
            return problem(404, f"No Event Grid trigger {_function_name(request)!r}")
        events = await _read(request)
        if (handshake := _handshake(events)) is not None:
            return handshake
        return await self._tell(function, events)

    async def _tell(self, function: Function, events: list[dict[str, Any]]) -> web.Response:
        name = str(function.trigger["name"])
        told = [
            self._workers.submit(
                Invocation(function=function.name, inputs={name: Datum(json.dumps(event), "json")})
            )
            for event in events
        ]
        answers = await asyncio.gather(*map(asyncio.wrap_future, told), return_exceptions=True)
        failed = [answer for answer in answers if isinstance(answer, FunctionFailed)]
        for error in failed:
            LOG.error("%s failed: %s\n%s", function.name, error, error.trace)
        return web.Response(status=500 if failed else 202)

    async def _blob_events(self, request: web.Request) -> web.Response:
        if not admitted(request, self._keys, "system"):
            return refuse(request)
        name = _function_name(request)
        if not self._blobs.knows(name):
            return problem(404, f"No blob trigger {name!r}")
        events = await _read(request)
        if (handshake := _handshake(events)) is not None:
            return handshake
        for event in events:
            self._push(name, event)
        return web.Response(status=202)

    def _push(self, function: str, event: Mapping[str, Any]) -> None:
        kind = event.get("eventType") or event.get("type")
        data = event.get("data") or {}
        path = _path(str(event.get("subject", "")), str(data.get("url", "")))
        if kind != CREATED or not path:
            LOG.info("Event %s of type %s is none of %s's", event.get("id"), kind, function)
            return
        self._blobs.push(function, path, str(data.get("eTag", "")), int(data.get("contentLength") or 0))

    async def _allow(self, request: web.Request) -> web.Response:
        if not admitted(request, self._keys, "system"):
            return refuse(request)
        origin = request.headers.get("WebHook-Request-Origin", "*")
        return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})


def _function_name(request: web.Request) -> str:
    return request.query.get("functionName", "").removeprefix("Host.Functions.")


async def _read(request: web.Request) -> list[dict[str, Any]]:
    try:
        content = json.loads(await request.text())
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"The body is no JSON: {exc}") from exc
    events = content if isinstance(content, list) else [content]
    if not all(isinstance(event, dict) for event in events):
        raise web.HTTPBadRequest(text="The body is no event, nor a list of events")
    return events


def _handshake(events: list[dict[str, Any]]) -> web.Response | None:
    if not events or events[0].get("eventType") != VALIDATION:
        return None
    code = (events[0].get("data") or {}).get("validationCode", "")
    return web.json_response({"validationResponse": code})


def _path(subject: str, url: str) -> str:
    """Return the blob's path, container first, from the event's subject or, failing that, its address."""
    container, found, name = subject.removeprefix(SUBJECT).partition("/blobs/")
    if subject.startswith(SUBJECT) and found:
        return f"{container}/{name}"
    return unquote(urlsplit(url).path).lstrip("/")
