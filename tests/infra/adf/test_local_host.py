"""Data Factory's pipelines against the real app on the local host: every bad end of a job is shown as itself."""

from dataclasses import replace
from threading import Thread

import pytest

from functions.bootstrap import edges
from local.jobs import simulated
from local.jobs.simulated import NEVER_STARTS
from shared.runs.summary import read_outcomes, read_summary
from tests.functions.company import running_company, scripts, wait_for
from tests.infra.adf.player import Factory

FAILS = replace(simulated.FAILS, queue_seconds=0, run_seconds=0)
NEVER_ENDS = replace(simulated.NEVER_ENDS, queue_seconds=0)
ONE_CELL = {"markets": ["Market 0"], "formats": ["large"], "force": True}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adf")
    limits = {"SHELFCAST_QUEUE_LIMIT_MINUTES": "0.02", "SHELFCAST_RUN_LIMIT_MINUTES": "0.05"}
    with running_company(folder, **limits) as running:
        yield running


@pytest.fixture
def factory(company):
    return Factory(function_app=company.host.url, key=company.host.keys.function, clock=0.01)


def outcome(company, run):
    (found,) = read_outcomes(company.store, run)
    return found


def test_a_run_that_succeeds(company, factory):
    shown = factory.play("weekly_run", {"force": True}, run_id="good")
    assert (shown.status, shown.message) == ("Succeeded", "")
    assert read_summary(company.store, "good").cells == {"published": 4}


@pytest.mark.parametrize(
    ("run", "script", "said"),
    [
        ("failed", FAILS, "NotEnoughHistory: 3 weeks are too few"),
        ("never_started", NEVER_STARTS, "it waited longer than 0.02 minutes for its compute"),
        ("timed_out", NEVER_ENDS, "it ran longer than 0.05 minutes"),
    ],
)
def test_a_job_that_ends_badly_is_shown_as_itself(company, factory, run, script, said):
    scripts[run] = script
    shown = factory.play("weekly_run", ONE_CELL, run_id=run)
    ended = outcome(company, run)
    assert (ended.training.outcome, ended.scoring.outcome) == (run, run)
    assert shown.status == "Failed"
    assert f"Run {run} ended as Failed" in shown.message
    assert said in shown.message


def test_a_job_that_somebody_cancels_in_azure_ml_is_shown_as_cancelled(company, factory):
    scripts["stopped"] = NEVER_ENDS
    stopper = Thread(target=stop_job, args=("stopped-market-0-large-training-1",))
    stopper.start()
    shown = factory.play("weekly_run", {**ONE_CELL, "kind": "train"}, run_id="stopped")
    stopper.join()
    assert outcome(company, "stopped").training.outcome == "cancelled"
    assert shown.status == "Failed"
    assert "training was cancelled" in shown.message


def stop_job(name):
    wait_for(lambda: edges().jobs.status(name))
    edges().jobs.cancel(name)


def test_a_run_cancelled_by_its_own_pipeline_ends_the_one_that_waits(company, factory):
    scripts["recalled"] = NEVER_ENDS
    found = []
    waiting = Thread(target=lambda: found.append(factory.play("weekly_run", ONE_CELL, run_id="recalled")))
    waiting.start()
    wait_for(lambda: company.jobs("recalled"))
    assert factory.play("cancel_run", {"run": "recalled"}, run_id="x1").status == "Succeeded"
    waiting.join()
    assert found[0].status == "Failed"
    assert "Run recalled ended as Completed cancelled" in found[0].message
    assert set(company.jobs("recalled").values()) == {"cancelled"}


def test_a_pipeline_past_its_time_limit_cancels_the_run(company, factory):
    scripts["slow"] = NEVER_ENDS
    shown = factory.play("weekly_run", {**ONE_CELL, "time_limit": "0.00:02:00"}, run_id="slow")
    assert shown.status == "Failed"
    assert "it is being cancelled" in shown.message
    company.ended("slow")
    assert read_summary(company.store, "slow").status == "cancelled"


@pytest.mark.parametrize(
    ("run", "script", "status"), [("called", None, "Succeeded"), ("called_bad", FAILS, "Failed")]
)
def test_a_run_calls_the_webhook_back(company, factory, run, script, status):
    if script:
        scripts[run] = script
    shown = factory.play("weekly_run_webhook", ONE_CELL, run_id=run)
    assert shown.status == status
    assert ("NotEnoughHistory" in shown.message) == (script is not None)


def test_a_wrong_key_is_shown_and_starts_nothing(company):
    before = company.traces()
    shown = Factory(function_app=company.host.url, key="wrong", clock=0.01).play(
        "weekly_run", {}, run_id="stranger"
    )
    assert shown.status == "Failed"
    assert company.traces() == before
