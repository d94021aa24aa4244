"""Runs over HTTP, from their start to whatever their end is, under the local host."""

import json
from dataclasses import replace

import pytest

from local.jobs.simulated import FAILS, NEVER_ENDS
from shared.runs.summary import read_plan, read_summary
from tests.functions.company import ask, running_company, scripts, wait_for

FAILS_AT_ONCE = replace(FAILS, queue_seconds=0, run_seconds=0)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_company(tmp_path_factory.mktemp("company")) as company:
        yield company


def test_a_started_run_is_answered_at_once_with_where_to_follow_it(company):
    answer = company.post("runs", {"id": "first", "force": True})
    assert (answer.status, answer.json["id"]) == (202, "first")
    assert answer.headers["Location"] == answer.json["statusQueryGetUri"]
    assert "returnInternalServerErrorOnFailure=true" in answer.json["statusQueryGetUri"]
    company.ended("first")
    followed = ask(answer.json["statusQueryGetUri"])
    assert (followed.status, followed.json["runtimeStatus"]) == (200, "Completed")
    assert followed.json["output"]["cells"] == {"published": 4}


def test_without_an_id_a_run_gets_one(company):
    one, other = company.post("runs"), company.post("runs", b"{}")
    assert one.json["id"] != other.json["id"]
    for answer in (one, other):
        assert company.ended(answer.json["id"]).runtime_status.value == "Completed"


def test_the_same_id_is_the_same_run_running_or_ended(company):
    scripts["twice"] = NEVER_ENDS
    asked = {"id": "twice", "force": True, "markets": ["Market 0"]}
    first = company.post("runs", asked)
    wait_for(lambda: company.jobs("twice"))
    again = company.post("runs", {**asked, "markets": ["Market 1"]})
    assert (again.status, again.json) == (202, first.json)
    assert ask(again.json["statusQueryGetUri"]).status == 202
    scripts.pop("twice")
    company.ended("twice")
    before = company.traces()
    ended = company.post("runs", asked)
    assert (ended.status, ended.json) == (202, first.json)
    assert ask(ended.json["statusQueryGetUri"]).status == 200
    assert company.traces() == before
    assert len(company.jobs("twice")) == 4


def test_a_failed_run_answers_with_an_error(company):
    scripts["fails"] = FAILS_AT_ONCE
    answer = company.post("runs", {"id": "fails", "force": True})
    company.ended("fails")
    followed = ask(answer.json["statusQueryGetUri"])
    assert (followed.status, followed.json["runtimeStatus"]) == (500, "Failed")
    assert "NotEnoughHistory" in followed.text
    shown = company.get("runs/fails").json
    assert (shown["runtimeStatus"], shown["progress"]["ended"]) == ("Failed", 4)


def test_a_run_is_shown_with_its_progress_and_then_its_summary(company):
    scripts["shown"] = NEVER_ENDS
    company.post("runs", {"id": "shown", "force": True})
    wait_for(lambda: company.jobs("shown"))
    shown = company.get("runs/shown").json
    assert (shown["id"], shown["runtimeStatus"], shown["output"]) == ("shown", "Running", None)
    assert shown["progress"] == {"cells": 4, "skipped": 0, "week": "2019-07-15", "ended": 0}
    scripts.pop("shown")
    company.ended("shown")
    shown = company.get("runs/shown").json
    assert shown["progress"]["ended"] == 4
    assert shown["output"]["forecasts"] == "predictions/shown/forecasts.csv"


@pytest.mark.parametrize("method_and_route", ["GET runs/nobody", "POST runs/nobody/cancel"])
def test_a_run_that_nobody_started_is_not_found(company, method_and_route):
    method, route = method_and_route.split()
    before = company.traces()
    answer = company.get(route) if method == "GET" else company.post(route)
    assert (answer.status, answer.error["field"]) == (404, "id")
    assert company.traces() == before


def test_a_cancelled_run_ends_as_such_and_its_jobs_with_it(company):
    scripts["stopped"] = NEVER_ENDS
    company.post("runs", {"id": "stopped", "force": True})
    wait_for(lambda: len(company.jobs("stopped")) == 4)
    answer = company.post("runs/stopped/cancel")
    assert (answer.status, answer.json["id"]) == (202, "stopped")
    output = company.ended("stopped").output
    assert (output["status"], output["cells"]) == ("cancelled", {"cancelled": 4})
    assert set(company.jobs("stopped").values()) == {"cancelled"}
    again = company.post("runs/stopped/cancel")
    assert (again.status, again.error["problem"]) == (409, "has ended as Completed")


def test_what_a_run_is_started_for_and_how_models_are_promoted_is_kept(company):
    summary = company.run("code-1", trigger="code", promotion="await", kind="train", force=True)
    assert summary.trigger == "code"
    plan = read_plan(company.store, "code-1")
    assert (plan.request.trigger, plan.promotion) == ("code", "await")
    trial = company.run("trial-1", trigger="code", kind="score", trial=True)
    assert trial.cells == {"published": 4}


def test_exactly_the_failed_cells_are_resumed(company):
    scripts["broken"] = FAILS_AT_ONCE
    asked = {"id": "broken", "force": True, "markets": ["Market 1"], "formats": ["small"]}
    company.post("runs", asked)
    company.ended("broken")
    broken = read_summary(company.store, "broken")
    again = company.run("mended", **json.loads(broken.resume))
    assert (again.status, again.trigger, again.cells) == ("succeeded", "resume", {"published": 1})
    assert set(company.jobs("mended")) == {
        "mended-market-1-small-training-1",
        "mended-market-1-small-scoring-1",
    }


def test_a_source_is_conditioned_again(company):
    answer = company.post("conditioning/stores/replay", {"id": "again"})
    assert (answer.status, answer.json["id"]) == (202, "again")
    output = company.ended("again").output
    assert (output["conditioned"], output["failures"]) == (1, [])


def test_what_is_no_run_is_not_shown_nor_cancelled_nor_taken_for_one(company):
    company.post("conditioning/products/replay", {"id": "no-run"})
    company.ended("no-run")
    before = company.traces()
    assert (company.get("runs/no-run").status, company.post("runs/no-run/cancel").status) == (404, 404)
    for route in ("runs", "conditioning/stores/replay"):
        name = "no-run" if route == "runs" else "first-run"
        if name == "first-run":
            company.run(name)
            before = company.traces()
        answer = company.post(route, {"id": name})
        assert (answer.status, answer.error["field"]) == (400, "id")
    assert company.traces() == before
