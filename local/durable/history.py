"""An execution's history: the events of the replay protocol, and which tasks they leave open.

An event is a dictionary in the spelling of the Durable extension; messages between instances are events too, as in the
Durable Task Framework. What an orchestrator decides from them is in local.durable.decisions.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

Event = dict[str, Any]


class Kind(IntEnum):
    """The protocol's numbers of the events that this hub writes."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_RAISED = 15


SCHEDULED = frozenset({Kind.TASK_SCHEDULED, Kind.SUB_ORCHESTRATION_CREATED, Kind.TIMER_CREATED})
FAILED = frozenset({Kind.TASK_FAILED, Kind.SUB_ORCHESTRATION_FAILED})
ENDED = FAILED | {Kind.TASK_COMPLETED, Kind.SUB_ORCHESTRATION_COMPLETED, Kind.TIMER_FIRED}

_NAMES = {
    kind: "".join(word.capitalize() for word in kind.name.split("_")).replace(
        "SubOrchestration", "SubOrchestrationInstance"
    )
    for kind in Kind
}


def event(kind: Kind, *, number: int = -1, **fields: Any) -> Event:
    """Return an event, not yet placed in time; `number` is the id of the task that it schedules."""
    return {"EventType": int(kind), "EventId": number, "IsPlayed": False, "Timestamp": "", **fields}


def readable(event: Mapping[str, Any]) -> Event:
    """Return an event with its kind as a word, for people."""
    return {**event, "EventType": _NAMES[Kind(event["EventType"])]}


def task_of(event: Mapping[str, Any]) -> int:
    """Return the id of the task that an event ends."""
    number: int = event["TimerId"] if event["EventType"] == Kind.TIMER_FIRED else event["TaskScheduledId"]
    return number


class History:
    """The events of one execution, kept as JSON, and the tasks they open and close.

    Attributes
    ----------
    texts : list of str
        Each event as JSON, marked as played.
    scheduled : list of dict
        The events that schedule a task; a task's id is its place here, as the library counts.
    asked : list of dict
        Those of them that the orchestrator asked for; the others belong to a retry.
    done : set of int
        Ids of the tasks that ended.
    cancelled : set of int
        Ids of the timers that were called off.
    raised : list of dict
        External events, in their order.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts: list[str] = []
        self.scheduled: list[Event] = []
        self.asked: list[Event] = []
        self.done: set[int] = set()
        self.cancelled: set[int] = set()
        self.raised: list[Event] = []
        self.extend(json.loads(text) for text in texts)

    def __len__(self) -> int:
        return len(self.texts)

    def extend(self, events: Iterable[Event]) -> None:
        """Add events at the end."""
        for added in events:
            self.texts.append(played(added))
            self._follow(added)

    def _follow(self, added: Event) -> None:
        kind = added["EventType"]
        if kind in SCHEDULED:
            self.scheduled.append(added)
            if "RetryOf" not in added:
                self.asked.append(added)
        elif kind in ENDED:
            self.done.add(task_of(added))
        elif kind == Kind.EVENT_RAISED:
            self.raised.append(added)

    def expects(self, event: Mapping[str, Any]) -> bool:
        """Whether an event means anything to the execution: a second end of the same task does not."""
        if event["EventType"] not in ENDED:
            return True
        return task_of(event) < len(self.scheduled) and task_of(event) not in self.done

    def retried(self, event: Mapping[str, Any]) -> bool:
        """Whether the library answers an event with a task of its own: a pause, or another attempt."""
        kind = event["EventType"]
        if kind in FAILED:
            return "Retry" in self.scheduled[task_of(event)]
        return kind == Kind.TIMER_FIRED and "RetryOf" in self.scheduled[task_of(event)]

    def batch(self, messages: Sequence[Event]) -> int:
        """Return how many of the messages one episode may take.

        The library numbers the tasks of a retry when it meets the event that causes it, between those of the
        orchestrator. The order is certain only where such an event comes first.
        """
        later = (n for n, message in enumerate(messages) if n and self.retried(message))
        return next(later, len(messages))


def played(event: Event) -> str:
    """Return an event as JSON, marked as one that was replayed."""
    return json.dumps({**event, "IsPlayed": True})
