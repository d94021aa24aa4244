"""What a run came to: joined files, named failures, and how to go on."""

import json
import random

import pandas as pd
import pytest

from shared.messages import RunRequest
from shared.runs.cells import decide_serving, publish_cell
from shared.runs.summary import (
    cancel_requested,
    close_refused,
    close_run,
    count_outcomes,
    read_outcomes,
    read_plan,
    read_summary,
    request_cancel,
)


def fail(company, plan, cell):
    """Let a cell's training succeed and its scoring fail."""
    training = company.trained(plan, cell)
    serving = decide_serving(company.store, company.registry, plan, cell, training)
    scoring = company.ended(plan, cell, "scoring", "timed_out")
    return publish_cell(company.store, plan, cell, training, serving, scoring)


def test_a_run_in_which_every_cell_was_published(company):
    plan = company.run(operation_id="0" * 32)
    summary = read_summary(company.store, "run-1")
    assert (summary.status, summary.cells, summary.trained) == ("succeeded", {"published": 3}, 3)
    assert (summary.failures, summary.resume, summary.error) == ((), "", "")
    assert summary.forecasts == "predictions/run-1/forecasts.csv"
    assert count_outcomes(company.store, "run-1") == 3
    assert (summary.week, summary.operation_id) == (plan.week, "0" * 32)
    assert company.json("predictions/run-1/summary.json")["status"] == "succeeded"


def test_the_files_are_joined_by_key(company):
    company.run()
    forecasts = pd.read_csv(pd.io.common.BytesIO(company.read("predictions/run-1/forecasts.csv")))
    key = ["market", "format", "week_start", "store_id", "product_id"]
    assert len(forecasts) == 6
    assert forecasts[key].equals(forecasts[key].sort_values(key))
    orders = company.read("predictions/run-1/orders.csv").decode().splitlines()
    assert orders[0] == "week_start,store_id,product_id,suggested_order"
    assert orders[1:] == sorted(orders[1:])
    evaluation = company.read("predictions/run-1/evaluation.csv").decode().splitlines()
    assert evaluation[0] == "store_id,product_id,week_start,lead,actual,forecast,market,format"
    assert evaluation[1:3] == [
        "S1,P1,2019-08-05,1,4.0,0.1,North,large",
        "S2,P1,2019-08-05,1,5.0,5.5,North,large",
    ]
    assert len(evaluation) == 7


def test_orders_of_several_cells_are_merged_by_week_first(company):
    plan = company.plan()
    for cell, weeks in zip(plan.cells, (("19", "26"), ("19",), ("12", "26")), strict=True):
        serving = decide_serving(company.store, company.registry, plan, cell, None)
        scoring = company.scored(plan, cell, serving)
        lines = [f'2019-08-{week},"{cell.name}, A",P1,1\n' for week in weeks]
        company.put(f"{scoring.output}/publish/orders.csv", ("w,s,p,o\n" + "".join(lines)).encode())
        publish_cell(company.store, plan, cell, None, serving, scoring)
    close_run(company.store, plan)
    assert company.read("predictions/run-1/orders.csv").decode().splitlines() == [
        "w,s,p,o",
        '2019-08-12,"south.large, A",P1,1',
        '2019-08-19,"north.large, A",P1,1',
        '2019-08-19,"north.small, A",P1,1',
        '2019-08-26,"north.large, A",P1,1',
        '2019-08-26,"south.large, A",P1,1',
    ]


def test_the_same_outcomes_give_the_same_bytes_in_whatever_order_cells_end(company, new_company):
    company.run()
    other = new_company().masters().week("2019-08-05").week("2019-08-12")
    other.arrive()
    plan = other.plan()
    for cell in random.Random(4).sample(plan.cells, 3):
        other.turn(plan, cell)
    close_run(other.store, plan)
    close_run(other.store, plan)
    for name in ("forecasts.csv", "orders.csv", "evaluation.csv", "summary.json"):
        assert other.read(f"predictions/run-1/{name}") == company.read(f"predictions/run-1/{name}")


