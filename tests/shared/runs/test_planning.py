"""A plan: the cells that have something to do, why, and which versions they read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from shared.errors import RequestRefused, RowsLost, ShelfcastError
from shared.messages import RunRequest
from shared.runs.planning import check_request, profile_digest
from shared.runs.summary import close_run, read_plan, request_cancel


def names(plan) -> list[str]:
    return [cell.name for cell in plan.cells]


def test_a_first_plan_has_every_cell(company):
    plan = company.plan()
    assert names(plan) == ["north.large", "north.small", "south.large"]
    assert {cell.why for cell in plan.cells} == {("it was never trained",)}
    assert [cell.shipment_rows for cell in plan.cells] == [4, 4, 4]
    assert (plan.week, plan.left_out, plan.skipped, plan.code) == ("2019-08-12", 0, (), "code-1")
    assert plan.limits.queue_seconds == 7200


def test_what_the_jobs_read_is_laid_out(company):
    plan = company.plan()
    assert company.json("work/run-1/versions.json") == plan.versions
    assert b"client:" in company.read("work/run-1/profile.yml")
    assert company.json("runs/run-1/request.json")["run"] == "run-1"
    assert read_plan(company.store, "run-1") == plan


def test_asked_again_the_plan_is_the_same_whatever_has_come_meanwhile(company):
    plan = company.plan()
    company.week("2019-08-19").arrive("later")
    assert company.plan() == plan
    assert company.json("work/run-1/versions.json") == plan.versions


def test_planned_by_several_at_once_there_is_one_plan(company):
    with ThreadPoolExecutor(4) as pool:
        plans = list(pool.map(lambda _: company.plan(), range(4)))
    assert all(plan == plans[0] == read_plan(company.store, "run-1") for plan in plans)


def test_a_plan_that_was_not_laid_out_to_its_end_is_completed(company, new_company):
    plan = company.plan()
    half = new_company().masters().week("2019-08-05").week("2019-08-12")
    half.store.put("runs/run-1/plan.json", plan.to_bytes())
    assert half.plan() == plan
    assert half.json("work/run-1/versions.json") == plan.versions


def test_a_run_of_an_arrival_reads_the_versions_that_it_was_claimed_with(company):
    first = company.arrive("arrivals-1")
    company.week("2019-08-19").arrive("arrivals-2")
    plan = company.plan(first.run)
    assert plan.versions == dict(first.versions)
    assert plan.week == "2019-08-12"


def test_a_new_week_trains_and_scores_again(company):
    company.run()
    company.week("2019-08-19").arrive("later")
    plan = company.plan("run-2")
    assert {cell.why for cell in plan.cells} == {("1 new week of data since that of 2019-08-12",)}


def test_nothing_new_is_skipped_and_said(company):
    company.run()
    plan = company.plan("run-2")
    assert (plan.cells, len(plan.skipped)) == ((), 3)
    assert "its forecast of these data stands: run run-1" in plan.skipped[0].why


def test_a_correction_trains_its_cell_and_scores_all(company):
    company.run()
    company.client.bring("returns", "z.csv", "2019-08-05 S2 P1 3")
    company.arrive("later")
    plan = company.plan("run-2")
    assert [(cell.name, cell.train, cell.score) for cell in plan.cells] == [
        ("north.large", True, True),
        ("north.small", False, True),
        ("south.large", False, True),
    ]
    assert plan.cells[0].why == ("data up to the week of 2019-08-12 were corrected",)


def test_new_code_trains_all_again(company):
    company.run()
    company.code = "code-2"
    assert all(cell.train for cell in company.plan("run-2").cells)


def test_stale_models_are_trained_once_even_if_they_come_out_the_same(company):
    company.run()
    company.today += timedelta(days=61)
    second = company.run("run-2", trigger="stale")
    assert {cell.why for cell in second.cells} == {("trained 61 days ago, and stale after 60",)}
    assert company.registry.numbers("north.large.fast") == [1]
    assert company.plan("run-3", trigger="stale").cells == ()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"markets": ("South",)}, ["south.large"]),
        ({"formats": ("large",)}, ["north.large", "south.large"]),
        ({"markets": ("North",), "formats": ("small",)}, ["north.small"]),
    ],
)
def test_a_request_may_be_for_some_cells(company, request_, expected):
    plan = company.plan(**request_)
    assert names(plan) == expected
    assert plan.left_out == 4 * (3 - len(expected))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"markets": ("Nowhere", "South")}, r"markets: there is no 'Nowhere'\. Known are: North, South"),
        ({"markets": ("South",), "formats": ("small",)}, r"formats: .*South.* have no stores of .*small"),
        (
            {"week": date(2019, 8, 19)},
            r"week: .*2019-08-19 are not there.*late are: shipments, returns, promotions",
        ),
        ({"resume": "run-0"}, r"resume: run 'run-0' is not known"),
    ],
)
def test_what_cannot_be_done_is_refused(company, request_, said):
    with pytest.raises(RequestRefused, match=said):
        company.plan(**request_)
    with pytest.raises(RequestRefused, match=said):
        check_request(company.lake, RunRequest(run="run-1", **request_))


def test_a_known_week_is_not_refused(company):
    check_request(company.lake, RunRequest(run="run-1", week=date(2019, 8, 14)))
    assert company.plan(week=date(2019, 8, 5)).week == "2019-08-12"


def test_the_newest_week_is_refused_while_a_source_is_late(company):
    company.client.bring("shipments", "s2019-08-19.csv", "2019-08-19 S1 P1 5")
    company.lake.materialise()
    with pytest.raises(RequestRefused, match="late are: returns, promotions"):
        company.plan(week=date(2019, 8, 19))
    assert company.plan().week == "2019-08-19"


def test_an_empty_lake_is_said_with_a_remedy(new_company):
    with pytest.raises(
        RequestRefused, match=r"no accepted rows for products, shipments, stores\. Deliver them"
    ):
        new_company().plan()


def test_markets_that_the_profile_does_not_name_are_left_out_and_counted(new_company):
    made = new_company(markets=["South"]).masters().week("2019-08-12")
    made.arrive()
    plan = made.plan()
    assert (names(plan), plan.left_out) == (["south.large"], 4)
    with pytest.raises(RequestRefused, match="Known are: South"):
        made.plan("run-2", markets=("North",))


def test_no_market_with_shipments_is_said(new_company):
    made = new_company(markets=["East"]).masters().week("2019-08-12")
    made.arrive()
    with pytest.raises(ShelfcastError, match=r"none of \('East',\) has shipments; \['North', 'South'\] have"):
        made.plan()


def test_a_store_without_a_market_ends_the_plan(company):
    company.client.bring("stores", "t.csv", "S4 - TX 75001 - 50")
    company.arrive("later")
    with pytest.raises(RowsLost, match="S4"):
        company.plan()


def test_a_run_that_has_not_ended_or_did_not_fail_is_not_resumed(company):
    plan = company.plan()
    with pytest.raises(RequestRefused, match="has not ended"):
        company.plan("run-2", resume="run-1")
    for cell in plan.cells:
        company.turn(plan, cell)
    close_run(company.store, plan)
    with pytest.raises(RequestRefused, match="no cell of run run-1 failed"):
        company.plan("run-2", resume="run-1")


def test_exactly_the_cells_that_failed_are_resumed(company):
    plan = company.plan()
    company.turn(plan, plan.cells[1])
    request_cancel(company.store, "run-1")
    close_run(company.store, plan)
    again = company.plan("run-2", resume="run-1")
    assert names(again) == ["north.large", "south.large"]
    assert all(cell.train and cell.score for cell in again.cells)


def test_the_profile_s_sources_and_markets_are_no_reason_to_train(new_company):
    one, other = new_company(), new_company(markets=["North"], client="Others")
    third = new_company(forecasting={"epochs": 3})
    assert profile_digest(one.profile) == profile_digest(other.profile) != profile_digest(third.profile)


@pytest.mark.parametrize("trigger", ["timer", "stale"])
def test_a_timer_leaves_a_week_to_the_run_that_is_under_way(company, trigger):
    first = company.plan(company.arrive("arrivals-1").run, trigger="arrival")
    late = company.plan("by-the-clock", trigger=trigger)
    assert late.cells == ()
    assert {cell.why for cell in late.skipped} == {f"run {first.run} of the same week and data is under way"}


def test_a_timer_does_not_wait_for_a_run_that_has_ended_or_never_began(company):
    run = company.arrive("arrivals-1").run
    assert len(company.plan("timer-1", trigger="timer").cells) == 3
    plan = company.plan(run, trigger="arrival")
    close_run(company.store, plan)
    assert len(company.plan("timer-2", trigger="timer").cells) == 3


def test_what_a_timer_runs_an_arrival_does_not_run_again(new_company):
    made = new_company().masters().week("2019-08-12")
    made.lake.materialise()
    made.plan("timer-1", trigger="timer")
    assert made.arrive().duplicate_of == "timer-1"


def test_a_run_for_stale_models_keeps_no_arrival_from_running(new_company):
    made = new_company().masters().week("2019-08-12")
    made.lake.materialise()
    made.plan("stale-1", trigger="stale")
    assert made.arrive().run
