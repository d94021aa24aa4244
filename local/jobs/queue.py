"""The jobs of one machine in a SQLite file, for any number of processes. What running a job means is not here."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.errors import JobsUnavailable
from shared.ports import JobRequest, JobState, JobStatus

BUSY_SECONDS = 30.0
SILENT_SECONDS = 15.0  # a runner that says nothing for so long is not there
QUEUED, PREPARING, RUNNING, FINALIZING = "Queued", "Preparing", "Running", "Finalizing"
COMPLETED, FAILED, CANCELED, NOT_RESPONDING = "Completed", "Failed", "Canceled", "NotResponding"

STATES = {
    QUEUED: JobState.QUEUED,
    PREPARING: JobState.QUEUED,
    RUNNING: JobState.RUNNING,
    FINALIZING: JobState.RUNNING,
    COMPLETED: JobState.SUCCEEDED,
    FAILED: JobState.FAILED,
    CANCELED: JobState.CANCELLED,
}
ENDED = tuple(word for word, state in STATES.items() if state.ended)

SCHEMA = """
create table if not exists jobs (
    number integer primary key,
    name text not null unique,
    request text not null,
    word text not null,
    detail text not null default '',
    retryable integer not null default 0,
    logs text not null default '{}',
    steps text not null default '[]',
    cancel integer not null default 0,
    submitted real not null,
    started real,
    ended real
);
create table if not exists runner (one integer primary key check (one = 1), beat real not null);
"""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A job as the queue keeps it; `steps` are those that have ended well."""

    request: JobRequest
    word: str
    detail: str
    retryable: bool
    logs: Mapping[str, str]
    steps: tuple[str, ...]
    cancel: bool

    @property
    def status(self) -> JobStatus:
        """What the app wants to know."""
        return JobStatus(
            name=self.request.name,
            state=STATES[self.word],
            service_state=self.word,
            detail=self.detail,
            retryable=self.retryable,
            logs=self.logs,
        )


class Queue:
    """The queue below one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "jobs.sqlite"
        with self._connected() as database:
            database.execute("pragma journal_mode = wal")
            database.executescript(SCHEMA)

    def add(self, request: JobRequest) -> None:
        """Add a job, unless there is one of that name."""
        with self._connected() as database:
            database.execute(
                "insert into jobs (name, request, word, submitted) values (?, ?, ?, ?) on conflict do nothing",
                (request.name, json.dumps(asdict(request)), QUEUED, time.time()),
            )

    def find(self, name: str) -> Record | None:
        """Return a job, or None where there is none."""
        with self._connected() as database:
            row = database.execute("select * from jobs where name = ?", (name,)).fetchone()
        return _record(row) if row else None

    def unfinished(self) -> list[Record]:
        """Return the jobs that somebody began to run, oldest first."""
        return self._select("word in (?, ?, ?)", PREPARING, RUNNING, FINALIZING)

    def counts(self) -> dict[str, int]:
        """Return the number of jobs by state."""
        with self._connected() as database:
            rows = database.execute("select word, count(*) as n from jobs group by word").fetchall()
        return {row["word"].lower(): row["n"] for row in rows}

    def claim(self) -> Record | None:
        """Take the oldest job that waits; only the runner does."""
        with self._connected() as database:
            row = database.execute(
                "update jobs set word = ? where number = (select min(number) from jobs where word = ?) returning *",
                (PREPARING, QUEUED),
            ).fetchone()
        return _record(row) if row else None

    def update(self, name: str, **columns: object) -> None:
        """Write down how a job goes on."""
        values = {key: json.dumps(v) if isinstance(v, dict | tuple) else v for key, v in columns.items()}
        names = ", ".join(f"{key} = :{key}" for key in values)
        with self._connected() as database:
            database.execute(f"update jobs set {names} where name = :name", {**values, "name": name})  # noqa: S608

    def cancel(self, name: str) -> None:
        """End a job that waits, and ask for the end of one that runs."""
        with self._connected() as database:
            database.execute(
                "update jobs set word = ?, detail = 'cancelled before it began', ended = ? where name = ? and word = ?",
                (CANCELED, time.time(), name, QUEUED),
            )
            database.execute(
                "update jobs set cancel = 1 where name = ? and word not in (?, ?, ?)", (name, *ENDED)
            )

    def beat(self) -> None:
        """Say that the runner is there."""
        with self._connected() as database:
            database.execute("insert or replace into runner values (1, ?)", (time.time(),))

    def silent(self) -> bool:
        """Whether the runner has not been heard of for a while."""
        with self._connected() as database:
            row = database.execute("select beat from runner").fetchone()
        return row is None or time.time() - row["beat"] > SILENT_SECONDS

    def _select(self, condition: str, *values: object) -> list[Record]:
        with self._connected() as database:
            rows = database.execute(f"select * from jobs where {condition} order by number", values)  # noqa: S608
            return [_record(row) for row in rows]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._file, timeout=BUSY_SECONDS, isolation_level=None)
            database.row_factory = sqlite3.Row
            try:
                database.execute("pragma synchronous = normal")
                yield database
            finally:
                database.close()
        except sqlite3.OperationalError as exc:
            raise JobsUnavailable(f"the queue of jobs cannot be used: {exc}") from exc


def _record(row: Any) -> Record:
    return Record(
        request=JobRequest(**json.loads(row["request"])),
        word=row["word"],
        detail=row["detail"],
        retryable=bool(row["retryable"]),
        logs=json.loads(row["logs"]),
        steps=tuple(json.loads(row["steps"])),
        cancel=bool(row["cancel"]),
    )
