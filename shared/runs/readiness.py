"""Whether a week's data are all there, by the newest rows that each source has brought. What follows is not here.

The week is the newest with shipments; or the one before, where the profile says how few records an unfinished week has.
A source of cadence daily or weekly has to reach the week, by the newest row of a table that it feeds:

week_start (shipments, returns, promotions)   a row of that week or a later one
date (weather_history)                        the last day of the week, or a later one
issued_at (weather_forecast)                  issued in that week or later
no date (stores, products, ...)               there is nothing to tell it by: the table has rows

A required source of another cadence has to be there. One that has not come for much longer than its cadence is named
among the late ones, and blocks nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from shared.lake import DatasetVersion, Lake
from shared.messages import Message
from shared.ports import BlobStore
from shared.profile import Source
from shared.schemas import TABLES

USUAL_WEEKS = 8
"""Weeks before the last that tell how many records are usual."""
USUAL_PARTS = 4
"""Months of shipments that hold these weeks."""
DATES = ("week_start", "issued_at", "date", "as_of", "start_date")
"""Columns that say when a row is of; the first that a table has counts."""
OVERDUE_DAYS = {"daily": 7, "weekly": 21, "monthly": 62, "yearly": 550}
"""Age of a source's newest row, in days before the week, above which it is named as late."""
NEEDED = ("stores", "products", "shipments")


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


def readiness(lake: Lake, versions: Mapping[str, DatasetVersion], *, week: date | None = None) -> Readiness:
    """Say whether every source has come for the newest week with shipments, or for a given one."""
    absent = [table for table in NEEDED if table not in versions or not versions[table].parts]
    reach = _Reach(lake, versions)
    newest = None if absent else reach.known_week()
    if absent or newest is None:
        return Readiness(week="", ready=False, late=tuple(absent), missing=tuple(absent))
    wanted = week or newest
    missing = [name for name, source in lake.profile.sources.items() if reach.blocks(name, source, wanted)]
    overdue = [
        name for name, source in lake.profile.sources.items() if reach.is_overdue(name, source, wanted)
    ]
    late = (*missing, *(name for name in overdue if name not in missing))
    return Readiness(week=newest.isoformat(), ready=not missing, late=late, missing=tuple(missing))


@dataclass(frozen=True)
class _Reach:
    """How far sources have come."""

    lake: Lake
    versions: Mapping[str, DatasetVersion]
    seen: dict[str, date | None] = field(default_factory=dict)

    def known_week(self) -> date | None:
        """Return the first day of the last week with shipments that is finished."""
        share = self.lake.profile.completeness.unfinished_below
        if share is None:
            return self.of_table("shipments")
        parts = sorted(self.versions["shipments"].parts, key=lambda part: part.partition)[-USUAL_PARTS:]
        counts: Counter[str] = Counter()
        for part in parts:
            counted = pc.value_counts(_read(self.lake.store, part.path, "week_start")).to_pylist()
            counts.update({pair["values"]: pair["counts"] for pair in counted})
        *before, last = sorted(counts)
        usual = median(counts[week] for week in before[-USUAL_WEEKS:]) if before else 0
        return date.fromisoformat(before[-1] if counts[last] < share * usual else last)

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
        return max((day for path in paths if column and (day := self._newest(path, column))), default=None)

    def _newest(self, path: str, column: str) -> date | None:
        if path not in self.seen:
            newest = pc.max(_read(self.lake.store, path, column)).as_py()
            self.seen[path] = date.fromisoformat(newest[:10]) if newest else None
        return self.seen[path]

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


def _read(store: BlobStore, path: str, column: str) -> pa.ChunkedArray:
    """Read a column of a CSV blob as text; nothing else of it is parsed."""
    only = csv.ConvertOptions(include_columns=[column], column_types={column: pa.string()})
    with store.open(path) as blob:
        return csv.read_csv(blob, convert_options=only)[column]
