"""A task hub's memory in SQLite: instances, histories, messages between them, and activities to be run.

What is written inside one `transaction` is there as a whole or not at all, also after ``kill -9``. What the rows mean
is decided in local.durable.delivery.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.durable.clock import from_text, to_text
from local.durable.history import Event, played
from local.durable.status import RuntimeStatus

SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, execution INTEGER NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    parent TEXT, parent_execution INTEGER, parent_task INTEGER,
    generations INTEGER NOT NULL DEFAULT 1, events INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
    longest INTEGER NOT NULL DEFAULT 0, replays INTEGER NOT NULL DEFAULT 0, replayed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (instance, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution INTEGER, timer INTEGER,
    due_at TEXT NOT NULL, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (due_at, seq);
CREATE INDEX IF NOT EXISTS messages_by_instance ON messages (instance);
CREATE TABLE IF NOT EXISTS activities (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution INTEGER NOT NULL,
    task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT);
"""
FIRST = ""
"""Due before everything else: the message that starts an execution, and those carried over to it."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Message:
    """An event on its way to an instance; one for an execution that is over means nothing."""

    seq: int
    instance: str
    execution: int | None
    event: Event


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A call of an activity that has no answer yet."""

    seq: int
    instance: str
    execution: int
    task: int
    name: str
    input: Any


@dataclass(frozen=True, kw_only=True)
class Parent:
    """Who waits for an instance's end: a task of an execution."""

    instance: str
    execution: int
    task: int


