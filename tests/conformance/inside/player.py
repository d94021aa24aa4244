"""Plays orchestrations through the worker: replays with a history, does what is asked for, in one thread, at once.

Enough for a good day: nothing may fail, no event comes, and time jumps. The bad days are played in tests/local/durable.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import payloads
from worker import Answer, Broken

STARTED, COMPLETED, EXECUTION_STARTED = 12, 13, 0
ACTIVITY, SUB_ORCHESTRATION, TIMER = (4, 5), (7, 8), (10, 11)
"""Numbers of the events that a task is scheduled and ended with."""
KINDS = {0: ACTIVITY, 1: ACTIVITY, 2: SUB_ORCHESTRATION, 3: SUB_ORCHESTRATION, 5: TIMER}
CONTINUE_AS_NEW, WAIT, WHEN_ANY, WHEN_ALL = 4, 6, 11, 12
EPISODES_MOST = 200

Json = dict[str, Any]


class Player:
    """A task hub for one orchestration and those below it.

    Parameters
    ----------
    invoke : callable
        Invokes a function with its trigger's data, and returns what it answered.
    """

    def __init__(self, invoke: Callable[[str, Any], Answer]) -> None:
        self._invoke = invoke
        self._now = datetime(2018, 7, 23, 6, tzinfo=UTC)
        self.customs: dict[str, Any] = {}

    def play(self, name: str, instance: str, message: Any) -> Any:
        """Play an orchestration to its end; returns its output; raises Broken."""
        text = json.dumps(message)
        for _ in range(EPISODES_MOST):
            state, again = self._generation(name, instance, text)
            if again is None:
                return state.get("output")
            text = again["input"] if isinstance(again["input"], str) else json.dumps(again["input"])
        raise Broken(f"{name} continues as new for ever")

    def _generation(self, name: str, instance: str, message: str) -> tuple[Json, Json | None]:
        history: list[Json] = []
        fresh = [self._event(EXECUTION_STARTED, Name=name, Version="", Input=message)]
        scheduled = 0
        for _ in range(EPISODES_MOST):
            history += [self._event(STARTED), *fresh]
            state = self._replay(name, instance, message, history)
            actions = list(_flat(action for batch in state["actions"] for action in batch))
            again = next((a for a in actions if a["actionType"] == CONTINUE_AS_NEW), None)
            if state["isDone"] or again:
                return state, again
            asked = [action for action in actions if action["actionType"] in KINDS]
            new = list(enumerate(asked))[scheduled:]
            if not new:
                raise Broken(f"{name} waits for what does not come: {state['actions'][-1:]}")
            scheduled = len(asked)
            history += [*(self._scheduled(*task) for task in new), self._event(COMPLETED)]
            fresh = [self._done(instance, *task) for task in new]
            history = [{**event, "IsPlayed": True} for event in history]
        raise Broken(f"{name} comes to no end")

    def _replay(self, name: str, instance: str, message: str, history: list[Json]) -> Json:
        given = payloads.context(instance, message, history, replaying=len(history) > 2)
        answer = self._invoke(name, given)
        if answer.error or answer.kind != "json":
            raise Broken(f"{name} answered {answer.error or answer.kind}")
        state: Json = answer.json()
        if state.get("customStatus") is not None:
            self.customs[instance] = state["customStatus"]
        return state

    def _scheduled(self, number: int, action: Json) -> Json:
        kind = KINDS[action["actionType"]]
        if kind is TIMER:
            return self._event(kind[0], number, FireAt=action["fireAt"])
        child = {"InstanceId": action.get("instanceId")} if kind is SUB_ORCHESTRATION else {}
        return self._event(
            kind[0], number, Name=action["functionName"], Version="", Input=action["input"], **child
        )

    def _done(self, instance: str, number: int, action: Json) -> Json:
        kind = KINDS[action["actionType"]]
        if kind is TIMER:
            self._now = max(self._now, _read(action["fireAt"]))
            return self._event(kind[1], TimerId=number, FireAt=action["fireAt"])
        name, given = action["functionName"], action["input"]
        result = (
            self._activity(name, given)
            if kind is ACTIVITY
            else self.play(name, action.get("instanceId") or f"{instance}:{number}", json.loads(given))
        )
        self._now += timedelta(seconds=1)
        return self._event(kind[1], TaskScheduledId=number, Result=json.dumps(result))

    def _activity(self, name: str, given: str) -> Any:
        answer = self._invoke(name, payloads.data(json=given))
        if answer.error or answer.kind != "json" or not isinstance(answer.json(), dict):
            raise Broken(f"{name} answered {answer.error or answer.value!r} to {given[:500]}")
        return answer.json()

    def _event(self, kind: int, number: int = -1, **fields: Any) -> Json:
        when = payloads.moment(self._now)
        return {"EventType": kind, "EventId": number, "IsPlayed": False, "Timestamp": when, **fields}


def _flat(actions: Any) -> Iterator[Json]:
    for action in actions:
        if action["actionType"] in (WHEN_ALL, WHEN_ANY):
            yield from _flat(action["compoundActions"])
        else:
            yield action


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