def test_cells_that_failed_are_named_with_the_forecast_that_stands(company):
    company.run()
    company.week("2019-08-19").arrive("later")
    plan = company.plan("run-2")
    company.turn(plan, plan.cells[0])
    fail(company, plan, plan.cells[1])
    summary = close_run(company.store, plan)
    assert (summary.status, summary.cells) == ("partial", {"failed": 2, "published": 1})
    assert summary.failures == (
        "north.small: scoring timed out; the forecast of run run-1 stands",
        "south.large: it came to no outcome; the forecast of run run-1 stands",
    )
    assert summary.failed_cells == ("north.small", "south.large")
    assert summary.trained == 2


def test_what_resume_says_does_exactly_the_failed_cells_again(company):
    plan = company.plan()
    company.turn(plan, plan.cells[0])
    fail(company, plan, plan.cells[1])
    summary = close_run(company.store, plan)
    again = company.plan("run-2", **json.loads(summary.resume))
    assert [(cell.name, cell.train, cell.score) for cell in again.cells] == [
        ("north.small", False, True),
        ("south.large", True, True),
    ]
    for cell in again.cells:
        company.turn(again, cell)
    assert close_run(company.store, again).status == "succeeded"


def test_a_training_that_failed_is_a_failure_though_a_forecast_came_out(company):
    plan = company.plan()
    for cell in plan.cells:
        training = company.ended(plan, cell, "training", "failed", detail="no memory")
        serving = decide_serving(company.store, company.registry, plan, cell, training)
        publish_cell(company.store, plan, cell, training, serving, company.scored(plan, cell, serving))
    summary = close_run(company.store, plan)
    assert (summary.status, summary.cells, summary.trained) == ("partial", {"published": 3}, 0)
    assert summary.failures[0] == (
        "north.large: training failed: no memory; its forecast is, at least in part, the historical average"
    )
    assert [cell.train for cell in company.plan("run-2", resume="run-1").cells] == [True] * 3


def test_a_run_in_which_nothing_came_out_has_failed(company):
    plan = company.plan()
    for cell in plan.cells:
        fail(company, plan, cell)
    summary = close_run(company.store, plan)
    assert (summary.status, summary.forecasts) == ("failed", "")
    assert summary.failures[0] == "north.large: scoring timed out; no forecast stands for it"


def test_a_run_with_nothing_to_do_is_skipped(company):
    company.run()
    plan = company.plan("run-2")
    summary = close_run(company.store, plan)
    assert (summary.status, len(summary.skipped), summary.resume) == ("skipped", 3, "")


def test_a_cancelled_run(company):
    plan = company.plan()
    company.turn(plan, plan.cells[0])
    assert not cancel_requested(company.store, "run-1")
    request_cancel(company.store, "run-1")
    request_cancel(company.store, "run-1")
    assert cancel_requested(company.store, "run-1")
    for cell in plan.cells[1:]:
        publish_cell(company.store, plan, cell, None, {}, None)
    summary = close_run(company.store, plan)
    assert (summary.status, summary.cells) == ("cancelled", {"cancelled": 2, "published": 1})
    assert summary.failures[0] == "north.small: the run was cancelled; no forecast stands for it"


def test_cancelled_too_late_a_run_has_succeeded(company):
    plan = company.run()
    request_cancel(company.store, "run-1")
    assert close_run(company.store, plan).status == "succeeded"


def test_an_error_of_the_run_itself_is_told(company):
    summary = close_run(company.store, company.plan(), error="the lane broke")
    assert (summary.status, summary.error) == ("failed", "the lane broke")
    assert len(summary.failed_cells) == 3


def test_a_run_that_was_refused_has_a_summary(company):
    close_refused(company.store, RunRequest(run="run-9"), error="markets: there is no 'X'")
    assert read_summary(company.store, "run-9").error == "markets: there is no 'X'"


@pytest.mark.parametrize("read", [read_plan, read_summary])
def test_of_an_unknown_run_nothing_is_read(company, read):
    assert read(company.store, "run-7") is None
    assert read_outcomes(company.store, "run-7") == []
    assert count_outcomes(company.store, "run-7") == 0
