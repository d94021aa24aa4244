"""500 raw files at once, each event three times and in any order: every row once, manifests in order, one run.

    python -m benchmarks.storm [--files 500] [--storage azurite|folder] [--workers 8] [--seed 7]

Eight clients upload and post BlobCreated events to the host's webhook; the host's real worker processes condition,
announce and run. Only the jobs of the run pretend. What has to come of it is told twice: by the company's own account
of its rows, and by conditioning the same files one after the other. The files are made in benchmarks.storm_company.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import pyarrow as pa
from pyarrow import csv

from benchmarks.storm_company import RawFile, StormCompany, storm_company, write_profile
from functions.bootstrap import connect, use
from local.azurite import temporary
from local.durable import InstanceStatus
from local.host import Host, running_host
from local.host.storage import store_of
from local.jobs.simulated import Script, SimulatedJobs
from local.memory import MemoryStore
from shared.lake import DatasetVersion, Lake
from shared.lake.intake import condition_blob
from shared.lake.layout import current_path, version_path
from shared.ports import BlobStore
from shared.profile import load_profile
from shared.settings import Settings

TIMES = 3
AT_ONCE = 8
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 900.0
NEVER = "0 0 0 1 1 *"
JOBS = "STORM_JOBS"


@dataclass(frozen=True, kw_only=True)
class Storm:
    """What came of it, and how long it took: until all was posted, until all was conditioned, until the run ended."""

    events: int
    posted: float
    conditioned: float
    ended: float
    faults: list[str]

    def line(self) -> str:
        """Return it as a line for people."""
        return (
            f"{self.events} events posted in {self.posted:.1f} s, dealt with after {self.conditioned:.1f} s"
            f" ({self.events / self.conditioned:.1f}/s), the run ended after {self.ended:.1f} s"
        )


def prepare() -> None:
    """Plug pretended jobs into a worker of the host."""
    own = Settings.read(os.environ)
    store = store_of("LakeStorage", os.environ)
    jobs = SimulatedJobs(store, time.time, lambda _: Script(queue_seconds=1, run_seconds=1),
                         database=Path(os.environ[JOBS]))  # fmt: skip
    use(connect(own, store=store, jobs=jobs))


def main(argv: list[str] | None = None) -> int:
    """Let it storm, and say what came of it; 1 = something is wrong."""
    options = _parser().parse_args(argv)
    with (
        TemporaryDirectory(prefix="storm-") as folder,
        temporary() if options.storage == "azurite" else nullcontext() as azurite,
    ):
        lake = azurite.connection_string if azurite else f"folder:{Path(folder) / 'lake'}"
        storm = let_storm(
            Path(folder), lake=lake, files=options.files, seed=options.seed, workers=options.workers
        )
    print(storm.line(), *storm.faults, "FAILED" if storm.faults else "ok", sep="\n")
    return 1 if storm.faults else 0


def let_storm(folder: Path, *, lake: str, files: int, seed: int, workers: int) -> Storm:
    """Upload files and post their events into a host of its own; return what came of it.

    Parameters
    ----------
    lake : str
        The setting ``LakeStorage``.
    """
    company = storm_company(files, seed=seed)
    settings = _settings(folder, lake)
    options = {"workers": workers, "blobs_at_a_time": AT_ONCE, "listing_seconds": PATIENCE_SECONDS}
    store = store_of("LakeStorage", settings)
    with running_host(
        app="function_app:app",
        folder=folder / "host",
        prepare="benchmarks.storm:prepare",
        settings=settings,
        **options,
    ) as host:
        began = time.monotonic()
        _post_all(host, store, company.files, random.Random(seed))
        posted = time.monotonic() - began
        _await(lambda: not host.receipts.counts().get("waiting"))
        conditioned = time.monotonic() - began
        _await(lambda: _runs(host) and all(i.runtime_status.ended for i in host.engine.instances()))
        ended = time.monotonic() - began
        faults = [
            *_run_faults(host, files),
            *lake_faults(store, company, Path(settings["SHELFCAST_PROFILE"])),
        ]
    return Storm(events=TIMES * files, posted=posted, conditioned=conditioned, ended=ended, faults=faults)


def _post_all(host: Host, store: BlobStore, files: Sequence[RawFile], chance: random.Random) -> None:
    """Post every file's event three times in any order, eight at once; the first uploads it."""
    deliveries = [file for file in files for _ in range(TIMES)]
    chance.shuffle(deliveries)
    first: set[str] = set()
    there = {file.path: threading.Event() for file in files}
    with ThreadPoolExecutor(AT_ONCE) as clients:
        told = []
        for file in deliveries:
            told.append(
                clients.submit(_deliver, host, store, file, there[file.path], upload=file.path not in first)
            )
            first.add(file.path)
        for each in told:
            each.result()


def _deliver(host: Host, store: BlobStore, file: RawFile, there: threading.Event, *, upload: bool) -> None:
    if upload:
        store.put(file.path, file.content)
        there.set()
    there.wait()
    info = store.stat(file.path)
    assert info, f"{file.path} was just written"
    event = {
        "id": os.urandom(8).hex(),
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/raw/blobs/{file.source}/{file.name}",
        "data": {"api": "PutBlob", "eTag": info.etag, "contentLength": info.size},
    }
    address = host.webhook("blobs", f"condition_{file.source}")
    request = Request(address, json.dumps([event]).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE_SECONDS):
        pass


