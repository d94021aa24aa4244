"""HTTP functions: routes, keys, limits, and the way to a worker and back. Webhooks are in local.host.webhooks."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from azure.functions.meta import Datum

from local.host.errors import FunctionFailed
from local.host.invocations import Invocation, new_traceparent
from local.host.keys import Keys
from local.host.options import HostOptions
from local.host.patterns import RoutePattern
from local.host.registry import Function, of_kind
from local.host.workers import Workers

LOG = logging.getLogger(__name__)
ALL_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS")


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where an HTTP function is found."""

    function: Function
    pattern: RoutePattern
    methods: frozenset[str]
    level: str


def routes_of(functions: Mapping[str, Function], prefix: str) -> list[Route]:
    """Return the routes of an app's HTTP functions, those with fewer parameters first."""
    routes = [_route(function, prefix) for function in of_kind(functions, "httpTrigger")]
    return sorted(routes, key=lambda route: route.pattern.parameters)


def admitted(request: web.Request, keys: Keys, level: str) -> bool:
    """Whether a request carries a key for a level, as a header or in its address."""
    return level == "anonymous" or any(keys.opens(key, level) for key in _given(request))


def refuse(request: web.Request) -> web.Response:
    """Answer a request without a good key, and log it."""
    what = "a wrong key" if _given(request) else "no key"
    LOG.warning("401 %s %s from %s: %s", request.method, request.path, request.remote, what)
    return web.Response(status=401)


def problem(status: int, message: str) -> web.Response:
    """Answer with an error that says what is wrong."""
    return web.json_response({"error": message}, status=status)


class HttpTriggers:
    """The HTTP triggers of an app at work."""

    def __init__(
        self, functions: Mapping[str, Function], options: HostOptions, keys: Keys, workers: Workers
    ) -> None:
        self.routes = routes_of(functions, options.route_prefix)
        self._options, self._keys, self._workers = options, keys, workers

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request that no other part of the host answers."""
        fitting = [(r, v) for r in self.routes if (v := r.pattern.match(request.path)) is not None]
        if not fitting:
            return problem(404, f"No function has the route {request.path}")
        for route, values in fitting:
            if request.method in route.methods:
                return await self._serve(request, route, values)
        allowed = sorted({method for route, _ in fitting for method in route.methods})
        return web.Response(status=405, headers={"Allow": ", ".join(allowed)})

    async def _serve(
        self, request: web.Request, route: Route, values: Mapping[str, str]
    ) -> web.StreamResponse:
        if not admitted(request, self._keys, route.level):
            return refuse(request)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            LOG.warning("413 %s %s from %s", request.method, request.path, request.remote)
            return problem(413, f"The body is larger than {self._options.body_limit} bytes. Send less.")
        return await self._invoke(self._invocation(request, route.function, values, body))

    def _invocation(
        self, request: web.Request, function: Function, values: Mapping[str, str], body: bytes
    ) -> Invocation:
        return Invocation(
            function=function.name,
            inputs={str(function.trigger["name"]): Datum(_http_value(request, values, body), "http")},
            traceparent=new_traceparent(request.headers.get("traceparent", "")),
        )

    async def _invoke(self, invocation: Invocation) -> web.StreamResponse:
        running = asyncio.wrap_future(self._workers.submit(invocation))
        try:
            answer = await asyncio.wait_for(asyncio.shield(running), self._options.request_seconds)
        except TimeoutError:
            running.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            LOG.error("%s has not answered in %g s", invocation.function, self._options.request_seconds)
            return problem(503, f"No answer in {self._options.request_seconds:g} seconds.")
        except FunctionFailed as exc:
            LOG.error("%s failed: %s\n%s", invocation.function, exc, exc.trace)
            return web.Response(status=500)
        return _response(answer)


def _route(function: Function, prefix: str) -> Route:
    route = str(function.trigger.get("route") or function.name)
    methods = [str(method).upper() for method in function.trigger.get("methods") or ALL_METHODS]
    return Route(
        function=function,
        pattern=RoutePattern(f"{prefix}/{route}" if prefix else route),
        methods=frozenset(methods),
        level=str(function.trigger.get("authLevel") or "function").lower(),
    )


def _http_value(request: web.Request, values: Mapping[str, str], body: bytes) -> dict[str, object]:
    def texts(items: Mapping[str, str]) -> dict[str, Datum]:
        return {name: Datum(value, "string") for name, value in items.items()}

    return {
        "method": Datum(request.method, "string"),
        "url": Datum(str(request.url), "string"),
        "headers": texts(request.headers),
        "query": texts(request.query),
        "params": texts(values),
        "body": Datum(body, "bytes"),
    }


def _response(answer: Datum | None) -> web.Response:
    if answer is None:
        return web.Response(status=204)
    if answer.type == "string":
        return web.Response(text=answer.value)
    value = answer.value
    response = web.Response(
        status=int(value["status_code"].value),
        body=value["body"].value,
        headers={name: datum.value for name, datum in value["headers"].items()},
    )
    for cookie in value["cookies"] or []:
        response.cookies.update(cookie)
    return response


def _given(request: web.Request) -> list[str]:
    keys = (request.headers.get("x-functions-key"), request.query.get("code"))
    return [key for key in keys if key]
