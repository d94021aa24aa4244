"""A cell's turn: trained, judged, scored, published; what fails is answered by the next best, and named."""

import pytest

from shared.messages import Serving
from shared.runs.cells import (
    decide_serving,
    fail_cell,
    prepare_scoring,
    prepare_training,
    publish_cell,
    registered,
    step_reports,
)
from shared.runs.lifecycle import Lifecycle
from shared.runs.summary import request_cancel

NONE = {"slow": Serving(version=None, reason=""), "fast": Serving(version=None, reason="")}


@pytest.fixture
def plan(company):
    return company.plan()


@pytest.fixture
def cell(plan):
    return plan.cells[0]


def decide(company, plan, cell, training):
    return decide_serving(company.store, company.registry, plan, cell, training)


def publish(company, plan, cell, training=None, serving=NONE, scoring=None):
    return publish_cell(company.store, plan, cell, training, serving, scoring)


def next_week(company):
    company.week("2019-08-19").arrive("later")
    plan = company.plan("run-2")
    return plan, plan.cells[0]


def test_a_training_job_names_what_it_reads(company, plan, cell):
    job = prepare_training(company.store, company.registry, plan, cell, 2)
    assert (job.name, job.pipeline) == ("run-1-north-large-training-2", "training")
    assert job.inputs == {
        "conditioned": "conditioned",
        "versions": "work/run-1/versions.json",
        "profile": "work/run-1/profile.yml",
        "previous": "work/run-1/north.large/previous.json",
    }
    assert job.parameters == {"market": "North", "format": "large"}
    assert job.output == "work/run-1/north.large/training-2"
    assert job.tags["cell"] == "north.large"
    assert company.json(job.inputs["previous"]) == {}


def test_a_training_starts_from_the_split_of_the_training_on_other_data(company, plan, cell):
    company.turn(plan, cell)
    again = prepare_training(company.store, company.registry, company.plan("again", force=True), cell, 1)
    assert company.json(again.inputs["previous"]) == {}
    later, cell = next_week(company)
    job = prepare_training(company.store, company.registry, later, cell, 1)
    assert company.json(job.inputs["previous"]) == {"border": 1.0, "slots": {"P1": "fast"}}


def test_a_model_that_passed_its_gate_serves(company, plan, cell):
    training = company.trained(plan, cell)
    serving = decide(company, plan, cell, training)
    assert serving["fast"] == Serving(version=1, reason="MAPE 0.2 is fine")
    assert serving["slow"] == Serving(version=None, reason="it has no series, or could not be fitted")
    assert decide(company, plan, cell, training) == serving
    models = registered(company.store, company.registry, plan, cell, training)
    assert [(m.slot, m.version) for m in models] == [
        ("north.large.fast", 1),
        ("north.large.historical_average", 1),
    ]


def test_a_model_that_did_not_pass_is_registered_and_the_champion_stays(company, plan, cell):
    company.turn(plan, cell)
    later, cell = next_week(company)
    training = company.trained(later, cell, passed=False, weights=b"worse")
    serving = decide(company, later, cell, training)
    assert serving["fast"] == Serving(version=1, reason="MAPE 0.9 is above 0.45")
    assert company.registry.numbers("north.large.fast") == [1, 2]


def test_where_promotion_is_awaited_the_champion_goes_on_serving(company, plan, cell):
    company.turn(plan, cell)
    company.week("2019-08-19").arrive("later")
    later = company.plan("run-2", promotion="await")
    cell = later.cells[0]
    training = company.trained(later, cell, weights=b"better")
    for _ in range(2):
        serving = decide(company, later, cell, training)
        assert serving["fast"] == Serving(version=1, reason="v2 passed its gate, and awaits promotion")
    lives = Lifecycle(company.registry)
    assert [model.version for model in lives.awaiting("north.large.fast")] == [2]
    assert [lives.life(m).state for m in registered(company.store, company.registry, later, cell, training)] == [
        "awaiting_promotion", "registered",
    ]  # fmt: skip


def test_once_promoted_it_is_scored_with_though_nothing_else_has_changed(company, plan, cell):
    waiting = company.plan("run-2", promotion="await", force=True)
    for each in waiting.cells:
        company.turn(waiting, each)
    assert company.plan("run-3").cells == ()
    (awaiting,) = Lifecycle(company.registry).awaiting("north.large.fast")
    Lifecycle(company.registry).promote(awaiting, by="somebody", why="it is better")
    (again,) = company.plan("run-4").cells
    assert (again.name, again.train, again.score) == ("north.large", False, True)


def test_on_trial_what_awaits_promotion_is_scored_and_nothing_of_it_stands(company, plan, cell):
    company.run()
    company.week("2019-08-19").arrive("later")
    company.run("run-2", promotion="await", kind="train")
    trial = company.plan("run-3", kind="score", trial=True)
    outcome = company.turn(trial, trial.cells[0])
    assert outcome.serving["fast"].reason == "on trial: it awaits promotion"
    assert outcome.status == "published"
    assert company.json("predictions/current/north.large.json")["run"] == "run-1"
    assert company.registry.serving("north.large.fast").version == 1


