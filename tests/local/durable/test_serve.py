"""The hub on the real clock, with activities on threads, as the host uses it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from local.durable import ActivityInterrupted, Engine, RealClock, RuntimeStatus
from tests.local.durable.conftest import handles

SECONDS = 20


@contextmanager
def serving(path: Path, *bodies, activity, **options) -> Iterator[Engine]:
    engine = Engine(path, orchestrators=handles(*bodies), activity=activity, clock=RealClock(), **options)
    stop = threading.Event()
    thread = threading.Thread(target=engine.serve, args=(stop,))
    thread.start()
    try:
        yield engine
    finally:
        stop.set()
        thread.join(SECONDS)
        engine.close()


class Ended:
    """An activity that tells the test that the orchestrator came so far."""

    def __init__(self):
        self.event = threading.Event()

    def __call__(self, name, value):
        self.event.set()
        return value

    def wait(self):
        assert self.event.wait(SECONDS)


def test_a_timer_and_an_event_on_the_real_clock(tmp_path):
    def patient(context):
        yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=30))
        told = yield context.wait_for_external_event("go")
        yield context.call_activity("tell", told)

    ended = Ended()
    with serving(tmp_path / "hub.db", patient, activity=ended) as engine:
        engine.raise_event(engine.start("patient"), "go", 1)
        ended.wait()


def test_so_many_activities_at_a_time(tmp_path):
    """Three meet at a barrier, which two could not pass; a fourth would have shown in the count."""
    together, most, now, lock = threading.Barrier(3), [0], [0], threading.Lock()

    def fan_out(context):
        yield context.task_all([context.call_activity("meet") for _ in range(9)])
        yield context.call_activity("end")

    ended = threading.Event()

    def activity(name, _):
        if name == "end":
            return ended.set()
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(SECONDS)
        with lock:
            now[0] -= 1

    with serving(tmp_path / "hub.db", fan_out, activity=activity, activities_at_a_time=3) as engine:
        engine.start("fan_out")
        assert ended.wait(SECONDS)
    assert most == [3]


def test_an_interrupted_activity_is_called_again(tmp_path):
    def work(context):
        yield context.call_activity("work")
        yield context.call_activity("end")

    calls, ended = [], threading.Event()

    def activity(name, _):
        calls.append(name)
        if calls == ["work"]:
            raise ActivityInterrupted("the worker was stopped")
        if name == "end":
            ended.set()

    with serving(tmp_path / "hub.db", work, activity=activity) as engine:
        engine.start("work")
        assert ended.wait(SECONDS)
    assert calls == ["work", "work", "end"]


def test_a_stop_waits_for_activities_under_way_and_the_rest_is_done_later(tmp_path):
    def work(context):
        first = yield context.call_activity("first")
        return [first, (yield context.call_activity("second"))]

    begun, leave = threading.Event(), threading.Event()

    def slow(name, _):
        begun.set()
        leave.wait(SECONDS)
        return name

    with serving(tmp_path / "hub.db", work, activity=slow) as engine:
        started = engine.start("work")
        assert begun.wait(SECONDS)
        threading.Timer(0.05, leave.set).start()
    again = Engine(
        tmp_path / "hub.db", orchestrators=handles(work), activity=lambda name, _: name, clock=RealClock()
    )
    assert again.run_until(started).output == ["first", "second"]
    again.close()


@pytest.mark.parametrize("threads", [4])
def test_starts_and_events_from_many_threads(tmp_path, threads):
    def waiter(context):
        told = yield context.wait_for_external_event("go")
        yield context.call_activity("tell", told)
        return told

    heard, everybody = [], threading.Event()

    def activity(_, value):
        heard.append(value)
        if len(heard) == 10 * threads:
            everybody.set()

    def speak(engine, number):
        for n in range(10):
            engine.raise_event(engine.start("waiter"), "go", [number, n])

    with serving(tmp_path / "hub.db", waiter, activity=activity) as engine:
        speakers = [threading.Thread(target=speak, args=(engine, number)) for number in range(threads)]
        for speaker in speakers:
            speaker.start()
        assert everybody.wait(SECONDS)
        for speaker in speakers:
            speaker.join()
    assert sorted(heard) == [[number, n] for number in range(threads) for n in range(10)]


def test_an_ended_instance_shows_when(tmp_path):
    def plain(context):
        return 1

    engine = Engine(
        tmp_path / "hub.db", orchestrators=handles(plain), activity=lambda *_: None, clock=RealClock()
    )
    done = engine.run_until(engine.start("plain"))
    engine.close()
    assert done.runtime_status is RuntimeStatus.COMPLETED
    assert done.created_at <= done.updated_at
