import json
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.folder import FolderStore
from local.host import Host, running_host

APP = "tests.local.host.sample_app:app"
YEARLY = "0 0 0 1 1 *"


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self):
        return json.loads(self.text)


def ask(url, content=None, *, method=None, headers=None) -> Answer:
    data = content if isinstance(content, bytes | None) else json.dumps(content).encode()
    request = Request(url, data=data, method=method, headers=headers or {})
    try:
        with urlopen(request, timeout=30) as answer:
            return Answer(status=answer.status, headers=dict(answer.headers), text=answer.read().decode())
    except HTTPError as error:
        with error:
            return Answer(status=error.code, headers=dict(error.headers), text=error.read().decode())


def wait_for(condition: Callable[[], object], seconds: float = 20):
    """Return the condition's value once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return found


@dataclass(frozen=True, kw_only=True)
class World:
    """A folder with a lake and with what the sample app has noted."""

    folder: Path

    @property
    def lake(self) -> FolderStore:
        return FolderStore(self.folder / "lake")

    def notes(self, kind: str) -> list[dict]:
        (self.folder / "notes").mkdir(exist_ok=True)
        return [json.loads(file.read_text()) for file in sorted((self.folder / "notes").glob(f"{kind}-*"))]

    def settings(self, **further: str) -> dict[str, str]:
        self.notes("")
        usual = {"LakeStorage": f"folder:{self.folder / 'lake'}", "NOTES": str(self.folder / "notes")}
        return {**usual, "SCHEDULE": YEARLY, **further}

    @contextmanager
    def host(self, settings=None, **options):
        usual = {"app": APP, "folder": self.folder / "host", "workers": 1}
        quick = {"listing_seconds": 0.05, "retry_seconds": 0.01}
        environment = self.settings(**(settings or {}))
        with running_host(settings=environment, **{**usual, **quick, **options}) as host:
            yield host


@pytest.fixture
def world(tmp_path) -> World:
    return World(folder=tmp_path)


@pytest.fixture(scope="module")
def host(tmp_path_factory) -> Host:
    world = World(folder=tmp_path_factory.mktemp("world"))
    with world.host(prepare="tests.local.host.sample_app:prepare", body_limit=1000) as host:
        yield host
