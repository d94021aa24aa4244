"""What the host remembers in SQLite: deliveries of blobs, queue messages, timers. Who delivers is not here.

A delivery is done once its row says so, and its row says so only after the function has succeeded: at least once.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TABLES = """
create table if not exists deliveries (
    id integer primary key, function text not null, path text not null, etag text not null, size integer not null,
    pushed integer not null, traceparent text not null, state text not null default 'waiting',
    attempts integer not null default 0, due real not null, error text not null default '', ended real
);
create index if not exists deliveries_waiting on deliveries (due) where state = 'waiting';
create index if not exists deliveries_blob on deliveries (function, path, etag);
create table if not exists messages (
    id text primary key, queue text not null, body text not null, state text not null default 'waiting',
    attempts integer not null default 0, inserted real not null, due real not null, error text not null default ''
);
create table if not exists timers (function text primary key, schedule text not null, last real, next real not null);
"""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A blob that a function is to be told of; `pushed` tells an event that was posted from one the listing found."""

    id: int
    function: str
    path: str
    etag: str
    size: int
    pushed: bool
    traceparent: str
    attempts: int


@dataclass(frozen=True, kw_only=True)
class QueueMessage:
    """A message of an internal queue."""

    id: str
    queue: str
    body: str
    attempts: int
    inserted: float


@dataclass(frozen=True, kw_only=True)
class TimerState:
    """When a timer ran last and runs next, in seconds since 1970."""

    schedule: str
    last: float | None
    next: float


class Receipts:
    """The host's memory in one SQLite file.

    Parameters
    ----------
    path : Path
        The file; it is made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=normal")
        self._connection.executescript(TABLES)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def known(self, function: str) -> set[tuple[str, str]]:
        """Return path and ETag of every blob that a function was, or is to be, told of."""
        rows = self._all("select path, etag from deliveries where function = ?", function)
        return {(row["path"], row["etag"]) for row in rows}

    def expect(self, found: Iterable[Delivery]) -> None:
        """Remember deliveries to be made, all or none."""
        now = time.time()
        rows = [(d.function, d.path, d.etag, d.size, d.pushed, d.traceparent, now) for d in found]
        with self._transaction() as connection:
            connection.executemany(
                "insert into deliveries (function, path, etag, size, pushed, traceparent, due)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def due(self, most: int) -> list[Delivery]:
        """Return deliveries that may be made now, the earliest first."""
        rows = self._all(
            "select id, function, path, etag, size, pushed, traceparent, attempts from deliveries"
            " where state = 'waiting' and due <= ? order by due, id limit ?",
            time.time(),
            most,
        )
        return [Delivery(**{**dict(row), "pushed": bool(row["pushed"])}) for row in rows]

    def end(self, delivery: Delivery, state: str, error: str = "") -> None:
        """Write that a delivery is ``done``, ``gone`` (no such blob any more) or ``poison``."""
        self._run(
            "update deliveries set state = ?, error = ?, attempts = ?, ended = ? where id = ?",
            *(state, error, delivery.attempts + 1, time.time(), delivery.id),
        )

    def postpone(self, delivery: Delivery, seconds: float, error: str, *, attempts: int) -> None:
        """Write that a delivery, after so many failed tries, is to be tried again."""
        self._run(
            "update deliveries set attempts = ?, due = ?, error = ? where id = ?",
            *(attempts, time.time() + seconds, error, delivery.id),
        )

    def poison(self, delivery: Delivery, error: str, message: QueueMessage) -> None:
        """Give a delivery up, and put a message about it into a queue; both or none."""
        with self._transaction():
            self.end(delivery, "poison", error)
            self.put(message)

    def put(self, message: QueueMessage) -> None:
        """Put a message into a queue."""
        self._run(
            "insert into messages (id, queue, body, inserted, due) values (?, ?, ?, ?, ?)",
            *(message.id, message.queue, message.body, message.inserted, message.inserted),
        )

    def messages(self, queue: str) -> list[QueueMessage]:
        """Return the messages that may be delivered now."""
        rows = self._all(
            "select id, queue, body, attempts, inserted from messages"
            " where queue = ? and state = 'waiting' and due <= ? order by due limit 10",
            *(queue, time.time()),
        )
        return [QueueMessage(**dict(row)) for row in rows]

    def delete(self, message: QueueMessage) -> None:
        """Remove a message that was dealt with."""
        self._run("delete from messages where id = ?", message.id)

    def return_message(self, message: QueueMessage, seconds: float, error: str, *, dead: bool) -> None:
        """Put a message back whose function failed; a dead one is kept, and delivered no more."""
        self._run(
            "update messages set attempts = ?, due = ?, error = ?, state = ? where id = ?",
            *(message.attempts + 1, time.time() + seconds, error, "dead" if dead else "waiting", message.id),
        )

    def timer(self, function: str) -> TimerState | None:
        """Return what is known of a timer."""
        rows = self._all("select schedule, last, next from timers where function = ?", function)
        return TimerState(**dict(rows[0])) if rows else None

    def set_timer(self, function: str, state: TimerState) -> None:
        """Write when a timer ran and runs."""
        self._run(
            "insert or replace into timers values (?, ?, ?, ?)",
            *(function, state.schedule, state.last, state.next),
        )

    def counts(self) -> dict[str, int]:
        """Return the number of deliveries by state."""
        rows = self._all("select state, count(*) as n from deliveries group by state")
        return {row["state"]: row["n"] for row in rows}

    def last_errors(self, most: int = 5) -> list[dict[str, object]]:
        """Return the latest deliveries that failed and were not successful since."""
        rows = self._all(
            "select function, path, state, attempts, error from deliveries"
            " where error != '' and state in ('waiting', 'poison') order by id desc limit ?",
            most,
        )
        return [dict(row) for row in rows]

    def dead_letters(self) -> list[dict[str, object]]:
        """Return the messages that no function could deal with."""
        rows = self._all("select id, queue, body, attempts, error from messages where state = 'dead'")
        return [dict(row) for row in rows]

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _run(self, query: str, *values: object) -> None:
        with self._lock:
            self._connection.execute(query, values)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")
