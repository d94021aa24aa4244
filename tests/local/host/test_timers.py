from datetime import UTC, datetime

import pytest

from local.host import HostError
from local.host.ncrontab import Schedule
from local.host.receipts import Receipts, TimerState
from tests.local.host.conftest import YEARLY, ask, wait_for

NOW = datetime(2019, 9, 4, 12, 30, 15, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("schedule", "after"),
    [
        ("*/10 * * * * *", "2019-09-04T12:30:20"),
        ("0 30 12 * * *", "2019-09-05T12:30:00"),
        ("0 0 6 * * mon", "2019-09-09T06:00:00"),
        ("0 0 6 * * 7", "2019-09-08T06:00:00"),
        ("0 15,45 8-17/3 * * Mon-Fri", "2019-09-04T14:15:00"),
        ("0 0 0 29 feb *", "2020-02-29T00:00:00"),
        ("0 0 0 1 1 *", "2020-01-01T00:00:00"),
    ],
)
def test_the_next_time(schedule, after):
    assert Schedule.parse(schedule).after(NOW) == datetime.fromisoformat(after).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", ["0 0 6 * *", "61 * * * * *", "0 0 6 * * monday-", "0 5-2 * * * *", "*/0 * * * * *"]
)
def test_a_wrong_schedule_is_refused(wrong):
    with pytest.raises(HostError, match="Schedule"):
        Schedule.parse(wrong)


def test_a_timer_runs_on_time_and_by_hand(world):
    with world.host({"SCHEDULE": "* * * * * *"}):
        assert wait_for(lambda: world.notes("timer"))[0]["past_due"] is False


def test_a_timer_runs_by_hand_with_the_master_key(world):
    with world.host() as host:
        assert ask(f"{host.url}/admin/functions/weekly", {}, headers=host.headers).status == 401
        assert ask(f"{host.url}/admin/functions/weekly?code={host.keys.master}", {}).status == 202
        assert len(world.notes("timer")) == 1


def test_runs_missed_while_the_host_was_down_are_made_up_for_once(world):
    (world.folder / "host").mkdir()
    receipts = Receipts(world.folder / "host" / "host.sqlite")
    receipts.set_timer("weekly", TimerState(schedule=YEARLY, last=None, next=1e9))
    receipts.close()
    with world.host() as host:
        assert wait_for(lambda: world.notes("timer")) == [{"past_due": True}]
        wait_for(lambda: host.receipts.timer("weekly").next > 1e9)
    with world.host():
        assert len(world.notes("timer")) == 1


def test_a_missing_setting_is_named(world):
    with pytest.raises(HostError, match="Setting SCHEDULE is missing"), world.host({"SCHEDULE": ""}):
        pass
