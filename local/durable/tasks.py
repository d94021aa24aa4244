"""The tasks that an episode schedules, numbered as the library numbers them; why an episode is played is not here.

The library counts tasks where an orchestrator yields them. A retry has tasks of its own, numbered when the event comes
that causes them: a pause after every failed attempt, the last one too, and an attempt after every pause but the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.durable.clock import to_text
from local.durable.decisions import ACTIVITIES, Action
from local.durable.history import FAILED, Event, History, Kind, event, task_of

SAME_AGAIN = ("Name", "Version", "Input", "InstanceId")


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A message to come: the timer of that task id."""

    task: int
    fire_at: str


class Ledger:
    """Numbers new tasks from the end of a history on.

    Attributes
    ----------
    events : list of dict
        What the history shall say of them.
    timers : list of Timer
        Those that have to be set.
    """

    def __init__(self, *, owner: str, history: History, now: datetime) -> None:
        self._owner, self._history, self._now = owner, history, now
        self.events: list[Event] = []
        self.timers: list[Timer] = []

    @property
    def _number(self) -> int:
        return len(self._history.scheduled) + len(self.events)

    def answer(self, arrived: Event) -> None:
        """Add the task that the library itself makes of an event, if it makes one."""
        if not self._history.retried(arrived):
            return
        cause = self._history.scheduled[task_of(arrived)]
        if arrived["EventType"] in FAILED:
            pause = timedelta(milliseconds=cause["Retry"]["Interval"])
            self._timer(to_text(self._now + pause), RetryOf=cause["EventId"])
        else:
            self._attempt_after(cause)

    def _attempt_after(self, pause: Event) -> None:
        failed = self._history.scheduled[pause["RetryOf"]]
        retry = failed["Retry"]
        if retry["Attempt"] < retry["Most"]:
            again = {key: failed[key] for key in SAME_AGAIN if key in failed}
            retry = {**retry, "Attempt": retry["Attempt"] + 1}
            self._add(Kind(failed["EventType"]), **again, Retry=retry, RetryOf=pause["EventId"])

    def schedule(self, action: Mapping[str, Any]) -> None:
        """Add the task that an orchestrator asks for."""
        kind = action["actionType"]
        if kind == Action.CREATE_TIMER:
            self._timer(action["fireAt"], cancelled=action["isCanceled"])
        elif kind in ACTIVITIES:
            self._add(Kind.TASK_SCHEDULED, **_call(action))
        else:
            child = action.get("instanceId") or f"{self._owner}:{self._number}"
            self._add(Kind.SUB_ORCHESTRATION_CREATED, **_call(action), InstanceId=child)

    def _timer(self, fire_at: str, *, cancelled: bool = False, **fields: Any) -> None:
        if not cancelled:
            self.timers.append(Timer(task=self._number, fire_at=fire_at))
        self._add(Kind.TIMER_CREATED, FireAt=fire_at, **fields)

    def _add(self, kind: Kind, **fields: Any) -> None:
        added = event(kind, number=self._number, **fields)
        self.events.append({**added, "Timestamp": to_text(self._now)})


def _call(action: Mapping[str, Any]) -> dict[str, Any]:
    call = {"Name": action["functionName"], "Version": "", "Input": action["input"]}
    if "retryOptions" not in action:
        return call
    options = action["retryOptions"]
    interval, most = options["firstRetryIntervalInMilliseconds"], options["maxNumberOfAttempts"]
    return {**call, "Retry": {"Interval": interval, "Most": most, "Attempt": 1}}