def test_a_version_that_was_rolled_back_does_not_return_by_training_on_the_same(company, plan, cell):
    company.turn(plan, cell)
    Lifecycle(company.registry).roll_back("north.large.fast", by="somebody", why="it is bad")
    again = company.plan("again", force=True)
    serving = decide(company, again, cell, company.trained(again, cell))
    assert serving["fast"] == Serving(
        version=None, reason="v1 was rolled back, and nothing new was learnt since"
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("failed", "training failed: the node was lost"),
        ("timed_out", "training timed out: the node was lost"),
        ("never_started", "training never started: the node was lost"),
        ("not_submitted", "training could not be submitted: the node was lost"),
        ("cancelled", "training was cancelled: the node was lost"),
    ],
)
def test_a_training_that_did_not_succeed_registers_nothing_and_says_why(company, plan, cell, outcome, said):
    training = company.ended(plan, cell, "training", outcome, detail="the node was lost")
    serving = decide(company, plan, cell, training)
    assert serving["fast"] == Serving(version=None, reason=said)
    assert company.registry.slots() == []
    assert registered(company.store, company.registry, plan, cell, training) == []


def test_the_step_that_failed_is_named(company, plan, cell):
    training = company.trained(plan, cell)
    company.report(training.output, "train", 4, 4, error="out of memory")
    failed = training.model_copy(update={"outcome": "failed"})
    assert decide(company, plan, cell, failed)["fast"].reason == "training failed: train: out of memory"


def test_a_job_without_a_step_s_report_has_not_succeeded(company, plan, cell):
    training = company.ended(plan, cell, "training")
    assert (
        decide(company, plan, cell, training)["fast"].reason == "training left no report of its step validate"
    )


def test_a_training_that_lost_rows_registers_nothing(company, plan, cell):
    training = company.trained(plan, cell)
    company.report(training.output, "validate", 3, 3)
    said = "training lost rows: it read 3 shipment rows of 4"
    assert decide(company, plan, cell, training)["fast"].reason == said
    assert company.registry.slots() == []


def test_what_serves_is_laid_out_for_scoring(company, plan, cell):
    serving = decide(company, plan, cell, company.trained(plan, cell))
    job = prepare_scoring(company.store, company.registry, plan, cell, serving, 1)
    assert job.inputs["models"] == "work/run-1/north.large/serving"
    names = [
        blob.path.removeprefix("work/run-1/north.large/serving/")
        for blob in company.store.list(job.inputs["models"])
    ]
    assert names == ["fast/tags.json", "fast/weights.bin", "serving.json"]
    laid_out = company.json("work/run-1/north.large/serving/serving.json")
    assert laid_out["velocity_split"] == {"border": 1.0, "slots": {"P1": "fast"}}
    assert laid_out["slots"]["fast"] == {"version": 1, "reason": "MAPE 0.2 is fine"}


def test_a_cell_without_any_model_is_scored_by_its_baseline(company, plan, cell):
    job = prepare_scoring(company.store, company.registry, plan, cell, NONE, 1)
    assert company.json(f"{job.inputs['models']}/serving.json")["velocity_split"] == {
        "border": 0.0,
        "slots": {},
    }
    outcome = publish(company, plan, cell, scoring=company.scored(plan, cell, NONE))
    assert (outcome.status, outcome.forecast) == ("published", "baseline")


def test_a_published_cell(company, plan, cell):
    outcome = company.turn(plan, cell)
    assert (outcome.status, outcome.error, outcome.forecast) == ("published", "", "primary")
    assert (outcome.rows_in, outcome.scored, outcome.quarantined) == (3, 2, 1)
    assert outcome.forecast_run == "run-1"
    assert company.json("predictions/current/north.large.json")["run"] == "run-1"
    published = company.read("predictions/run-1/cells/north.large/forecasts.csv")
    assert published == company.read("work/run-1/north.large/scoring-1/publish/forecasts.csv")


def test_published_again_it_is_the_same(company, plan, cell):
    outcome = company.turn(plan, cell)
    before = {blob.path: blob.etag for blob in company.store.list("")}
    again = publish(company, plan, cell, outcome.training, outcome.serving, outcome.scoring)
    assert again == outcome
    assert {blob.path: blob.etag for blob in company.store.list("")} == before


def test_an_earlier_model_that_still_serves_is_said(company, plan, cell):
    company.turn(plan, cell)
    later, cell = next_week(company)
    assert company.turn(later, cell, passed=False, weights=b"worse").forecast == "previous"


