"""The task hub's HTTP API, as the durable extension serves it. The task hub itself is in local.durable.

People find it under /runtime/webhooks/durabletask, with a key; durable clients under a base address that holds a key.

Suspending, rewinding and restarting instances are not here: the task hub does not know them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from local.durable import (
    AlreadyRunning,
    Engine,
    HubError,
    InstanceEnded,
    InstanceStatus,
    NoSuchInstance,
    RuntimeStatus,
    UnknownOrchestrator,
)
from local.host.durable_client import PATH, management_urls
from local.host.http import admitted, refuse
from local.host.keys import Keys

Handler = Callable[[web.Request], Awaitable[web.Response]]
STATUS_OF = {AlreadyRunning: 409, NoSuchInstance: 404, InstanceEnded: 410, UnknownOrchestrator: 400}
RETRY_SECONDS = "10"


class DurableApi:
    """The task hub over HTTP.

    Parameters
    ----------
    hub : str
        The task hub's name.
    """

    def __init__(self, engine: Engine, keys: Keys, hub: str) -> None:
        self._engine, self._keys, self._hub = engine, keys, hub

    def routes(self) -> list[web.RouteDef]:
        """Return the API's routes, once for people and once for durable clients."""
        found = []
        for method, path, handler in self._table():
            found.append(web.route(method, PATH + path, self._with_key(handler)))
            found.append(web.route(method, "/durabletask/{rpc}" + path, self._with_key(handler)))
        return found

    def _table(self) -> list[tuple[str, str, Handler]]:
        one = "/instances/{instance}"
        return [
            ("POST", "/orchestrators/{name}", self._start),
            ("POST", "/orchestrators/{name}/{instance}", self._start),
            ("GET", "/instances", self._query),
            ("GET", "/instances/", self._query),
            ("DELETE", "/instances", self._purge_all),
            ("DELETE", "/instances/", self._purge_all),
            ("GET", one, self._status),
            ("DELETE", one, self._purge),
            ("POST", one + "/raiseEvent/{event}", self._raise_event),
            ("POST", one + "/terminate", self._terminate),
            ("POST", one + "/{action:suspend|resume|rewind|restart}", self._unknown),
        ]

    def _with_key(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            good = (
                self._keys.rpc == request.match_info["rpc"]
                if "rpc" in request.match_info
                else admitted(request, self._keys, "system")
            )
            if not good:
                return refuse(request)
            try:
                return await handler(request)
            except HubError as exc:
                return _problem(STATUS_OF.get(type(exc), 500), str(exc))

        return guarded

    async def _start(self, request: web.Request) -> web.Response:
        name, instance = request.match_info["name"], request.match_info.get("instance")
        content = await _content(request)
        started = await asyncio.to_thread(self._engine.start, name, instance_id=instance, input=content)
        base = f"{request.scheme}://{request.host}"
        urls = management_urls(base, self._keys, self._hub, quote(started))
        headers = {"Location": urls["statusQueryGetUri"], "Retry-After": RETRY_SECONDS}
        return web.json_response({**urls, "id": started}, status=202, headers=headers)

    async def _status(self, request: web.Request) -> web.Response:
        instance = request.match_info["instance"]
        wanted = _flag(request, "showHistory")
        found = await asyncio.to_thread(self._engine.status, instance, history=wanted)
        if found is None:
            raise NoSuchInstance(f"No instance with ID '{instance}' found.")
        status = _http_status(found, failure_is_500=_flag(request, "returnInternalServerErrorOnFailure"))
        moving = {"Location": str(request.url), "Retry-After": RETRY_SECONDS} if status == 202 else {}
        return web.json_response(_shown(found, request), status=status, headers=moving)

    async def _query(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(self._select, request)
        return web.json_response([_shown(status, request) for status in found])

    async def _raise_event(self, request: web.Request) -> web.Response:
        instance, event = request.match_info["instance"], request.match_info["event"]
        await asyncio.to_thread(self._engine.raise_event, instance, event, await _content(request))
        return web.Response(status=202)

    async def _terminate(self, request: web.Request) -> web.Response:
        reason = request.query.get("reason", "")
        await asyncio.to_thread(self._engine.terminate, request.match_info["instance"], reason)
        return web.Response(status=202)

    async def _purge(self, request: web.Request) -> web.Response:
        purged = await asyncio.to_thread(self._engine.purge, request.match_info["instance"])
        return web.json_response({"instancesDeleted": int(purged)}, status=200 if purged else 404)

    async def _purge_all(self, request: web.Request) -> web.Response:
        if not any(request.query.get(name) for name in ("createdTimeFrom", "createdTimeTo", "runtimeStatus")):
            return _problem(400, "Say which: createdTimeFrom, createdTimeTo or runtimeStatus.")
        found = await asyncio.to_thread(self._select, request)
        purged = [await asyncio.to_thread(self._engine.purge, status.instance_id) for status in found]
        return web.json_response({"instancesDeleted": sum(purged)}, status=200 if any(purged) else 404)

    async def _unknown(self, request: web.Request) -> web.Response:
        return _problem(501, f"This task hub does not know {request.match_info['action']!r}.")

    def _select(self, request: web.Request) -> list[InstanceStatus]:
        query = request.query
        wanted = [text for text in query.get("runtimeStatus", "").split(",") if text]
        earliest, latest = _moment(query.get("createdTimeFrom")), _moment(query.get("createdTimeTo"))
        known = [RuntimeStatus(text) for text in wanted if text in set(RuntimeStatus)]
        if wanted and not known:
            return []
        found = self._engine.instances(query.get("instanceIdPrefix", ""), known)
        return [
            status
            for status in found
            if (earliest is None or status.created_at >= earliest)
            and (latest is None or status.created_at <= latest)
        ][: int(query.get("top", "0")) or None]


async def _content(request: web.Request) -> Any:
    """Return a body's JSON; durable clients send JSON in a JSON string, which is unpacked."""
    text = await request.text()
    if not text:
        return None
    try:
        content = json.loads(text)
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"The body is no JSON: {exc}") from exc
    try:
        return json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return content


def _http_status(found: InstanceStatus, *, failure_is_500: bool) -> int:
    if not found.runtime_status.ended:
        return 202
    return 500 if failure_is_500 and found.runtime_status is RuntimeStatus.FAILED else 200


def _shown(found: InstanceStatus, request: web.Request) -> dict[str, Any]:
    shown = found.to_json()
    return shown if _flag(request, "showInput", usual=True) else {**shown, "input": None}


def _flag(request: web.Request, name: str, *, usual: bool = False) -> bool:
    return request.query.get(name, str(usual)).lower() == "true"


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"{text!r} is no moment") from exc
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _problem(status: int, message: str) -> web.Response:
    body = {"Message": message, "ExceptionMessage": message}
    return web.json_response(body, status=status)
