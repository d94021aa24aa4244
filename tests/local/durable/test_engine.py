"""Each feature of the hub, as a small orchestrator that uses it."""

from datetime import UTC, datetime, timedelta

import azure.durable_functions as df
import pytest

from local.durable import (
    AlreadyRunning,
    InstanceEnded,
    NoSuchInstance,
    RuntimeStatus,
    UnknownOrchestrator,
)
from tests.local.durable.conftest import Activities

MONDAY = datetime(2019, 9, 2, tzinfo=UTC)
THREE_TIMES = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=3)


def greet(context):
    return (yield context.call_activity("hello", context.get_input()))


def waiter(context):
    return (yield context.wait_for_external_event("go"))


def raises(exc):
    def function(_):
        raise exc

    return function


def failing_until(attempt):
    """Return an activity that fails before its given call."""
    calls = []

    def function(value):
        calls.append(value)
        if len(calls) < attempt:
            raise ValueError(f"attempt {len(calls)}")
        return len(calls)

    return function


def run(engine, name, value=None, **options):
    return engine.run_until(engine.start(name, input=value, **options))


# Activities


def test_an_activity_gets_the_input_and_gives_the_output(hub):
    done = run(hub(greet), "greet", {"name": "Ada"}, instance_id="g1")
    assert done.runtime_status is RuntimeStatus.COMPLETED
    assert done.output == "hello({'name': 'Ada'})"
    assert (done.input, done.name, done.instance_id) == ({"name": "Ada"}, "greet", "g1")


def test_activities_all_together_keep_their_order(hub):
    def fan_out(context):
        return (yield context.task_all([context.call_activity("double", n) for n in range(5)]))

    engine = hub(fan_out, activity=Activities(double=lambda n: 2 * n))
    assert run(engine, "fan_out").output == [0, 2, 4, 6, 8]
    assert [s.replays for s in engine.statistics()] == [2]


def test_an_activity_that_fails_raises_in_the_orchestrator(hub):
    def careful(context):
        try:
            yield context.call_activity("break")
        except Exception as exc:  # noqa: BLE001 - the library raises nothing narrower
            return str(exc)

    done = run(hub(careful, activity=Activities(**{"break": raises(ValueError("no such file"))})), "careful")
    assert "Activity function 'break' failed: ValueError: no such file" in done.output


def test_a_failure_that_nobody_catches_ends_the_instance(hub):
    done = run(hub(greet, activity=Activities(hello=raises(ValueError("no")))), "greet")
    assert done.runtime_status is RuntimeStatus.FAILED
    assert "Orchestrator function 'greet' failed" in done.output
    assert "ValueError: no" in done.output
    assert "OutOfProcData" not in done.output


def test_an_answer_that_is_not_json_is_a_failure(hub):
    done = run(hub(greet, activity=Activities(hello=lambda _: {1, 2})), "greet")
    assert "not JSON serializable" in done.output


def test_an_orchestrator_that_yields_nothing_completes_at_once(hub):
    def plain(context):
        return 42

    assert run(hub(plain), "plain").output == 42


# Retries


def test_a_retry_waits_between_the_attempts(hub, clock):
    def stubborn(context):
        return (yield context.call_activity_with_retry("try", THREE_TIMES, "x"))

    done = run(hub(stubborn, activity=Activities(**{"try": failing_until(3)})), "stubborn")
    assert done.output == 3
    assert clock.now() - MONDAY == timedelta(minutes=2)


def test_the_last_failure_waits_once_more_as_in_azure(hub, clock):
    def stubborn(context):
        return (yield context.call_activity_with_retry("try", THREE_TIMES, "x"))

    activity = Activities(**{"try": failing_until(99)})
    done = run(hub(stubborn, activity=activity), "stubborn")
    assert done.runtime_status is RuntimeStatus.FAILED
    assert "attempt 3" in done.output
    assert len(activity.calls) == 3
    assert clock.now() - MONDAY == timedelta(minutes=3)


def test_retries_beside_other_tasks_keep_the_tasks_apart(hub):
    """A retry's tasks are numbered between those of the orchestrator, in the order of what happens."""

    def mixed(context):
        retried = [context.call_activity_with_retry(f"try{n}", THREE_TIMES, n) for n in range(3)]
        plain = context.call_activity("plain", "p")
        first = yield context.task_any([plain, *retried])
        second = yield context.call_activity("after", first.result)
        rest = yield context.task_all(retried)
        last = yield context.call_activity("last", rest)
        return [first.result, second, rest, last]

    activity = Activities(try0=failing_until(3), try1=failing_until(2), try2=failing_until(1))
    done = run(hub(mixed, activity=activity), "mixed")
    assert done.output == ["plain(p)", "after(plain(p))", [3, 2, 1], "last([3, 2, 1])"]