def test_a_cell_whose_training_failed_is_published_with_the_error(company, plan, cell):
    company.turn(plan, cell)
    later, cell = next_week(company)
    training = company.ended(later, cell, "training", "timed_out")
    serving = decide(company, later, cell, training)
    outcome = publish(company, later, cell, training, serving, company.scored(later, cell, serving))
    assert (outcome.status, outcome.error) == ("published", "training timed out")
    assert outcome.forecast == "primary"


def test_where_scoring_fails_the_last_published_forecast_stands(company, plan, cell):
    company.turn(plan, cell)
    later, cell = next_week(company)
    scoring = company.ended(later, cell, "scoring", "failed", detail="no node")
    outcome = publish(company, later, cell, scoring=scoring)
    assert (outcome.status, outcome.error) == ("failed", "scoring failed: no node")
    assert (outcome.forecast, outcome.forecast_run) == ("last_published", "run-1")
    assert company.json("predictions/current/north.large.json")["run"] == "run-1"


def test_where_nothing_was_ever_published_nothing_stands(company, plan, cell):
    outcome = publish(company, plan, cell, scoring=company.ended(plan, cell, "scoring", "never_started"))
    assert (outcome.forecast, outcome.forecast_run) == ("none", "")


def test_a_scoring_that_lost_rows_publishes_nothing(company, plan, cell):
    outcome = publish(company, plan, cell, scoring=company.scored(plan, cell, NONE, lost=1))
    assert outcome.status == "failed"
    assert outcome.error == "rows lost: 4 rows were to be scored, 2 were and 1 are in quarantine"
    assert (outcome.rows_in, outcome.scored, outcome.quarantined) == (4, 0, 4)
    assert not list(company.store.list("predictions/"))


def test_a_file_with_other_rows_than_its_report_is_not_published(company, plan, cell):
    scoring = company.scored(plan, cell, NONE)
    path = f"{scoring.output}/publish/forecasts.csv"
    company.store.put(path, b"".join(company.read(path).splitlines(keepends=True)[:-1]))
    outcome = publish(company, plan, cell, scoring=scoring)
    assert outcome.error == "rows lost: forecasts.csv has 1 rows, its report says 2"
    assert not list(company.store.list("predictions/"))


def test_a_late_run_of_an_older_week_does_not_take_the_place_of_a_newer_forecast(company, plan, cell):
    later, newer = next_week(company)
    company.turn(later, newer, weights=b"newer")
    outcome = company.turn(plan, cell)
    assert outcome.status == "published"
    assert company.json("predictions/current/north.large.json")["run"] == "run-2"
    assert company.registry.serving("north.large.fast").tags["cutoff_week"] == "2019-08-19"
    assert company.json("models/north.large.historical_average/trained.json")["run"] == "run-2"


@pytest.mark.parametrize(
    ("jobs", "status"),
    [
        ((None, None), "failed"),
        (("failed", None), "failed"),
        (("cancelled", None), "cancelled"),
        (("succeeded", "cancelled"), "cancelled"),
        (("succeeded", "timed_out"), "failed"),
    ],
)
def test_a_cell_without_a_forecast_is_failed_or_cancelled(company, plan, cell, jobs, status):
    if jobs[0] == "succeeded":
        company.trained(plan, cell)
    training, scoring = (
        company.ended(plan, cell, pipeline, outcome) if outcome else None
        for pipeline, outcome in zip(("training", "scoring"), jobs, strict=True)
    )
    outcome = publish(company, plan, cell, training, NONE, scoring)
    assert outcome.status == status
    assert outcome.error


def test_a_cell_that_a_cancelled_run_never_came_to_is_cancelled(company, plan, cell):
    request_cancel(company.store, "run-1")
    outcome = publish(company, plan, cell)
    assert (outcome.status, outcome.error) == ("cancelled", "the run was cancelled")


def test_a_turn_that_broke_down_is_recorded_unless_it_had_ended(company, plan, cell):
    company.turn(plan, cell)
    later, cell = next_week(company)
    broken = fail_cell(company.store, later, cell, "no such activity")
    assert (broken.status, broken.error) == ("failed", "no such activity")
    assert (broken.forecast, broken.forecast_run) == ("last_published", "run-1")
    assert fail_cell(company.store, plan, cell, "too late").status == "published"


def test_a_cell_that_was_only_to_be_trained(company):
    plan = company.plan(kind="train")
    outcome = company.turn(plan, plan.cells[0])
    assert (outcome.status, outcome.error, outcome.forecast) == ("trained", "", "none")


def test_step_reports_come_in_order_with_their_logs(company, plan, cell):
    reports = step_reports(company.store, company.turn(plan, cell))
    assert [(r["pipeline"], r["step"]) for r in reports] == [
        *(("training", step) for step in ("validate", "features", "train", "evaluate", "register")),
        *(("scoring", step) for step in ("validate", "score", "validate_results", "publish")),
    ]
    assert reports[2]["log"] == "http://job/train"
    assert reports[0]["log"] == "http://job"
    assert reports[5]["rows_in"] == 4
    assert "trace" not in reports[0]
