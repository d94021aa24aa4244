"""Delivers messages to instances: plays their episodes and keeps what follows, each episode as a whole.

When it is called, and who runs activities, is in local.durable.engine.
"""

import json
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from local.durable.clock import Clock, to_text
from local.durable.episode import Execution, Outcome, play
from local.durable.functions import Handle
from local.durable.history import Event, History, Kind, event
from local.durable.status import RuntimeStatus
from local.durable.store import FIRST, Message, Parent, Store

log = logging.getLogger(__name__)

LONG_HISTORY_EVENTS = 1000


class Delivery:
    """Whoever plays the episodes; histories of instances that go on are kept in memory too."""

    def __init__(self, store: Store, orchestrators: Mapping[str, Handle], clock: Clock) -> None:
        self._store, self._orchestrators, self._clock = store, orchestrators, clock
        self._histories: dict[tuple[str, int], History] = {}

    def deliver(self) -> bool:
        """Play an episode of every instance that has messages due; says whether there were any."""
        due = self._store.due(self._clock.now())
        for instance, messages in due.items():
            self._receive(instance, messages)
        return bool(due)

    def create(self, instance: str, name: str, value: str | None, parent: Parent | None = None) -> None:
        """Put a pending instance and the message that starts it; inside a transaction."""
        self._store.create(instance, name, value, self._clock.now(), parent)
        self._store.begin(instance, _started(instance, name, value))

    def _receive(self, instance: str, messages: Sequence[Message]) -> None:
        row = self._store.instance(instance)
        if row is None or RuntimeStatus(row["status"]).ended:
            self._store.consume(messages)
            return
        execution = _execution(row)
        history = self._history(execution)
        meant = [m for m in messages if m.execution in (None, execution.number) and history.expects(m.event)]
        if len(meant) < len(messages):
            self._store.consume([message for message in messages if message not in meant])
        if meant:
            self._episode(row, execution, history, meant[: history.batch([m.event for m in meant])])

    def _history(self, execution: Execution) -> History:
        key = execution.instance, execution.number
        if key not in self._histories:
            self._histories[key] = History(self._store.history(execution.instance))
        return self._histories[key]

    def _episode(
        self, row: sqlite3.Row, execution: Execution, history: History, messages: Sequence[Message]
    ) -> None:
        arrived = [message.event for message in messages]
        handle = self._orchestrators.get(execution.name)
        outcome = play(execution, history, arrived, handle=handle, now=self._clock.now())
        with self._store.transaction():
            self._store.consume(messages)
            self._commit(row, execution, len(history), outcome)
        self._remember(execution, history, outcome)

    def _remember(self, execution: Execution, history: History, outcome: Outcome) -> None:
        if outcome.status.ended or outcome.continued:
            del self._histories[execution.instance, execution.number]
            return
        known = len(history)
        history.extend(outcome.events)
        history.cancelled.update(outcome.cancelled)
        if known < LONG_HISTORY_EVENTS <= len(history):
            log.warning(
                "The history of %s (%s) has %d events, all replayed each time: continue_as_new keeps it short",
                *(execution.instance, execution.name, len(history)),
            )

    # What an episode leaves behind; inside its transaction.

    def _commit(self, row: sqlite3.Row, execution: Execution, known: int, outcome: Outcome) -> None:
        me = execution.instance
        self._store.append(me, known, outcome.events)
        for call in outcome.calls:
            self._call(execution, call)
        for timer in outcome.timers:
            fired = event(Kind.TIMER_FIRED, TimerId=timer.task, FireAt=timer.fire_at)
            self._store.send(me, fired, due_at=timer.fire_at, execution=execution.number, timer=timer.task)
        for number in outcome.cancelled:
            self._store.call_off(me, execution.number, number)
        self._store.update(me, outcome.status, outcome.output, outcome.custom_status, self._clock.now())
        if outcome.continued:
            self._continue(execution, outcome)
        elif outcome.status.ended:
            self._end(row, outcome)

    def _call(self, execution: Execution, call: Event) -> None:
        """Have an activity called, or a sub-orchestration started."""
        me, number = execution.instance, execution.number
        if call["EventType"] == Kind.TASK_SCHEDULED:
            self._store.schedule(me, number, call["EventId"], call["Name"], call["Input"])
            return
        child, parent = call["InstanceId"], Parent(instance=me, execution=number, task=call["EventId"])
        row = self._store.instance(child)
        if row is None or RuntimeStatus(row["status"]).ended:
            self.create(child, call["Name"], call["Input"], parent)
        else:
            self._report_failure(parent, call["Name"], f"instance {child!r} is {row['status']} already")

    def _continue(self, execution: Execution, outcome: Outcome) -> None:
        assert outcome.continued is not None
        me, value = execution.instance, outcome.continued.input
        self._store.renew(me, value)
        self._store.begin(me, _started(me, execution.name, value))
        for carried in outcome.continued.carried:
            self._store.send(me, carried, due_at=FIRST)

    def _end(self, row: sqlite3.Row, outcome: Outcome) -> None:
        self._store.discard(row["id"])
        if row["parent"] is None:
            return
        parent = Parent(instance=row["parent"], execution=row["parent_execution"], task=row["parent_task"])
        if outcome.status is RuntimeStatus.COMPLETED:
            self._report(parent, Kind.SUB_ORCHESTRATION_COMPLETED, Result=outcome.output)
        else:
            told = json.loads(outcome.output or "null")
            self._report_failure(parent, row["name"], f"{outcome.status.value}: {told}")

    def _report_failure(self, parent: Parent, name: str, why: str) -> None:
        reason = f"Sub-orchestrator function {name!r} failed: {why}"
        self._report(parent, Kind.SUB_ORCHESTRATION_FAILED, Reason=reason, Details="")

    def _report(self, parent: Parent, kind: Kind, **fields: Any) -> None:
        told = event(kind, TaskScheduledId=parent.task, **fields)
        now = to_text(self._clock.now())
        self._store.send(parent.instance, told, due_at=now, execution=parent.execution)


def _started(instance: str, name: str, value: str | None) -> Event:
    who = {"InstanceId": instance}
    return event(Kind.EXECUTION_STARTED, Name=name, Version="", Input=value, OrchestrationInstance=who)


def _execution(row: sqlite3.Row) -> Execution:
    return Execution(
        instance=row["id"],
        number=row["execution"],
        name=row["name"],
        input=row["input"],
        parent=row["parent"],
    )
