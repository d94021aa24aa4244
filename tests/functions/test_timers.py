"""Timers start a run a day, unless there is nothing to forecast, and train again only what has grown old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.bootstrap import use
from shared.runs.registry import Registry
from shared.runs.summary import read_outcomes
from tests.functions.company import ask, running_company

TIMERS = {"weekly_run_timer": "timer", "stale_models_timer": "stale"}
EXPECTED = {"timer": "succeeded", "stale": "skipped"}


def fire(company, timer):
    """Let a timer's time come."""
    headers = {"x-functions-key": company.host.keys.master}
    answer = ask(f"{company.host.url}/admin/functions/{timer}", {}, method="POST", headers=headers)
    assert answer.status == 202, answer.text


def runs_of(company, trigger):
    found = company.host.engine.instances(f"{trigger}-")
    return [each for each in found if each.name == "weekly_run"]


def test_a_timer_starts_one_run_a_day(tmp_path):
    with running_company(tmp_path) as company:
        for timer, trigger in TIMERS.items():
            first = datetime.now(UTC)
            fire(company, timer)
            fire(company, timer)
            runs = runs_of(company, trigger)
            days = {f"{trigger}-{moment:%Y-%m-%d}" for moment in (first, datetime.now(UTC))}
            assert {run.instance_id for run in runs} <= days
            assert len(runs) <= len(days)
            output = company.ended(runs[0].instance_id).output
            assert (output["trigger"], output["status"]) == (trigger, EXPECTED[trigger])
            assert len(output["operation_id"]) == 32


def test_nothing_is_started_while_there_are_no_shipments(tmp_path):
    with running_company(tmp_path, weeks=0) as company:
        for timer in TIMERS:
            fire(company, timer)
        assert company.traces() == (set(), set())


def test_only_what_has_grown_old_is_trained_again(rehearse):
    rehearsal = rehearse()
    days = rehearsal.edges.lake.profile.retraining.stale_after_days
    long_ago = datetime.now(UTC) - timedelta(days=days + 2)
    use(replace(rehearsal.edges, registry=Registry(rehearsal.store, now=lambda: long_ago)))
    rehearsal.run("old", markets=["Market 000"])
    use(rehearsal.edges)
    rehearsal.run("young", markets=["Market 001"])
    summary = rehearsal.run("stale-1", trigger="stale")
    assert (summary.status, summary.cells, summary.trained) == ("succeeded", {"published": 2}, 2)
    trained = {outcome.cell for outcome in read_outcomes(rehearsal.store, "stale-1")}
    assert trained == {"market-000.large", "market-000.small"}
    again = rehearsal.run("stale-2", trigger="stale")
    assert (again.status, len(again.skipped)) == ("skipped", 4)
