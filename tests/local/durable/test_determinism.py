"""An orchestrator that decides otherwise when it is replayed ends its instance, and says where."""

from datetime import timedelta
from itertools import count

import pytest

from local.durable import RuntimeStatus


def fails(engine, name="planted"):
    done = engine.run_until(engine.start(name))
    assert done.runtime_status is RuntimeStatus.FAILED
    assert "Non-deterministic orchestrator 'planted'" in done.output
    assert "current_utc_datetime" in done.output
    return done.output


def test_another_input_each_time(hub):
    """As with uuid4(), random() or an environment variable."""
    calls = count()

    def planted(context):
        yield context.call_activity("work", next(calls))

    said = fails(hub(planted))
    assert "its task 1 was activity 'work' with input 0 and is now activity 'work' with input 1" in said


def test_a_timer_by_another_clock(hub):
    seconds = count()

    def planted(context):
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=next(seconds)))
        yield context.call_activity("work")

    said = fails(hub(planted))
    assert "its task 1 was a timer for 2019-09-02T00:00:00.000000Z and is now a timer for" in said


def alternating(*names):
    turn = count()
    return lambda: names[next(turn) % len(names)]


def test_another_name(hub):
    name = alternating("left", "right")

    def planted(context):
        yield context.call_activity(name())

    assert "was activity 'left' with input null and is now activity 'right'" in fails(hub(planted))


def test_another_order(hub):
    order = alternating("ab", "ba")

    def planted(context):
        yield context.task_all([context.call_activity(name) for name in order()])

    assert "its task 1 was activity 'a'" in fails(hub(planted))


def test_another_kind(hub):
    kind = alternating("activity", "timer")

    def planted(context):
        if kind() == "activity":
            yield context.call_activity("work")
        yield context.create_timer(context.current_utc_datetime)

    assert "was activity 'work' with input null and is now a timer" in fails(hub(planted))


def test_fewer_tasks_than_before(hub):
    many = alternating(2, 1)

    def planted(context):
        yield context.task_all([context.call_activity("work", n) for n in range(many())])

    assert "its task 2 was activity 'work' with input 1 and is now not asked for" in fails(hub(planted))


def test_another_child(hub):
    name = alternating("one", "two")

    def planted(context):
        yield context.call_sub_orchestrator("idle", None, name())

    def idle(context):
        return None

    assert 'with input null and id "one" and is now' in fails(hub(planted, idle))


def test_code_that_was_changed_under_a_running_instance(hub):
    def before(context):
        yield context.wait_for_external_event("go")
        yield context.call_activity("old")
        yield context.wait_for_external_event("again")

    def after(context):
        yield context.call_activity("new")

    before.__name__ = after.__name__ = "planted"
    engine = hub(before)
    started = engine.start("planted")
    engine.raise_event(started, "go")
    engine.run_until_idle()
    engine.close()
    engine = hub(after)
    engine.raise_event(started, "again")
    assert "was activity 'old' with input null and is now activity 'new'" in engine.run_until(started).output


@pytest.mark.parametrize("api", ["call_http", "signal_entity"])
def test_what_the_hub_does_not_do_is_refused_by_name(hub, api):
    import azure.durable_functions as df

    def planted(context):
        if api == "call_http":
            yield context.call_http("GET", "http://127.0.0.1")
        else:
            context.signal_entity(df.EntityId("counter", "one"), "add", 1)
            yield context.call_activity("work")

    done = (engine := hub(planted)).run_until(engine.start("planted"))
    assert "the local task hub does not know actions of type" in done.output


def test_retries_and_called_off_timers_are_no_fault(hub):
    def honest(context):
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        for n in range(5):
            yield context.task_any([timer, context.call_activity("work", n)])
        timer.cancel()
        yield context.call_activity("last")
        return str(context.new_guid())

    engine = hub(honest)
    assert engine.run_until(engine.start("honest")).runtime_status is RuntimeStatus.COMPLETED
