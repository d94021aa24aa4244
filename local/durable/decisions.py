"""What an orchestrator asks for, read from its actions JSON, and whether that is what it asked for before.

The ids of tasks and the events written for them are in local.durable.tasks.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from local.durable.history import Event, Kind

REMEDY = (
    "Take time and ids from the context (current_utc_datetime, new_guid) and everything else from activities; "
    "where the code was changed while the instance ran, terminate the instance and start it again"
)
SHOWN_CHARACTERS = 200


class Action(IntEnum):
    """The protocol's numbers of the actions."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    WHEN_ANY = 11
    WHEN_ALL = 12


ACTIVITIES = frozenset({Action.CALL_ACTIVITY, Action.CALL_ACTIVITY_WITH_RETRY})
SUB_ORCHESTRATIONS = frozenset({Action.CALL_SUB_ORCHESTRATOR, Action.CALL_SUB_ORCHESTRATOR_WITH_RETRY})
KNOWN = frozenset(Action)
TASKS = ACTIVITIES | SUB_ORCHESTRATIONS | {Action.CREATE_TIMER}


class NonDeterminism(Exception):
    """An orchestrator decided otherwise than its history says."""


class Unsupported(Exception):
    """An orchestrator asked for something that this hub does not do."""


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """All that an orchestrator has asked for since its execution began, in its order.

    Attributes
    ----------
    tasks : tuple of dict
        The actions that make a task with an id.
    waits : tuple of str
        Names of the external events that were waited for.
    continued : dict or None
        The action that begins the execution anew.
    """

    tasks: tuple[Mapping[str, Any], ...]
    waits: tuple[str, ...]
    continued: Mapping[str, Any] | None


def read(state: Mapping[str, Any]) -> Decisions:
    """Read the decisions from an orchestrator's state JSON."""
    actions = [action for batch in state["actions"] for action in _flat(batch)]
    return Decisions(
        tasks=tuple(action for action in actions if action["actionType"] in TASKS),
        waits=tuple(
            action["externalEventName"]
            for action in actions
            if action["actionType"] == Action.WAIT_FOR_EXTERNAL_EVENT
        ),
        continued=next((a for a in actions if a["actionType"] == Action.CONTINUE_AS_NEW), None),
    )


def _flat(actions: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for action in actions:
        if action["actionType"] not in KNOWN:
            raise Unsupported(f"the local task hub does not know actions of type {action['actionType']}")
        if action["actionType"] in (Action.WHEN_ALL, Action.WHEN_ANY):
            yield from _flat(action["compoundActions"])
        else:
            yield action


def check(orchestrator: str, tasks: Sequence[Mapping[str, Any]], recorded: Sequence[Event]) -> None:
    """Raise NonDeterminism unless the tasks begin with those that the history has."""
    for position, event in enumerate(recorded, start=1):
        got = tasks[position - 1] if position <= len(tasks) else None
        if got is None or not _same(got, event):
            raise NonDeterminism(
                f"Non-deterministic orchestrator {orchestrator!r}: its task {position} was {_recorded(event)} and is "
                f"now {_asked(got) if got else 'not asked for'}. {REMEDY}."
            )


def _same(action: Mapping[str, Any], event: Event) -> bool:
    kind = action["actionType"]
    if kind == Action.CREATE_TIMER:
        return bool(event["EventType"] == Kind.TIMER_CREATED and action["fireAt"] == event["FireAt"])
    wanted = Kind.TASK_SCHEDULED if kind in ACTIVITIES else Kind.SUB_ORCHESTRATION_CREATED
    return (
        event["EventType"] == wanted
        and action["functionName"] == event["Name"]
        and action["input"] == event["Input"]
        and action.get("instanceId") in (None, event.get("InstanceId"))
    )


def _asked(action: Mapping[str, Any]) -> str:
    if action["actionType"] == Action.CREATE_TIMER:
        return f"a timer for {action['fireAt']}"
    what = "activity" if action["actionType"] in ACTIVITIES else "sub-orchestration"
    return _called(what, action["functionName"], action["input"], action.get("instanceId"))


def _recorded(event: Event) -> str:
    if event["EventType"] == Kind.TIMER_CREATED:
        return f"a timer for {event['FireAt']}"
    what = "activity" if event["EventType"] == Kind.TASK_SCHEDULED else "sub-orchestration"
    return _called(what, event["Name"], event["Input"], event.get("InstanceId"))


def _called(what: str, name: str, value: str | None, instance: str | None) -> str:
    shown = value if value is None or len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}..."
    return f"{what} {name!r} with input {shown}" + (f" and id {json.dumps(instance)}" if instance else "")
