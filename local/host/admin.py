"""What the host tells about itself, as the Core Tools do: status, functions; and timers run by hand."""

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from aiohttp import web

from local.host.errors import FunctionFailed
from local.host.http import admitted, problem, refuse, routes_of
from local.host.keys import Keys
from local.host.options import HostOptions
from local.host.receipts import Receipts
from local.host.registry import Function
from local.host.timers import TimerTriggers


class Admin:
    """The addresses under /admin; reading needs no key on one's own machine, as with the Core Tools."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        options: HostOptions,
        keys: Keys,
        receipts: Receipts,
        timers: TimerTriggers,
    ) -> None:
        self._functions, self._options, self._keys = functions, options, keys
        self._receipts, self._timers = receipts, timers
        self._started = time.monotonic()

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses."""
        return [
            web.get("/", self._home),
            web.get("/admin/host/status", self._status),
            web.get("/admin/functions", self._list),
            web.post("/admin/functions/{name}", self._run),
        ]

    async def _home(self, request: web.Request) -> web.Response:
        return web.Response(text="The Shelfcast functions are up.\n")

    async def _status(self, request: web.Request) -> web.Response:
        status = {
            "id": self._options.hub,
            "state": "Running",
            "version": f"local, azure-functions {version('azure-functions')}",
            "processUptime": int(1000 * (time.monotonic() - self._started)),
            "functions": len(self._functions),
            "deliveries": self._receipts.counts(),
            "lastErrors": self._receipts.last_errors(),
            "deadLetters": self._receipts.dead_letters(),
            "timers": self._timers.times(),
        }
        return web.json_response(status)

    async def _list(self, request: web.Request) -> web.Response:
        base = f"{request.scheme}://{request.host}"
        templates = {
            r.function.name: r.pattern.template
            for r in routes_of(self._functions, self._options.route_prefix)
        }
        listed = [_described(f, base, templates.get(f.name)) for f in self._functions.values()]
        return web.json_response(listed)

    async def _run(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not admitted(request, self._keys, "admin"):
            return refuse(request)
        if name not in self._functions or self._functions[name].kind != "timerTrigger":
            return problem(404, f"No timer {name!r}")
        try:
            await self._timers.run_now(name)
        except FunctionFailed as exc:
            return problem(500, str(exc))
        return web.Response(status=202)


def _described(function: Function, base: str, template: str | None) -> dict[str, Any]:
    return {
        "name": function.name,
        "language": "python",
        "isDisabled": False,
        "href": f"{base}/admin/functions/{function.name}",
        "invoke_url_template": f"{base}/{template}" if template else None,
        "config": {"bindings": list(function.bindings), "language": "python"},
    }