def test_a_sub_orchestration_is_retried_under_its_id(hub):
    def parent(context):
        return (yield context.call_sub_orchestrator_with_retry("greet", THREE_TIMES, "x", "child"))

    engine = hub(parent, greet, activity=Activities(hello=failing_until(2)))
    assert run(engine, "parent").output == 2
    assert engine.status("child").runtime_status is RuntimeStatus.COMPLETED


# Sub-orchestrations


def call(instance_id=None):
    def parent(context):
        return (yield context.call_sub_orchestrator("greet", "x", instance_id))

    return parent


def test_a_sub_orchestration_answers_its_parent(hub):
    engine = hub(call("child"), greet)
    assert run(engine, "parent", instance_id="top").output == "hello(x)"
    assert engine.status("child").parent == "top"


def test_a_sub_orchestration_without_an_id_gets_one(hub):
    engine = hub(call(), greet)
    run(engine, "parent", instance_id="top")
    assert [i.instance_id.split(":")[0] for i in engine.instances() if i.name == "greet"] == ["top"]


def test_a_failed_sub_orchestration_fails_in_the_parent(hub):
    engine = hub(call("child"), greet, activity=Activities(hello=raises(ValueError("no"))))
    done = run(engine, "parent")
    assert done.runtime_status is RuntimeStatus.FAILED
    assert "Sub-orchestrator function 'greet' failed" in done.output
    assert "ValueError: no" in done.output


def test_an_unknown_sub_orchestrator_fails_in_the_parent(hub):
    assert "no orchestrator of that name" in run(hub(call("child")), "parent").output


def test_a_sub_orchestration_replaces_an_ended_instance_of_its_id(hub):
    engine = hub(call("child"), greet)
    run(engine, "greet", "earlier", instance_id="child")
    assert run(engine, "parent").output == "hello(x)"


def test_a_sub_orchestration_of_a_running_id_fails_in_the_parent(hub):
    engine = hub(call("child"), greet, waiter)
    engine.start("waiter", instance_id="child")
    engine.run_until_idle()
    assert "'child' is Running already" in run(engine, "parent").output
    assert engine.status("child").runtime_status is RuntimeStatus.RUNNING


# Timers and external events


def test_a_timer_fires_at_its_time(hub, clock):
    def sleeper(context):
        yield context.create_timer(context.current_utc_datetime + timedelta(hours=5))
        return context.current_utc_datetime.isoformat()

    assert run(hub(sleeper), "sleeper").output == "2019-09-02T05:00:00+00:00"


def race(context):
    deadline = context.create_timer(context.current_utc_datetime + timedelta(days=1))
    event = context.wait_for_external_event("go")
    winner = yield context.task_any([deadline, event])
    if winner == deadline:
        return "too late"
    deadline.cancel()
    yield context.call_activity("note", event.result)
    return event.result


def test_an_event_beats_a_timer_that_is_then_called_off(hub, clock):
    engine = hub(race)
    started = engine.start("race")
    engine.run_until_idle(until=MONDAY + timedelta(hours=1))
    engine.raise_event(started, "go", {"ok": True})
    engine.run_until_idle()
    assert engine.status(started).output == {"ok": True}
    assert clock.now() == MONDAY + timedelta(hours=1)


def test_without_the_event_the_timer_wins(hub):
    assert run(hub(race), "race").output == "too late"


def test_an_event_that_comes_early_is_kept(hub):
    def late(context):
        yield context.call_activity("prepare")
        return (yield context.wait_for_external_event("go"))

    engine = hub(late)
    started = engine.start("late")
    engine.raise_event(started, "go", 7)
    assert engine.run_until(started).output == 7


def test_events_for_nobody_are_refused(hub):
    engine = hub(greet)
    with pytest.raises(NoSuchInstance, match="'nobody'"):
        engine.raise_event("nobody", "go")
    run(engine, "greet", instance_id="g")
    with pytest.raises(InstanceEnded, match="Completed"):
        engine.raise_event("g", "go")


def test_an_instance_that_waits_for_ever_leaves_the_hub_idle(hub):
    engine = hub(waiter)
    assert run(engine, "waiter").runtime_status is RuntimeStatus.RUNNING


