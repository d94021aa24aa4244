"""A run in virtual time: what each bad day of a job, or of somebody, comes to."""

import json
import sqlite3
from datetime import timedelta

import pytest

from local.jobs.simulated import (
    FAILS,
    LOSES_ITS_NODE,
    NEVER_ENDS,
    NEVER_STARTS,
    Script,
    first_attempt,
    of_cell,
)
from shared.runs.summary import read_outcomes, request_cancel

CELL = "market-001.large"


def outcome(rehearsal, run, cell=CELL):
    return next(o for o in read_outcomes(rehearsal.store, run) if o.cell == cell)


def test_every_cell_is_trained_scored_and_published(rehearse):
    rehearsal = rehearse()
    summary = rehearsal.run("r1")
    assert (summary.status, summary.cells, summary.trained) == ("succeeded", {"published": 4}, 4)
    assert len(rehearsal.jobs.submitted()) == 8
    assert {o.forecast for o in read_outcomes(rehearsal.store, "r1")} == {"primary"}


def test_nothing_new_is_skipped_and_says_so(rehearse):
    rehearsal = rehearse()
    rehearsal.run("r1")
    summary = rehearsal.run("r2")
    assert (summary.status, summary.cells) == ("skipped", {})
    assert "r1" in summary.skipped[0].why
    assert len(rehearsal.jobs.submitted()) == 8


def test_a_new_week_trains_only_the_cells_that_it_brought_something_for(rehearse):
    rehearsal = rehearse()
    rehearsal.run("r1")
    rehearsal.deliver_week(only=lambda market: market == 0)
    summary = rehearsal.run("r2")
    assert (summary.status, summary.cells, summary.trained) == ("succeeded", {"published": 4}, 2)
    trained = {o.cell for o in read_outcomes(rehearsal.store, "r2") if o.training}
    assert trained == {"market-000.large", "market-000.small"}


def test_a_training_that_fails_is_named_with_the_forecast_that_stands_and_can_be_resumed(rehearse):
    broken = True
    bad = of_cell(CELL, FAILS, pipeline="training")
    good = of_cell("none", FAILS)
    rehearsal = rehearse(scripts=lambda request: (bad if broken else good)(request))
    summary = rehearsal.run("r1")
    assert (summary.status, summary.failed_cells) == ("partial", (CELL,))
    assert summary.failures == (
        f"{CELL}: training failed: validate: NotEnoughHistory: 3 weeks are too few; "
        "its forecast is, at least in part, the historical average",
    )
    broken = False
    again = rehearsal.run("r2", trigger="resume", **json.loads(summary.resume))
    assert (again.status, again.cells, again.trained) == ("succeeded", {"published": 1}, 1)
    assert {name for name in rehearsal.jobs.submitted() if name.startswith("r2")} == {
        "r2-market-001-large-training-1",
        "r2-market-001-large-scoring-1",
    }


def test_a_scoring_that_fails_leaves_the_forecast_published_last(rehearse):
    rehearsal = rehearse(scripts=of_cell("none", FAILS))
    rehearsal.run("r1")
    rehearsal.jobs._scripts = of_cell(CELL, FAILS, pipeline="scoring")
    rehearsal.deliver_week()
    summary = rehearsal.run("r2")
    assert (summary.status, outcome(rehearsal, "r2").forecast) == ("partial", "last_published")
    assert "the forecast of run r1 stands" in summary.failures[0]


def test_a_lost_node_is_tried_again(rehearse):
    rehearsal = rehearse(scripts=first_attempt(LOSES_ITS_NODE))
    assert rehearsal.run("r1").status == "succeeded"
    assert outcome(rehearsal, "r1").training.attempts == 2
    assert len(rehearsal.jobs.submitted()) == 16


def test_a_job_without_compute_never_started_after_its_queue_time(rehearse):
    rehearsal = rehearse(scripts=of_cell(CELL, NEVER_STARTS, pipeline="training"))
    began = rehearsal.clock.now()
    summary = rehearsal.run("r1")
    assert outcome(rehearsal, "r1").training.outcome == "never_started"
    assert "waited longer than 120 minutes for its compute" in summary.failures[0]
    assert timedelta(hours=2) < rehearsal.clock.now() - began < timedelta(hours=3)


def test_a_job_that_does_not_end_is_timed_out_and_cancelled(rehearse):
    rehearsal = rehearse(scripts=of_cell(CELL, NEVER_ENDS, pipeline="scoring"))
    summary = rehearsal.run("r1")
    assert outcome(rehearsal, "r1").scoring.outcome == "timed_out"
    assert "ran longer than 360 minutes" in summary.failures[0]
    status = rehearsal.jobs.status("r1-market-001-large-scoring-1")
    assert status.state == "cancelled"


