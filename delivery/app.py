"""A running app, asked over HTTP as anybody would: start something, follow it to its end. What is asked is not here."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import ShelfcastError

TRIES = 5
SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
ANSWER_SECONDS = 60.0
_AWAY = frozenset({429, 502, 503, 504})
Json = dict[str, Any]


class AppRefused(ShelfcastError):
    """The app does not take a request, is not there, or what it was asked for ended badly."""


@dataclass(frozen=True, kw_only=True)
class App:
    """The HTTP starters of an app.

    Attributes
    ----------
    url : str
        Such as ``https://func-shelfcast-dev.azurewebsites.net``.
    headers : dict
        With the function's key.
    rest : callable
        Waits so many seconds.
    """

    url: str
    headers: Mapping[str, str]
    rest: Callable[[float], None] = time.sleep

    def start(self, route: str, body: Json) -> tuple[str, str]:
        """Start something; returns its id and where it can be followed."""
        answer = self._ask(f"{self.url}/api/{route}", body)
        return str(answer["id"]), str(answer["statusQueryGetUri"])

    def finish(self, route: str, body: Json, *, minutes: float) -> Json:
        """Start something and wait for its end; returns its output.

        Raises
        ------
        AppRefused
            If it ended badly, or not in time.
        """
        name, address = self.start(route, body)
        deadline, pause = time.monotonic() + 60 * minutes, SHORTEST_SECONDS
        while time.monotonic() < deadline:
            status = self._ask(address, headers={})
            state = str(status.get("runtimeStatus"))
            if state == "Completed":
                return {"id": name, **(status.get("output") or {})}
            if state in ("Failed", "Terminated", "Canceled"):
                raise AppRefused(f"{name} ended as {state}: {status.get('output')}")
            self.rest(pause)
            pause = min(2 * pause, LONGEST_SECONDS)
        raise AppRefused(f"{name} has not ended in {minutes} minutes. See GET /api/runs/{name}.")

    def _ask(self, address: str, body: Json | None = None, headers: Mapping[str, str] | None = None) -> Json:
        given = {**(self.headers if headers is None else headers), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(address, data, given)  # noqa: S310 - an address of the app itself
        for attempt in range(1, TRIES + 1):
            try:
                return _sent(call)
            except _Away as exc:
                if attempt == TRIES:
                    raise AppRefused(f"{self.url} does not answer: {exc}. Is the app up?") from exc
                self.rest(SHORTEST_SECONDS * 2**attempt)
        raise AssertionError("every attempt returns or raises")


class _Away(Exception):
    """Nobody answers just now."""


def _sent(call: urllib.request.Request) -> Json:
    try:
        with urllib.request.urlopen(call, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))
    except urllib.error.HTTPError as exc:
        content = exc.read()
        if exc.code in _AWAY:
            raise _Away(str(exc)) from exc
        if exc.code == 500 and b"runtimeStatus" in content:  # an instance that failed
            return dict(json.loads(content))
        raise AppRefused(f"{exc.code}: {_told(content)}") from exc
    except (urllib.error.URLError, TimeoutError, ConnectionError) as exc:
        raise _Away(str(exc)) from exc


def _told(content: bytes) -> str:
    """Return what a refusal says."""
    try:
        error = json.loads(content)["error"]
        return f"{error['field']}: {error['problem']}. {error['remedy']}"
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")[:500] or "refused without a word"