# Continue as new


def test_a_new_generation_begins_with_a_short_history(hub):
    def counter(context):
        count = context.get_input()
        yield context.call_activity("note", count)
        if count == 9:
            return "done"
        context.continue_as_new(count + 1)

    engine = hub(counter)
    done = run(engine, "counter", 0)
    assert (done.output, done.input) == ("done", 9)
    (cost,) = engine.statistics()
    assert (cost.generations, cost.longest) == (10, 8)


def test_events_that_nobody_waited_for_go_on_to_the_next_generation(hub):
    def collector(context):
        seen = context.get_input()
        seen.append((yield context.wait_for_external_event("item")))
        if len(seen) == 3:
            return seen
        context.continue_as_new(seen)

    engine = hub(collector)
    started = engine.start("collector", input=[])
    for item in "abc":
        engine.raise_event(started, "item", item)
    assert sorted(engine.run_until(started).output) == ["a", "b", "c"]


def test_what_the_old_generation_had_asked_for_is_dropped(hub, clock):
    def impatient(context):
        if context.get_input() == "again":
            return "done"
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=9))
        yield context.task_any([timer, context.call_activity("quick")])
        context.continue_as_new("again")

    engine = hub(impatient)
    started = engine.start("impatient")
    engine.run_until_idle()
    assert engine.status(started).output == "done"
    assert clock.now() == MONDAY


def test_a_day_of_polls_costs_little(hub):
    """Every five minutes for 24 hours, a new generation every six polls."""

    def poller(context):
        polls = context.get_input()
        for _ in range(6):
            if (yield context.call_activity("poll", polls)) == "done":
                return polls
            polls += 1
            yield context.create_timer(context.current_utc_datetime + timedelta(minutes=5))
        context.continue_as_new(polls)

    engine = hub(poller, activity=Activities(poll=lambda n: "done" if n == 288 else "running"))
    assert run(engine, "poller", 0).output == 288
    (cost,) = engine.statistics()
    assert cost.longest < 60
    assert cost.replays < 700
    assert cost.replayed_events / cost.replays < 40


# What people see and do


def test_a_custom_status_is_shown_and_stays_over_generations(hub):
    def shows(context):
        if context.get_input() == "again":
            return (yield context.wait_for_external_event("go"))
        context.set_custom_status({"step": 1})
        context.continue_as_new("again")
        yield context.call_activity("never")

    engine = hub(shows)
    started = engine.start("shows")
    engine.run_until_idle()
    assert engine.status(started).custom_status == {"step": 1}


def test_ids_and_times_are_the_same_in_every_replay(hub):
    def twice(context):
        before = [str(context.new_guid()), context.current_utc_datetime.isoformat()]
        yield context.call_activity("note", before)
        yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        return before

    activity = Activities()
    done = run(hub(twice, activity=activity), "twice")
    assert activity.calls == [("note", done.output)]


def test_terminate_ends_an_instance_and_not_its_children(hub):
    def parent(context):
        yield context.call_sub_orchestrator("waiter", None, "child")

    engine = hub(parent, waiter)
    engine.start("parent", instance_id="top")
    engine.run_until_idle()
    engine.terminate("top", "enough")
    engine.run_until_idle()
    assert (engine.status("top").runtime_status, engine.status("top").output) == ("Terminated", "enough")
    assert engine.status("child").runtime_status is RuntimeStatus.RUNNING
    engine.raise_event("child", "go")
    assert engine.run_until("child").runtime_status is RuntimeStatus.COMPLETED
    with pytest.raises(InstanceEnded):
        engine.terminate("top")


def test_a_terminated_child_fails_in_its_parent(hub):
    def parent(context):
        yield context.call_sub_orchestrator("waiter", None, "child")

    engine = hub(parent, waiter)
    started = engine.start("parent")
    engine.run_until_idle()
    engine.terminate("child", "enough")
    assert "Terminated: enough" in engine.run_until(started).output


def test_a_second_start_is_refused_until_the_first_has_ended(hub):
    engine = hub(waiter)
    engine.start("waiter", instance_id="one")
    with pytest.raises(AlreadyRunning, match="'one' is Pending"):
        engine.start("waiter", instance_id="one")
    engine.raise_event("one", "go", 1)
    engine.run_until("one")
    engine.start("waiter", instance_id="one")
    engine.raise_event("one", "go", 2)
    assert engine.run_until("one").output == 2


