"""When the files of a week are all there, and who starts its run: exactly one per week and set of versions.

Files arrive in any order, several at once, and are announced more than once. Each look at the lake therefore asks: is
everything conditioned, have I seen the newest receipts, is the week complete, am I the first? Starting the run is not
here.

A source of cadence daily or weekly has to reach the week, by the newest row of a table that it feeds:

week_start (shipments, returns, promotions)   a row of that week or a later one
date (weather_history)                        the last day of the week, or a later one
issued_at (weather_forecast)                  issued in that week or later
no date (stores, products, ...)               there is nothing to tell it by: the table has rows

A required source of another cadence has to be there. One that has not come for much longer than its cadence is named
among the late ones, and blocks nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from pydantic import Field

from shared.lake import DatasetVersion, Lake
from shared.lake.layout import digest
from shared.lake.receipts import FOLDER as RECEIPTS
from shared.messages import Message
from shared.ports import BlobStore
from shared.profile import Profile, Source
from shared.runs.layout import claim_path
from shared.runs.records import Claim, create, read_message
from shared.schemas import TABLES

DATES = ("week_start", "date", "issued_at", "as_of", "start_date")
"""Columns that say when a row is of; the first that a table has counts."""
OVERDUE_DAYS = {"daily": 7, "weekly": 21, "monthly": 62, "yearly": 550}
"""Age of a source's newest row, in days before the week, above which it is named as late."""
NEEDED = ("stores", "products", "shipments")
ARRIVAL = "weekly-"


class Readiness(Message):
    """Whether a week can be run.

    Attributes
    ----------
    week : str
        First day of the newest week with shipments; empty without any.
    late : tuple of str
        Sources that have not come: those that have to, then those that are overdue and block nothing.
    missing : tuple of str
        The sources, or needed tables, that the week waits for.
    """

    week: str
    ready: bool
    late: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Published(Message):
    """What a look at the lake came to.

    Attributes
    ----------
    superseded : bool
        Something arrived meanwhile that has a look of its own: there is nothing to do.
    run : str
        Name of the run that is now to be started; empty where none is.
    duplicate_of : str
        The run of this week and these versions that somebody else has started.
    """

    superseded: bool = False
    ready: bool = False
    week: str = ""
    late: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    run: str = ""
    duplicate_of: str = ""
    versions: Mapping[str, str] = Field({})


def waiting(store: BlobStore, profile: Profile) -> list[str]:
    """List the raw files without a receipt, by their names alone."""
    return [path for source in profile.sources for path in _waiting(store, source)]


def _waiting(store: BlobStore, source: str) -> Iterator[str]:
    # Receipts first: a file that is conditioned between the two listings then still counts as waiting.
    done = {blob.path for blob in store.list(f"{RECEIPTS}/{source}/")}
    raw = [blob.path for blob in store.list(f"raw/{source}/")]
    return (path for path in raw if f"{RECEIPTS}/{path.removeprefix('raw/')}.json" not in done)


def arrival_digest(store: BlobStore, profile: Profile) -> str:
    """Return a digest of the receipts as a listing shows them: another one as soon as any is written."""
    listed = [
        (blob.path, blob.etag) for source in profile.sources for blob in store.list(f"{RECEIPTS}/{source}/")
    ]
    return digest(listed)[:16]


def readiness(lake: Lake, versions: Mapping[str, DatasetVersion], *, week: date | None = None) -> Readiness:
    """Say whether every source has come for the newest week with shipments, or for a given one."""
    absent = [table for table in NEEDED if table not in versions or not versions[table].parts]
    newest = _Reach(lake, versions).of_table("shipments")
    if absent or newest is None:
        return Readiness(week="", ready=False, late=tuple(absent), missing=tuple(absent))
    wanted = week or newest
    reach = _Reach(lake, versions)
    missing = [name for name, source in lake.profile.sources.items() if reach.blocks(name, source, wanted)]
    overdue = [
        name for name, source in lake.profile.sources.items() if reach.is_overdue(name, source, wanted)
    ]
    late = (*missing, *(name for name in overdue if name not in missing))
    return Readiness(week=newest.isoformat(), ready=not missing, late=late, missing=tuple(missing))


