"""What a host is started with. The app's own settings are in shared.settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from local.host.errors import HostError


@dataclass(frozen=True, kw_only=True)
class HostOptions:
    """What a host is started with.

    Attributes
    ----------
    app : str
        Path of the app, such as ``function_app:app``.
    folder : Path
        Receipts, the task hub, keys and logs lie here; one host at a time holds it.
    port : int
        0 = a free one.
    workers : int
        Processes besides the one for HTTP functions; 0 = everything in the host's own process.
    prepare : str
        Path of a function that a worker calls before it imports the app; empty = none.
    settings : dict
        Environment variables of the app.
    blobs_at_a_time : int
        0 = as many as workers.
    retry_seconds : float
        Pause before the second try of a delivery; doubled for each further one.
    """

    app: str
    folder: Path
    port: int = 0
    workers: int = 2
    prepare: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    route_prefix: str = "api"
    hub: str = "Shelfcast"
    body_limit: int = 1 << 20
    request_seconds: float = 230.0
    listing_seconds: float = 1.0
    retry_seconds: float = 1.0
    attempts: int = 5
    blobs_at_a_time: int = 0

    @property
    def at_a_time(self) -> int:
        """Blobs that are delivered at once."""
        return self.blobs_at_a_time or max(1, self.workers)


@dataclass(frozen=True, kw_only=True)
class HostJson:
    """What this host takes from host.json: the route prefix, and the task hub's name."""

    route_prefix: str = "api"
    hub: str = "Shelfcast"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file, or take what Azure takes where there is none; raises HostError."""
        if not path.exists():
            return cls()
        extensions = _read_json(path).get("extensions", {})
        return cls(
            route_prefix=extensions.get("http", {}).get("routePrefix", cls.route_prefix),
            hub=extensions.get("durableTask", {}).get("hubName", cls.hub),
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as exc:
        raise HostError(f"{path} is no JSON: {exc}") from exc
    return found