def test_an_unknown_orchestrator_is_refused_with_those_there_are(hub):
    with pytest.raises(UnknownOrchestrator, match="there are greet, waiter"):
        hub(greet, waiter).start("great")


def test_instances_are_found_by_prefix_and_status(hub):
    engine = hub(greet, waiter)
    for name in ("run-1", "run-1.a", "run-2"):
        engine.start("greet" if name != "run-1" else "waiter", instance_id=name)
    engine.run_until_idle()
    assert [i.instance_id for i in engine.instances("run-1")] == ["run-1", "run-1.a"]
    assert [i.instance_id for i in engine.instances(statuses=[RuntimeStatus.RUNNING])] == ["run-1"]


def test_purge_forgets_what_has_ended_only(hub):
    engine = hub(greet, waiter)
    run(engine, "greet", instance_id="over")
    run(engine, "waiter", instance_id="on")
    assert (engine.purge("over"), engine.purge("on"), engine.purge("none")) == (True, False, False)
    assert engine.status("over") is None


def test_a_status_is_told_as_azure_tells_it(hub):
    engine = hub(greet)
    run(engine, "greet", "x", instance_id="g")
    told = engine.status("g", history=True).to_json()
    assert [event["EventType"] for event in told.pop("historyEvents")] == [
        "OrchestratorStarted",
        "ExecutionStarted",
        "TaskScheduled",
        "OrchestratorCompleted",
        "OrchestratorStarted",
        "TaskCompleted",
        "ExecutionCompleted",
        "OrchestratorCompleted",
    ]
    assert told == {
        "name": "greet",
        "instanceId": "g",
        "runtimeStatus": "Completed",
        "input": "x",
        "customStatus": None,
        "output": "hello(x)",
        "createdTime": "2019-09-02T00:00:00Z",
        "lastUpdatedTime": "2019-09-02T00:00:00Z",
    }


def test_a_long_history_is_warned_of_once(hub, caplog):
    def endless(context):
        for n in range(300):
            yield context.task_all([context.call_activity("work", [n, m]) for m in range(100)])
            if n == 6:
                return "done"

    engine = hub(endless)
    assert run(engine, "endless", instance_id="long").output == "done"
    warned = [record.getMessage() for record in caplog.records if record.name == "local.durable.delivery"]
    assert len(warned) == 1
    assert "The history of long (endless) has" in warned[0]


def test_a_hub_that_is_opened_again_goes_on(hub, clock):
    def works(context):
        first = yield context.call_activity_with_retry("try", THREE_TIMES, 1)
        timer = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        event = context.wait_for_external_event("go")
        yield context.task_any([timer, event])
        timer.cancel()
        return [first, (yield context.call_activity("last"))]

    activity = Activities(**{"try": failing_until(2)})
    engine = hub(works, activity=activity)
    started = engine.start("works")
    for minutes in (0, 1, 30):
        engine.run_until_idle(until=MONDAY + timedelta(minutes=minutes))
        engine.close()
        engine = hub(works, activity=activity)
    engine.raise_event(started, "go")
    assert engine.run_until(started).output == [2, "last(None)"]
    assert clock.now() == MONDAY + timedelta(minutes=30)


def test_a_child_may_outlive_its_parent_and_answers_no_later_one(hub):
    def parent(context):
        if context.get_input() == "later":
            return (yield context.call_activity("work"))
        yield context.call_sub_orchestrator("waiter", None, "child")

    engine = hub(parent, waiter)
    for ending in ("gone", "later"):
        engine.start("parent", instance_id="top")
        engine.run_until_idle()
        engine.terminate("top")
        engine.run_until_idle()
        if ending == "later":
            engine.start("parent", instance_id="top", input="later")
        engine.raise_event("child", "go")
        engine.run_until_idle()
    assert engine.status("top").output == "work(None)"


def test_a_timer_called_off_at_once_is_never_set(hub, clock):
    def hasty(context):
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        yield context.task_any([timer, context.wait_for_external_event("go")])
        timer.cancel()
        return (yield context.call_activity("work"))

    engine = hub(hasty)
    started = engine.start("hasty")
    engine.raise_event(started, "go")
    engine.run_until_idle()
    assert engine.status(started).output == "work(None)"
    assert clock.now() == MONDAY


def test_who_does_not_exist_cannot_be_waited_for(hub):
    with pytest.raises(NoSuchInstance):
        hub(greet).run_until("nobody")
