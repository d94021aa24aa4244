"""The task hub: starts instances, has messages delivered, runs activities, and lets time pass.

At any point the process may be killed: an episode is kept as a whole or not at all, and an activity without an answer
is called again. What an episode leads to is in local.durable.delivery.
"""

import json
import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

from local.durable.clock import Clock, from_text, to_text
from local.durable.delivery import Delivery
from local.durable.functions import Handle
from local.durable.history import Event, Kind, event, readable
from local.durable.status import (
    AlreadyRunning,
    InstanceEnded,
    InstanceStatistics,
    InstanceStatus,
    NoSuchInstance,
    RuntimeStatus,
    UnknownOrchestrator,
)
from local.durable.store import Activity, Store

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
"""How long a hub that serves rests at most before it looks whether it shall stop."""


class ActivityInterrupted(Exception):
    """Raised by whoever runs an activity: it came to no end, and is to be called again."""


class Engine:
    """A task hub in one file, used by one process.

    Parameters
    ----------
    path : Path
        The SQLite file.
    orchestrators : mapping
        Handle of each orchestrator by name, see `orchestrators_of`.
    activity : callable
        Runs an activity, given its name and input, and returns plain JSON, or raises. `serve` calls it on threads.
    clock : Clock
        What time it is.
    activities_at_a_time : int
        Threads of `serve` that call activities.
    """

    def __init__(
        self,
        path: Path,
        *,
        orchestrators: Mapping[str, Handle],
        activity: Callable[[str, object], object],
        clock: Clock,
        activities_at_a_time: int = 2,
    ) -> None:
        self._store = Store(path)
        self._orchestrators = orchestrators
        self._activity = activity
        self._clock = clock
        self._at_a_time = activities_at_a_time
        self._delivery = Delivery(self._store, orchestrators, clock)
        self._news = threading.Event()

    def close(self) -> None:
        """Let go of the file; nothing may run any more."""
        self._store.close()

    # What people and functions ask for; from any thread.

    def start(self, orchestrator: str, *, instance_id: str | None = None, input: object = None) -> str:
        """Start an instance and return its id; an ended one of that id is replaced.

        Raises AlreadyRunning where one of that id has not ended, UnknownOrchestrator.
        """
        if orchestrator not in self._orchestrators:
            known = ", ".join(sorted(self._orchestrators))
            raise UnknownOrchestrator(f"there is no orchestrator {orchestrator!r}; there are {known}")
        instance = instance_id or uuid.uuid4().hex
        with self._store.transaction():
            row = self._store.instance(instance)
            if row is not None and not RuntimeStatus(row["status"]).ended:
                raise AlreadyRunning(
                    f"instance {instance!r} is {row['status']}; wait for it, or terminate it"
                )
            self._delivery.create(instance, orchestrator, json.dumps(input))
        self._news.set()
        return instance

    def raise_event(self, instance_id: str, name: str, data: object = None) -> None:
        """Send an external event, also to an instance that does not wait for it yet.

        Raises NoSuchInstance, InstanceEnded.
        """
        self._tell(instance_id, event(Kind.EVENT_RAISED, Name=name, Input=json.dumps(data)))

    def terminate(self, instance_id: str, reason: str = "") -> None:
        """End an instance; as in Azure, its sub-orchestrations and the activities it has called go on.

        Raises NoSuchInstance, InstanceEnded.
        """
        self._tell(instance_id, event(Kind.EXECUTION_TERMINATED, Input=reason))

    def _tell(self, instance: str, message: Event) -> None:
        with self._store.transaction():
            row = self._store.instance(instance)
            if row is None:
                raise NoSuchInstance(f"there is no instance {instance!r}")
            if RuntimeStatus(row["status"]).ended:
                raise InstanceEnded(f"instance {instance!r} is {row['status']}")
            self._store.send(instance, message, due_at=to_text(self._clock.now()))
        self._news.set()

    def purge(self, instance_id: str) -> bool:
        """Forget an instance that has ended; says whether there was one."""
        with self._store.transaction():
            row = self._store.instance(instance_id)
            if row is None or not RuntimeStatus(row["status"]).ended:
                return False
            self._store.remove(instance_id)
            return True

    def status(self, instance_id: str, *, history: bool = False) -> InstanceStatus | None:
        """Return what is known about an instance, with the history of its present generation if wanted."""
        row = self._store.instance(instance_id)
        if row is None:
            return None
        texts = self._store.history(instance_id) if history else []
        return _status(row, [readable(json.loads(text)) for text in texts])

    def instances(self, prefix: str = "", statuses: Iterable[RuntimeStatus] = ()) -> list[InstanceStatus]:
        """Return the instances whose id begins so, the earliest first; of any status where none is given."""
        return [_status(row, []) for row in self._store.instances(prefix, statuses)]

    def statistics(self, prefix: str = "") -> list[InstanceStatistics]:
        """Return what the instances whose id begins so have cost."""
        return [_statistics(row) for row in self._store.instances(prefix)]

    # How things go on; from one thread.

    def run_until_idle(self, *, until: datetime | None = None) -> None:
        """Let everything happen, timers too, until nothing is left to happen by itself, or up to `until`.

        Activities are called one after the other, here: with a VirtualClock, each run goes the same way.
        """
        while self._advance(until):
            pass

    def run_until(self, instance_id: str) -> InstanceStatus:
        """Let things happen until an instance has ended, or waits for what will not come by itself."""
        while not (found := self._found(instance_id)).runtime_status.ended and self._advance(None):
            pass
        return found

    def _found(self, instance: str) -> InstanceStatus:
        if (found := self.status(instance)) is None:
            raise NoSuchInstance(f"there is no instance {instance!r}")
        return found

    def _advance(self, until: datetime | None) -> bool:
        """Do what can be done now, or let time pass up to the next timer; says whether anything was left to do."""
        if self._delivery.deliver():
            return True
        waiting = self._store.activities()
        for activity in waiting:
            self._call(activity)
        return bool(waiting) or self._pass_time(until)

    def _pass_time(self, until: datetime | None) -> bool:
        due_at = self._store.next_due()
        if due_at is not None and (until is None or due_at <= until):
            self._clock.wait_until(due_at)
            return True
        if until is not None:
            self._clock.wait_until(until)
        return False

    def serve(self, stop: threading.Event) -> None:
        """Work until told to stop; activities that are under way then are waited for."""
        running: set[int] = set()
        with ThreadPoolExecutor(self._at_a_time, thread_name_prefix="activity") as threads:
            while not stop.is_set():
                self._news.clear()
                delivered = self._delivery.deliver()
                self._hand_out(threads, running)
                if not delivered:
                    self._news.wait(self._rest_seconds())

    def _hand_out(self, threads: ThreadPoolExecutor, running: set[int]) -> None:
        # Looked at before the queue is: a call that ends in between must not be made again.
        busy = frozenset(running)
        waiting = [a for a in self._store.activities(most=2 * self._at_a_time) if a.seq not in busy]
        for activity in waiting[: self._at_a_time - len(busy)]:
            running.add(activity.seq)
            future = threads.submit(self._call, activity)
            future.add_done_callback(partial(self._returned, running, activity.seq))

    def _returned(self, running: set[int], seq: int, done: Future[None]) -> None:
        if (error := done.exception()) is not None:
            log.error("An activity's answer could not be kept; it is called again", exc_info=error)
        running.discard(seq)
        self._news.set()

    def _rest_seconds(self) -> float:
        due_at = self._store.next_due()
        left = IDLE_SECONDS if due_at is None else (due_at - self._clock.now()).total_seconds()
        return min(IDLE_SECONDS, max(0.0, left))

    def _call(self, activity: Activity) -> None:
        try:
            result = json.dumps(self._activity(activity.name, activity.input))
        except ActivityInterrupted:
            return
        except Exception as exc:  # noqa: BLE001 - whatever an activity raises is its answer
            reason = f"Activity function {activity.name!r} failed: {type(exc).__name__}: {exc}"
            answer = event(Kind.TASK_FAILED, TaskScheduledId=activity.task, Reason=reason, Details="")
        else:
            answer = event(Kind.TASK_COMPLETED, TaskScheduledId=activity.task, Result=result)
        self._store.answer(activity, answer, self._clock.now())


def _status(row: sqlite3.Row, history: Sequence[Event]) -> InstanceStatus:
    return InstanceStatus(
        name=row["name"],
        instance_id=row["id"],
        runtime_status=RuntimeStatus(row["status"]),
        input=json.loads(row["input"] or "null"),
        output=json.loads(row["output"] or "null"),
        custom_status=json.loads(row["custom_status"] or "null"),
        created_at=from_text(row["created_at"]),
        updated_at=from_text(row["updated_at"]),
        parent=row["parent"],
        history=tuple(history),
    )


def _statistics(row: sqlite3.Row) -> InstanceStatistics:
    return InstanceStatistics(
        instance_id=row["id"],
        name=row["name"],
        generations=row["generations"],
        events=row["events"],
        history_bytes=row["bytes"],
        longest=row["longest"],
        replays=row["replays"],
        replayed_events=row["replayed"],
    )
