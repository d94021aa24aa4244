"""The subscription that is a file: what has been deployed, and what commands have made besides."""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.errors import ShelfcastError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


class AzRefused(ShelfcastError):
    """The command fails, as it would in Azure; `code` is the exit code of az."""

    def __init__(self, problem: str, code: int = 1) -> None:
        super().__init__(problem)
        self.code = code


class NotFound(AzRefused):
    """What is asked for is not there."""

    def __init__(self, what: str) -> None:
        super().__init__(f"(ResourceNotFound) {what} was not found.", 3)


@dataclass
class Cloud:
    """What there is.

    Attributes
    ----------
    deployments : dict
        By name: resources by id with a digest of their body, and outputs.
    functions : dict
        By function app, the functions of the package that it runs.
    things : list of str
        Whatever else commands have made, such as ``acr image/shelfcast-training:1a2b``.
    """

    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)
    things: list[str] = field(default_factory=list)

    def resources(self, kind: str, name: str = "") -> list[str]:
        """Return the ids of the resources of a type, of one name where it is given."""
        found = [key for one in self.deployments.values() for key in one["resources"]]
        wanted = f"/providers/{kind}/{name}".lower()
        return [key for key in found if wanted in key.lower() and (not name or key.lower().endswith(wanted))]

    def need(self, kind: str, name: str) -> str:
        """Return the id of a resource that has to be there."""
        found = self.resources(kind, name)
        if not found:
            raise NotFound(f"The resource '{kind}/{name}'")
        return found[0]

    def need_group(self, name: str) -> None:
        """Fail where there is no such resource group."""
        found = [key for one in self.deployments.values() for key in one["resources"]]
        if not any(f"/resourcegroups/{name}/".lower() in f"{key}/".lower() for key in found):
            raise AzRefused(f"(ResourceGroupNotFound) Resource group '{name}' could not be found.", 3)

    def make(self, thing: str) -> None:
        """Keep that something has been made, once."""
        self.things = sorted({*self.things, thing})

    def take_away(self, thing: str) -> None:
        """Forget what has been made; it need not be there."""
        self.things = [one for one in self.things if one != thing]


def file_of() -> Path:
    """Return where the subscription is kept: in the folder of plays."""
    plays = os.environ.get("SHELFCAST_PLAY")
    if not plays:
        raise AzRefused("this is the twin of az, and runs in a play only (SHELFCAST_PLAY is not set).", 2)
    return Path(plays) / "azure" / "subscription.json"


@contextmanager
def opened() -> Iterator[Cloud]:
    """Give the subscription, and keep what has become of it if nothing was refused."""
    file = file_of()
    cloud = Cloud(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Cloud()
    yield cloud
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    unfinished.write_text(json.dumps(vars(cloud), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    unfinished.replace(file)


def made_up_id(name: str) -> str:
    """Return an id that Azure would draw, always the same for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def digest(value: object) -> str:
    """Return a short digest of a value."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
