"""A company of two markets under the local host: the app's triggers over HTTP, with jobs that only pretend to run."""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

from functions.bootstrap import connect, edges, use
from local.folder import FolderStore
from local.host import Host, running_host
from local.host.storage import FOLDER
from local.jobs.simulated import Script, SimulatedJobs
from local.rehearsal import COLUMNS, PRODUCTS, small_profile
from shared.lake.intake import condition_blob
from shared.messages import RunSummary
from shared.ports import JobRequest
from shared.runs.summary import read_summary
from shared.settings import Settings

YEARLY = "0 0 0 1 1 *"
T = TypeVar("T")
STORES = [
    (f"S{market}{letter}", f"Market {market}", "TX", f"1000{market}", capacity)
    for market in range(2)
    for letter, capacity in (("L", "200"), ("S", "20"))
]
MASTER_FILES = {"stores": STORES, "products": [(product, "soda", "Good", "6") for product in PRODUCTS]}
QUICK = Script(queue_seconds=0, run_seconds=0)

scripts: dict[str, Script] = {}
"""How the jobs of a run go, by the run's name; QUICK where nothing else is said."""


faults: Counter[str] = Counter()
"""How often a blob cannot be read, by its path."""


class FaultyStore(FolderStore):
    """A folder on a disk that breaks at times."""

    def open(self, path: str) -> BinaryIO:
        if faults[path] > 0:
            faults[path] -= 1
            raise OSError(f"{path}: the disk is broken")
        return super().open(path)


def _script(request: JobRequest) -> Script:
    return scripts.get(request.tags["run"], QUICK)


def prepare() -> None:
    """Plug the twins in; called by the host."""
    own = Settings.read(os.environ)
    store = FaultyStore(Path(own.lake_connection.removeprefix(FOLDER)))
    use(connect(own, store=store, jobs=SimulatedJobs(store, time.time, _script)))


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, str]:
        """The refusal; all of its parts say something."""
        error: dict[str, str] = self.json["error"]
        assert error.keys() == {"field", "problem", "remedy"}
        assert all(error.values())
        return error


def ask(
    url: str,
    content: object = None,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    data = content if isinstance(content, bytes | None) else json.dumps(content).encode()
    request = Request(url, data=data, method=method, headers=dict(headers or {}))
    try:
        with urlopen(request, timeout=30) as answer:
            return Answer(status=answer.status, headers=dict(answer.headers), text=answer.read().decode())
    except HTTPError as error:
        with error:
            return Answer(status=error.code, headers=dict(error.headers), text=error.read().decode())


def wait_for(condition: Callable[[], T | None], seconds: float = 20) -> T:
    """Return the condition's value once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return found


@dataclass(frozen=True, kw_only=True)
class Company:
    """A running app."""

    host: Host

    @property
    def store(self) -> FolderStore:
        return edges().lake.store

    def post(self, route: str, content: object = None, **headers: str) -> Answer:
        body = b"" if content is None else content
        return ask(f"{self.host.url}/api/{route}", body, method="POST", headers=self.host.headers | headers)

    def get(self, route: str) -> Answer:
        return ask(f"{self.host.url}/api/{route}", headers=self.host.headers)

    def bring(self, source: str, file: str, *rows: tuple[str, ...]) -> str:
        """Let a raw file come."""
        path = f"raw/{source}/{file}"
        self.store.put(path, table(source, *rows))
        return path

    def ended(self, instance: str) -> Any:
        """Wait for an instance's end, and return how it stands."""

        def look() -> Any:
            status = self.host.engine.status(instance)
            return status if status and status.runtime_status.ended else None

        return wait_for(look)

    def run(self, run: str, **request: object) -> RunSummary:
        """Run to the end over HTTP."""
        assert self.post("runs", {"id": run, **request}).status == 202
        self.ended(run)
        summary = read_summary(self.store, run)
        assert summary
        return summary

    def jobs(self, run: str) -> dict[str, str]:
        """Return the state of each job of a run."""
        jobs = edges().jobs
        assert isinstance(jobs, SimulatedJobs)
        mine = [name for name in jobs.submitted() if name.startswith(f"{run}-")]
        return {name: str(status.state) for name in mine if (status := jobs.status(name))}

    def traces(self) -> tuple[set[str], set[str]]:
        """Return all that a start leaves behind: instances, and blobs of runs."""
        instances = {each.instance_id for each in self.host.engine.instances()}
        return instances, {blob.path for blob in self.store.list("runs/")}


def table(source: str, *rows: tuple[str, ...]) -> bytes:
    """Return a raw file's content."""
    return "".join(",".join(row) + "\n" for row in (COLUMNS[source], *rows)).encode()


def shipments(week: str) -> list[tuple[str, ...]]:
    """Return a week's shipments to all stores."""
    return [(week, store, product, "5") for store, *_ in STORES for product in PRODUCTS]


@contextmanager
def running_company(folder: Path, *, weeks: int = 3, **settings: str) -> Iterator[Company]:
    """Run the app in this process; the lake holds so many weeks, conditioned and published."""
    (folder / "profile.yml").write_text(yaml.safe_dump(small_profile()))
    own = {
        "SHELFCAST_ENVIRONMENT": "local",
        "SHELFCAST_PROFILE": str(folder / "profile.yml"),
        "SHELFCAST_LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
        "LakeStorage": f"{FOLDER}{folder / 'lake'}",
        "AzureWebJobsStorage": "unused",
        "SHELFCAST_POLL_SECONDS": "0.05",
        "SHELFCAST_POLL_SECONDS_MOST": "0.2",
        "SHELFCAST_QUIET_SECONDS": "3600",
        "SHELFCAST_WEEKLY_SCHEDULE": YEARLY,
        "SHELFCAST_STALE_SCHEDULE": YEARLY,
        "SHELFCAST_REQUIRED_ROLE": "",
    } | settings
    host = partial(running_host, app="function_app:app", folder=folder / "host", workers=0)
    quick = {"listing_seconds": 0.05, "retry_seconds": 0.01}
    with host(prepare="tests.functions.company:prepare", settings=own, **quick) as running:
        company, own_edges = Company(host=running), edges()
        try:
            _stock(company, weeks)
            yield company
        finally:
            scripts.clear()
            faults.clear()
    own_edges.jobs.close()
    own_edges.ledger.close()
    use(None)


def _stock(company: Company, weeks: int) -> None:
    if not weeks:
        return
    for source, rows in MASTER_FILES.items():
        condition_blob(edges().lake, source, company.bring(source, f"{source}.csv", *rows))
    for week in ("2019-07-01", "2019-07-08", "2019-07-15")[:weeks]:
        condition_blob(edges().lake, "shipments", company.bring("shipments", f"{week}.csv", *shipments(week)))
    edges().lake.materialise()
