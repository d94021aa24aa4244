"""Whatever order answers come in, and however many at a time, they reach the tasks that they are meant for."""

import json
from dataclasses import dataclass, field

import azure.durable_functions as df
from hypothesis import given, settings
from hypothesis import strategies as st

from local.durable.clock import VirtualClock
from local.durable.episode import Execution, Outcome, play
from local.durable.history import Event, History, Kind, event
from local.durable.status import RuntimeStatus
from tests.local.durable.conftest import handles

RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=1000, max_number_of_attempts=3)
FAILURES = {"steady": 0, "shaky": 1, "worse": 2, "hopeless": 9}
ME = Execution(instance="me", number=1, name="gather", input="null", parent=None)


def gather(context):
    """Ask for retried and plain tasks in turns; the answer does not depend on who is first."""
    seen = {}
    tasks = {name: context.call_activity_with_retry(name, RETRY, name) for name in FAILURES}
    waits = [context.wait_for_external_event("go"), *tasks.values()]
    for turn in range(3):
        yield context.task_any([context.call_activity("turn", turn), *waits])
    for name, task in tasks.items():
        try:
            seen[name] = yield task
        except Exception:  # noqa: BLE001 - the library raises nothing narrower
            seen[name] = "failed"
    seen["last"] = yield context.call_activity("last", "x")
    return seen


@dataclass(kw_only=True)
class World:
    """Answers tasks in any order: the calls that are open, and what has been played."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    history: History = field(default_factory=History)
    coming: list[Event] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)

    def play(self, handle, messages: list[Event]) -> Outcome:
        while messages:
            many = self.history.batch(messages)
            outcome = play(ME, self.history, messages[:many], handle=handle, now=self.clock.now())
            self.history.extend(outcome.events)
            self.coming += [self.answer(call) for call in outcome.calls]
            self.coming += [event(Kind.TIMER_FIRED, TimerId=timer.task) for timer in outcome.timers]
            messages = [m for m in messages[many:] if self.history.expects(m)]
        return outcome

    def answer(self, call: Event) -> Event:
        name, task = call["Name"], call["EventId"]
        self.tried[name] = self.tried.get(name, 0) + 1
        if self.tried[name] <= FAILURES.get(name, 0):
            return event(Kind.TASK_FAILED, TaskScheduledId=task, Reason="no", Details="")
        return event(Kind.TASK_COMPLETED, TaskScheduledId=task, Result=json.dumps(json.loads(call["Input"])))


@settings(max_examples=40)
@given(st.data())
def test_every_order_and_every_batch_gives_the_same_answer(data):
    (handle,) = handles(gather).values()
    world = World()
    begun = event(Kind.EXECUTION_STARTED, Name="gather", Version="", Input="null")
    outcome = world.play(handle, [begun])
    while outcome.status is RuntimeStatus.RUNNING:
        order = data.draw(st.permutations(range(len(world.coming))))
        many = data.draw(st.integers(1, len(order)))
        chosen = [world.coming[place] for place in order[:many]]
        world.coming = [world.coming[place] for place in sorted(order[many:])]
        outcome = world.play(handle, chosen)
    assert json.loads(outcome.output) == {
        "steady": "steady",
        "shaky": "shaky",
        "worse": "worse",
        "hopeless": "failed",
        "last": "x",
    }
    assert world.tried["worse"] == world.tried["hopeless"] == 3