def publish_versions(lake: Lake, *, instance: str, expected: str) -> Published:
    """Publish the versions that the receipts stand for, and claim their run where the week is complete.

    Parameters
    ----------
    instance : str
        Who asks: the same instance gets the same answer again.
    expected : str
        The `arrival_digest` that it was started for.
    """
    if waiting(lake.store, lake.profile) or arrival_digest(lake.store, lake.profile) != expected:
        return Published(superseded=True)
    made = lake.materialise()
    state = readiness(lake, made)
    versions = {table: version.version for table, version in made.items()}
    seen = Published(
        ready=state.ready, week=state.week, late=state.late, missing=state.missing, versions=versions
    )
    return _claimed(lake.store, seen, instance) if state.ready else seen


def claimed_versions(store: BlobStore, run: str) -> dict[str, str] | None:
    """Return the versions that a run was claimed with, or None where it is no run of an arrival."""
    if not run.startswith(ARRIVAL) or run.count("-") != 4:
        return None
    week, _, made_of = run.removeprefix(ARRIVAL).rpartition("-")
    claim = read_message(store, claim_path(week, made_of), Claim)
    return claim.versions if claim and claim.run == run else None


def versions_digest(versions: Mapping[str, str]) -> str:
    """Return the eight letters by which a set of versions is known."""
    return hashlib.sha256(json.dumps(dict(versions), sort_keys=True).encode()).hexdigest()[:8]


def _claimed(store: BlobStore, seen: Published, instance: str) -> Published:
    made_of = versions_digest(seen.versions)
    run = f"{ARRIVAL}{seen.week}-{made_of}"
    mine = Claim(instance=instance, run=run, versions=seen.versions)
    claim = create(store, claim_path(seen.week, made_of), mine)
    if claim.instance == instance:
        return seen.model_copy(update={"run": claim.run})
    return seen.model_copy(update={"duplicate_of": claim.run})


@dataclass(frozen=True)
class _Reach:
    """How far sources have come."""

    lake: Lake
    versions: Mapping[str, DatasetVersion]

    def blocks(self, name: str, source: Source, week: date) -> bool:
        """Whether a week has to wait for a source."""
        if not source.required:
            return False
        tables = self._tables(name, source)
        if not tables or source.cadence not in ("daily", "weekly"):
            return not tables
        return not any(self._covers(name, table, week) for table in tables)

    def is_overdue(self, name: str, source: Source, week: date) -> bool:
        """Whether a source has not come for much longer than its cadence."""
        limit = OVERDUE_DAYS.get(source.cadence)
        newest = [day for table in self._tables(name, source) if (day := self.of_table(table, name))]
        return bool(limit and newest) and (week - max(newest)).days > (limit or 0)

    def of_table(self, table: str, source: str | None = None) -> date | None:
        """Return the newest date of a table, or of what a source brought to it."""
        column = _date_column(table)
        paths = self._newest_paths(table, source) if column and table in self.versions else []
        found = [day for path in paths if column and (day := _newest(self.lake.store, path, column))]
        return max(found, default=None)

    def _covers(self, source: str, table: str, week: date) -> bool:
        column = _date_column(table)
        if column is None or column in ("as_of", "start_date"):
            return True
        newest = self.of_table(table, source)
        wanted = week + timedelta(days=6) if column == "date" else week
        return newest is not None and newest >= wanted

    def _tables(self, name: str, source: Source) -> list[str]:
        """Return the tables that a source has brought rows to."""
        return [
            output.table
            for output in source.outputs
            if output.table in self.versions
            and any(file.source == name for file in self.versions[output.table].sources)
        ]

    def _newest_paths(self, table: str, source: str | None) -> list[str]:
        """Return the blobs with the newest rows: the last part, or a source's last deltas where several feed it."""
        version = self.versions[table]
        if source is None or len({file.source for file in version.sources}) == 1:
            last = max((part.partition for part in version.parts), default="")
            return [part.path for part in version.parts if part.partition == last]
        deltas = [d for r in self.lake.receipts() if r.source == source for d in r.deltas if d.table == table]
        last = max((delta.partition for delta in deltas if delta.rows), default="")
        return [delta.path for delta in deltas if delta.partition == last]


def _date_column(table: str) -> str | None:
    return next((name for name in DATES if name in TABLES[table].columns), None)


def _newest(store: BlobStore, path: str, column: str) -> date | None:
    """Return the newest date in a column of a CSV blob, of which nothing else is parsed."""
    only = csv.ConvertOptions(include_columns=[column], column_types={column: pa.string()})
    with store.open(path) as blob:
        newest = pc.max(csv.read_csv(blob, convert_options=only)[column]).as_py()
    return date.fromisoformat(newest[:10]) if newest else None