def test_a_long_wait_costs_little_history(rehearse):
    slow = Script(queue_seconds=60, run_seconds=24 * 3600)
    rehearsal = rehearse(
        markets=1, scripts=of_cell("market-000.large", slow), SHELFCAST_RUN_LIMIT_MINUTES=str(48 * 60)
    )
    assert rehearsal.run("r1").status == "succeeded"
    (watched,) = rehearsal.engine.statistics("r1.market-000.large.training")
    assert watched.generations > 10
    assert watched.longest < 80


def test_a_cancelled_run_cancels_its_jobs_and_begins_no_more(rehearse):
    rehearsal = rehearse(SHELFCAST_CELLS_AT_A_TIME="1")
    rehearsal.start("r1")
    rehearsal.engine.run_until_idle(until=rehearsal.clock.now() + timedelta(minutes=3))
    request_cancel(rehearsal.store, "r1")
    rehearsal.engine.raise_event("r1.market-000.large.training", "wake")
    assert rehearsal.engine.run_until("r1").runtime_status.value == "Completed"
    summary = rehearsal.summary("r1")
    assert (summary.status, summary.cells) == ("cancelled", {"cancelled": 4})
    assert rehearsal.jobs.submitted() == ["r1-market-000-large-training-1"]
    assert rehearsal.jobs.status("r1-market-000-large-training-1").state == "cancelled"


def test_the_event_of_a_jobs_end_saves_waiting_and_repeats_nothing(rehearse):
    rehearsal = rehearse(markets=1, SHELFCAST_POLL_SECONDS="3000", SHELFCAST_POLL_SECONDS_MOST="3000")
    rehearsal.start("r1")
    ended = rehearsal.clock.now() + timedelta(minutes=45)
    rehearsal.engine.run_until_idle(until=ended)
    for _ in range(3):
        rehearsal.engine.raise_event("r1.market-000.large.training", "wake")
    rehearsal.engine.run_until_idle(until=ended + timedelta(seconds=1))
    assert rehearsal.engine.status("r1.market-000.large.training").runtime_status.value == "Completed"
    assert rehearsal.engine.run_until("r1").output["status"] == "succeeded"
    assert len(rehearsal.jobs.submitted()) == 4


def test_events_that_come_too_early_do_not_make_the_watcher_look_all_the_time(rehearse):
    rehearsal = rehearse(markets=1, SHELFCAST_CELLS_AT_A_TIME="1")
    rehearsal.start("r1")
    watcher = "r1.market-000.large.training"
    while rehearsal.engine.status(watcher) is None:
        rehearsal.engine._advance(None)
    for _ in range(2):
        rehearsal.engine.raise_event(watcher, "wake")
    rehearsal.engine.run_until_idle(until=rehearsal.clock.now() + timedelta(seconds=5))
    (watched,) = rehearsal.engine.statistics(watcher)
    assert watched.generations <= 3
    assert watched.events < 40


def test_the_weekly_timer_tells_whose_files_are_late(rehearse):
    rehearsal = rehearse(markets=1)
    assert rehearsal.run("r1", trigger="timer").status == "succeeded"
    database = sqlite3.connect(rehearsal.edges.settings.ledger_url.removeprefix("sqlite:///"))
    ((kind, subject, text),) = database.execute("select kind, subject, text from alerts").fetchall()
    database.close()
    assert (kind, subject) == ("late", "shipments")
    assert "has not come for the week of" in text


def test_a_run_in_which_no_cell_comes_out_has_failed(rehearse):
    rehearsal = rehearse(scripts=lambda request: FAILS)
    summary = rehearsal.run("r1")
    assert summary.status == "failed"
    status = rehearsal.engine.status("r1")
    assert status.runtime_status.value == "Failed"
    assert "NotEnoughHistory" in str(status.output)


def test_a_request_that_cannot_be_planned_fails_with_its_reason(rehearse):
    rehearsal = rehearse()
    summary = rehearsal.run("r1", markets=["Atlantis"])
    assert summary.status == "failed"
    assert "Atlantis" in summary.error
    assert rehearsal.jobs.submitted() == []


@pytest.mark.parametrize("cells", ["1", "3", "10"])
def test_so_many_cells_at_a_time(rehearse, cells):
    rehearsal = rehearse(SHELFCAST_CELLS_AT_A_TIME=cells)
    rehearsal.start("r1")
    rehearsal.engine.run_until_idle(until=rehearsal.clock.now() + timedelta(seconds=10))
    assert len(rehearsal.jobs.submitted()) == min(4, int(cells))
    assert rehearsal.engine.run_until("r1").output["status"] == "succeeded"
