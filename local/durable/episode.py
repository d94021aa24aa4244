"""One step of an orchestration: the orchestrator is replayed with what has arrived, and what follows is worked out.

Pure but for the orchestrator that it calls: nothing is stored here (local.durable.store), nothing is run
(local.durable.engine).
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.durable.clock import to_text
from local.durable.decisions import Decisions, NonDeterminism, Unsupported, check, read
from local.durable.functions import Handle
from local.durable.history import Event, History, Kind, event
from local.durable.status import RuntimeStatus
from local.durable.tasks import Ledger, Timer

FAILURE_LABEL = "\n\n$OutOfProcData$:"
"""The library raises an orchestrator's failure as its text, this label, and its state JSON."""

SCHEMA_V2, SCHEMA_V3 = 1, 2


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Who is played: an instance in one of its generations; `input` is JSON."""

    instance: str
    number: int
    name: str
    input: str | None
    parent: str | None


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """The next generation: its input as JSON, and the external events that nobody had waited for."""

    input: str | None
    carried: tuple[Event, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an episode adds.

    Attributes
    ----------
    events : tuple of dict
        To be appended to the history.
    calls : tuple of dict
        Those of the events that schedule an activity or a sub-orchestration.
    timers, cancelled : tuple
        Timers to set, and ids of timers to call off.
    output, custom_status : str or None
        JSON; a custom status of None leaves it as it was.
    """

    status: RuntimeStatus
    events: tuple[Event, ...]
    calls: tuple[Event, ...] = ()
    timers: tuple[Timer, ...] = ()
    cancelled: tuple[int, ...] = ()
    output: str | None = None
    custom_status: str | None = None
    continued: Continuation | None = None


@dataclass(frozen=True, kw_only=True)
class _Replayed:
    """What the library said: the decisions, the whole state, and the failure's text where it failed."""

    decisions: Decisions
    state: Mapping[str, Any]
    failure: str | None


def play(
    execution: Execution, history: History, arrived: Sequence[Event], *, handle: Handle | None, now: datetime
) -> Outcome:
    """Replay an orchestrator with its history and the events that have arrived."""
    moment = to_text(now)
    fresh = [_at(moment, one) for one in (event(Kind.ORCHESTRATOR_STARTED), *arrived)]
    for one in fresh:
        if one["EventType"] == Kind.EXECUTION_TERMINATED:
            return _end(RuntimeStatus.TERMINATED, json.dumps(one["Input"]), fresh, moment)
    if handle is None:
        return _failed(execution, "there is no orchestrator of that name in the app", fresh, moment)
    try:
        replayed = _replay(handle, context(execution, history, fresh))
        if replayed.failure is None or replayed.decisions.tasks:
            check(execution.name, replayed.decisions.tasks, history.asked)
    except (NonDeterminism, Unsupported) as refused:
        return _failed(execution, str(refused), fresh, moment)
    return _follow(execution, history, fresh, replayed, now)


def context(execution: Execution, history: History, fresh: Sequence[Event]) -> str:
    """Return the JSON that an orchestrator's handle takes."""
    about = {
        "instanceId": execution.instance,
        "isReplaying": bool(history),
        "parentInstanceId": execution.parent,
        "input": execution.input,
        "upperSchemaVersion": SCHEMA_V2,
        "upperSchemaVersionNew": SCHEMA_V3,
    }
    events = ",".join([*history.texts, *map(json.dumps, fresh)])
    return f'{json.dumps(about)[:-1]}, "history": [{events}]}}'


def _replay(handle: Handle, given: str) -> _Replayed:
    # The library warns of an event that comes before somebody waits for it, which is no fault.
    warnings.filterwarnings("ignore", message="Potential duplicate Task completion")
    failure = None
    try:
        state = json.loads(handle(given))
    except Exception as exc:  # noqa: BLE001 - whatever an orchestrator raises is how its instance ends
        failure, state = _failure(exc)
    return _Replayed(decisions=read(state), state=state, failure=failure)


def _failure(raised: Exception) -> tuple[str, dict[str, Any]]:
    text, label, state = str(raised).rpartition(FAILURE_LABEL)
    return (text, json.loads(state)) if label else (f"{type(raised).__name__}: {raised}", {"actions": []})


def _follow(
    execution: Execution, history: History, fresh: list[Event], replayed: _Replayed, now: datetime
) -> Outcome:
    ledger = Ledger(owner=f"{execution.instance}:{execution.number}", history=history, now=now)
    for arrived in fresh:
        ledger.answer(arrived)
    for action in replayed.decisions.tasks[len(history.asked) :]:
        ledger.schedule(action)
    outcome = _ending(execution, history, [*fresh, *ledger.events], replayed, to_text(now))
    custom = replayed.state.get("customStatus")
    return replace(
        outcome,
        calls=tuple(e for e in ledger.events if e["EventType"] != Kind.TIMER_CREATED),
        timers=() if outcome.status.ended or outcome.continued else tuple(ledger.timers),
        cancelled=_cancelled(history, replayed.decisions),
        custom_status=None if custom is None else json.dumps(custom),
    )


def _cancelled(history: History, decisions: Decisions) -> tuple[int, ...]:
    """Return the ids of the timers that the orchestrator has called off since the last episode."""
    both = zip(history.asked, decisions.tasks, strict=False)
    off = (scheduled["EventId"] for scheduled, action in both if action.get("isCanceled"))
    return tuple(number for number in off if number not in history.cancelled | history.done)


def _ending(
    execution: Execution, history: History, events: list[Event], replayed: _Replayed, moment: str
) -> Outcome:
    """Say how an episode leaves the instance."""
    decisions = replayed.decisions
    if replayed.failure is not None:
        return _failed(execution, replayed.failure, events, moment)
    if decisions.continued is not None:
        raised = [*history.raised, *(e for e in events if e["EventType"] == Kind.EVENT_RAISED)]
        carried = _unconsumed(raised, decisions.waits)
        return replace(
            _open(events, moment), continued=Continuation(input=decisions.continued["input"], carried=carried)
        )
    if replayed.state["isDone"]:
        output = json.dumps(replayed.state.get("output"))
        return _end(RuntimeStatus.COMPLETED, output, events, moment)
    return _open(events, moment)


def _unconsumed(raised: Sequence[Event], waits: Sequence[str]) -> tuple[Event, ...]:
    """Return the external events beyond the number of waits for their name; the earliest were consumed."""
    left = list(waits)
    carried = []
    for one in raised:
        if one["Name"] in left:
            left.remove(one["Name"])
        else:
            carried.append(one)
    return tuple(carried)


def _failed(execution: Execution, reason: str, events: Sequence[Event], moment: str) -> Outcome:
    text = f"Orchestrator function {execution.name!r} failed: {reason}"
    return _end(RuntimeStatus.FAILED, json.dumps(text), events, moment)


def _end(status: RuntimeStatus, output: str, events: Sequence[Event], moment: str) -> Outcome:
    last = event(Kind.EXECUTION_COMPLETED, OrchestrationStatus=status.value, Result=output)
    return replace(_open([*events, _at(moment, last)], moment), status=status, output=output)


def _open(events: Sequence[Event], moment: str) -> Outcome:
    last = _at(moment, event(Kind.ORCHESTRATOR_COMPLETED))
    return Outcome(status=RuntimeStatus.RUNNING, events=(*events, last))


def _at(moment: str, event: Event) -> Event:
    return {**event, "IsPlayed": False, "Timestamp": moment}