class Store:
    """The tables, used by one process and any of its threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside, or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            return self._db.execute(statement, values)

    def instance(self, instance: str) -> sqlite3.Row | None:
        """Return an instance's row."""
        return next(iter(self._rows("SELECT * FROM instances WHERE id = ?", instance)), None)

    def instances(self, prefix: str = "", statuses: Iterable[RuntimeStatus] = ()) -> list[sqlite3.Row]:
        """Return the rows of instances in the order of their start; of any status where none is given."""
        wanted = [status.value for status in statuses] or [status.value for status in RuntimeStatus]
        return self._rows(
            "SELECT * FROM instances WHERE substr(id, 1, ?) = ? AND status IN (SELECT value FROM json_each(?))"
            " ORDER BY created_at, rowid",
            len(prefix),
            prefix,
            json.dumps(wanted),
        )

    def create(
        self, instance: str, name: str, value: str | None, now: datetime, parent: Parent | None
    ) -> None:
        """Put a pending instance where there is none, or an ended one."""
        self.remove(instance)
        above = (parent.instance, parent.execution, parent.task) if parent else (None, None, None)
        moment = to_text(now)
        self._write(
            "INSERT INTO instances (id, name, execution, status, input, created_at, updated_at,"
            " parent, parent_execution, parent_task) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
            *(instance, name, RuntimeStatus.PENDING.value, value, moment, moment, *above),
        )

    def remove(self, instance: str) -> None:
        """Forget an instance; activities of it that are under way end in nothing."""
        for table, column in (("instances", "id"), ("history", "instance"), ("messages", "instance")):
            self._write(f"DELETE FROM {table} WHERE {column} = ?", instance)  # noqa: S608 - constants

    def send(
        self,
        instance: str,
        event: Event,
        *,
        due_at: str,
        execution: int | None = None,
        timer: int | None = None,
    ) -> int:
        """Put a message in the queue and return its number."""
        number = self._write(
            "INSERT INTO messages (instance, execution, timer, due_at, event) VALUES (?, ?, ?, ?, ?)",
            *(instance, execution, timer, due_at, json.dumps(event)),
        ).lastrowid
        assert number is not None
        return number

    def begin(self, instance: str, event: Event) -> None:
        """Send the message that starts an execution; its number names the execution."""
        number = self.send(instance, event, due_at=FIRST)
        self._write("UPDATE instances SET execution = ? WHERE id = ?", number, instance)

    def due(self, now: datetime) -> dict[str, list[Message]]:
        """Return the messages to be delivered now, per instance, in their order."""
        messages: dict[str, list[Message]] = {}
        statement = "SELECT * FROM messages WHERE due_at <= ? ORDER BY due_at, seq"
        for row in self._rows(statement, to_text(now)):
            event = json.loads(row["event"])
            message = Message(
                seq=row["seq"], instance=row["instance"], execution=row["execution"], event=event
            )
            messages.setdefault(message.instance, []).append(message)
        return messages

    def next_due(self) -> datetime | None:
        """Return when the next message is due, long ago for one that starts an execution."""
        moment: str | None = self._rows("SELECT min(due_at) FROM messages")[0][0]
        return LONG_AGO if moment == FIRST else from_text(moment) if moment else None

    def consume(self, messages: Sequence[Message]) -> None:
        """Take messages out of the queue."""
        seqs = json.dumps([message.seq for message in messages])
        self._write("DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))", seqs)

    def call_off(self, instance: str, execution: int, timer: int) -> None:
        """Take a timer's message out of the queue."""
        statement = "DELETE FROM messages WHERE instance = ? AND execution = ? AND timer = ?"
        self._write(statement, instance, execution, timer)

    def discard(self, instance: str) -> None:
        """Take all messages of an instance out of the queue."""
        self._write("DELETE FROM messages WHERE instance = ?", instance)

    def history(self, instance: str) -> list[str]:
        """Return the events of an instance's execution as JSON."""
        statement = "SELECT event FROM history WHERE instance = ? ORDER BY position"
        return [row["event"] for row in self._rows(statement, instance)]

    def append(self, instance: str, start: int, events: Sequence[Event]) -> None:
        """Append an episode's events to a history that has `start` of them, and count them."""
        texts = [played(event) for event in events]
        rows = [(instance, position, text) for position, text in enumerate(texts, start)]
        with self._lock:
            self._db.executemany("INSERT INTO history VALUES (?, ?, ?)", rows)
        self._write(
            "UPDATE instances SET events = events + ?, bytes = bytes + ?, longest = max(longest, ?),"
            " replays = replays + 1, replayed = replayed + ? WHERE id = ?",
            *(len(texts), sum(map(len, texts)), start + len(texts), start + len(texts), instance),
        )

    def renew(self, instance: str, value: str | None) -> None:
        """Begin an instance's next generation: its history is dropped, as is what its tasks would say."""
        self._write("DELETE FROM history WHERE instance = ?", instance)
        self._write("DELETE FROM messages WHERE instance = ? AND execution IS NOT NULL", instance)
        statement = "UPDATE instances SET input = ?, generations = generations + 1 WHERE id = ?"
        self._write(statement, value, instance)

    def update(
        self, instance: str, status: RuntimeStatus, output: str | None, custom: str | None, now: datetime
    ) -> None:
        """Set what people see of an instance; a custom status of None stays as it was."""
        self._write(
            "UPDATE instances SET status = ?, output = ?, custom_status = coalesce(?, custom_status),"
            " updated_at = ? WHERE id = ?",
            *(status.value, output, custom, to_text(now), instance),
        )

    def schedule(self, instance: str, execution: int, task: int, name: str, value: str | None) -> None:
        """Put a call of an activity in the queue."""
        self._write(
            "INSERT INTO activities (instance, execution, task, name, input) VALUES (?, ?, ?, ?, ?)",
            *(instance, execution, task, name, value),
        )

    def activities(self, most: int = -1) -> list[Activity]:
        """Return the calls that have no answer yet, the oldest first; all where `most` is negative."""
        return [
            Activity(**{**dict(row), "input": json.loads(row["input"] or "null")})
            for row in self._rows("SELECT * FROM activities ORDER BY seq LIMIT ?", most)
        ]

    def answer(self, activity: Activity, event: Event, now: datetime) -> None:
        """Send an activity's answer to whoever called it, and forget the call; only the first answer counts."""
        with self.transaction():
            if self._write("DELETE FROM activities WHERE seq = ?", activity.seq).rowcount:
                self.send(activity.instance, event, due_at=to_text(now), execution=activity.execution)