def _await(reached: Callable[[], object]) -> None:
    latest = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > latest:
            raise TimeoutError(f"It did not end within {PATIENCE_SECONDS} s")
        time.sleep(LOOK_SECONDS)


def _runs(host: Host) -> list[InstanceStatus]:
    return [instance for instance in host.engine.instances() if instance.name == "weekly_run"]


def _run_faults(host: Host, files: int) -> Iterator[str]:
    """Find what the host did that it should not have."""
    runs = _runs(host)
    if len(runs) != 1:
        yield f"{len(runs)} runs: {[run.instance_id for run in runs]}"
    yield from (f"{i.instance_id} ended as {i.runtime_status}" for i in host.engine.instances()
                if i.runtime_status != "Completed")  # fmt: skip
    yield from (
        f"{run.instance_id}: {run.output}" for run in runs if (run.output or {}).get("status") != "succeeded"
    )
    counts = host.receipts.counts()
    if (
        counts.keys() != {"done"} or counts["done"] < TIMES * files
    ):  # the listing may find one before its event
        yield f"deliveries ended as {counts}: {host.receipts.last_errors()}"


def lake_faults(store: BlobStore, company: StormCompany, profile: Path) -> Iterator[str]:
    """Find what is wrong with a lake into which the company's files have come."""
    expected = _one_after_the_other(company, profile)
    found = {table: version for table in expected if (version := _current(store, table))}
    for table, version in expected.items():
        if found.get(table) != version:
            yield f"{table}: version {table in found and found[table].version}, not {version.version}"
    yield from _manifest_faults(store, expected)
    units = _units(store, found["shipments"]) if "shipments" in found else {}
    if units != company.units:
        yield f"{len(units.items() ^ company.units.items())} rows differ from the company's own account"
    rejected = sum(blob.path.endswith(".rejected.csv") for blob in store.list("quarantine/"))
    if rejected != company.rejected:
        yield f"{rejected} files have rows in quarantine, not {company.rejected}"


def _one_after_the_other(company: StormCompany, profile: Path) -> dict[str, DatasetVersion]:
    """Condition the files in order, and return the versions that they come to."""
    lake = Lake(MemoryStore(), load_profile(profile))
    for file in company.files:
        lake.store.put(file.path, file.content)
        condition_blob(lake, file.source, file.path)
    return lake.materialise()


def _current(store: BlobStore, table: str) -> DatasetVersion | None:
    if store.stat(current_path(table)) is None:
        return None
    name = json.loads(_read(store, current_path(table)))["version"]
    return DatasetVersion.model_validate_json(_read(store, version_path(table, name)))


def _manifest_faults(store: BlobStore, tables: Mapping[str, DatasetVersion]) -> Iterator[str]:
    """Hold every manifest of these tables that lies in the lake, also those of earlier looks, against its parts."""
    for table in tables:
        for blob in store.list(f"conditioned/{table}/versions/"):
            version = DatasetVersion.model_validate_json(_read(store, blob.path))
            for part in version.parts:
                content = _read(store, part.path) if store.stat(part.path) else b""
                if hashlib.sha256(content).hexdigest() != part.sha256:
                    yield f"{part.path} is not what {blob.path} says"
                elif (rows := _table(content).num_rows) != part.rows:
                    yield f"{part.path} has {rows} rows, {blob.path} says {part.rows}"


def _units(store: BlobStore, version: DatasetVersion) -> dict[tuple[str, str, str], float]:
    rows = [row for part in version.parts for row in _table(_read(store, part.path)).to_pylist()]
    keys = [(row["week_start"], row["store_id"], row["product_id"]) for row in rows]
    assert len(set(keys)) == len(keys), "a row is there twice"
    return {key: float(row["units_shipped"]) for key, row in zip(keys, rows, strict=True)}


def _table(content: bytes) -> pa.Table:
    text = csv.ConvertOptions(column_types={"week_start": pa.string(), "zip_code": pa.string()})
    return csv.read_csv(pa.BufferReader(content), convert_options=text)


def _read(store: BlobStore, path: str) -> bytes:
    with store.open(path) as blob:
        return blob.read()


def _settings(folder: Path, lake: str) -> dict[str, str]:
    return {
        "SHELFCAST_ENVIRONMENT": "local",
        "SHELFCAST_PROFILE": str(write_profile(folder / "profile.yml")),
        "SHELFCAST_LEDGER_URL": f"sqlite:///{folder.resolve() / 'ledger.sqlite'}",
        "SHELFCAST_POLL_SECONDS": "1",
        "SHELFCAST_POLL_SECONDS_MOST": "1",
        "SHELFCAST_QUIET_SECONDS": "2",
        "SHELFCAST_WEEKLY_SCHEDULE": NEVER,
        "SHELFCAST_STALE_SCHEDULE": NEVER,
        "LakeStorage": lake,
        "AzureWebJobsStorage": lake,
        JOBS: str(folder.resolve() / "jobs.sqlite"),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=AT_ONCE)
    parser.add_argument("--storage", choices=("azurite", "folder"), default="azurite")
    return parser


if __name__ == "__main__":
    sys.exit(main())
