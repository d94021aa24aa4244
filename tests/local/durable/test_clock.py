"""Moments as the protocol writes them, and clocks that never go back."""

from datetime import UTC, datetime, timedelta

from local.durable.clock import RealClock, VirtualClock, from_text, to_text

MOMENT = datetime(2019, 9, 2, 7, 30, 0, 42, tzinfo=UTC)


def test_a_moment_is_written_to_the_microsecond_and_read_back():
    assert to_text(MOMENT) == "2019-09-02T07:30:00.000042Z"
    assert from_text(to_text(MOMENT)) == MOMENT


def test_a_virtual_clock_stands_still_until_it_jumps():
    clock = VirtualClock(MOMENT)
    assert clock.now() == clock.now() == MOMENT
    clock.wait_until(MOMENT + timedelta(days=365))
    clock.wait_until(MOMENT)
    clock.advance(timedelta(seconds=1))
    assert clock.now() == MOMENT + timedelta(days=365, seconds=1)


def test_the_real_clock_waits_for_the_future_only():
    clock = RealClock()
    moment = clock.now() + timedelta(milliseconds=5)
    clock.wait_until(moment)
    clock.wait_until(MOMENT)
    assert clock.now() >= moment
