"""Which cells are trained and scored, and why."""

from datetime import date

import pytest

from shared.messages import PlannedCell, RunRequest
from shared.profile import Retraining
from shared.runs.policy import CellFacts, Circumstances, decide
from shared.runs.records import CurrentForecast, Training

VERSIONS = {"shipments": "v2"}


def facts(**changes) -> CellFacts:
    """A cell that was trained on these data ten days ago, and whose forecast stands."""
    known = {
        "name": "north.large",
        "demand": "d2",
        "demand_then": "d2",
        "training": training(),
        "current": current(),
    }
    return CellFacts(**{**known, **changes})


def training(**changes) -> Training:
    known = {
        "run": "r1",
        "week": "2019-08-12",
        "trained_on": "2019-08-10",
        "demand": "d2",
        "code": "c1",
        "profile": "p1",
        "models": {"fast": 1},
    }
    return Training(**{**known, **changes})


def current(**changes) -> CurrentForecast:
    known = {
        "run": "r1",
        "week": "2019-08-12",
        "folder": "predictions/r1/cells/north.large",
        "versions": VERSIONS,
        "code": "c1",
        "profile": "p1",
        "trained": "r1",
    }
    return CurrentForecast(**{**known, **changes})


def circumstances(policy: dict | None = None, resumed=None, week="2019-08-12", **request) -> Circumstances:
    return Circumstances(
        request=RunRequest(run="r2", **request),
        policy=Retraining(**(policy or {})),
        week=week,
        versions=VERSIONS,
        code="c1",
        profile="p1",
        today=date(2019, 8, 20),
        resumed=resumed or {},
    )


A_WEEK_LATER = facts(demand="d3", training=training(week="2019-08-05", demand="d1"), demand_then="d1")
CORRECTED = facts(demand="d2*", demand_then="d2*")


def test_nothing_changed_is_nothing_to_do():
    decision = decide(facts(), circumstances())
    assert (decision.train, decision.score) == (False, False)
    assert decision.why == (
        "nothing new to train on since run r1, 10 days ago; its forecast of these data stands: run r1",
    )


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (facts(training=None, current=None), "it was never trained"),
        (A_WEEK_LATER, "1 new week of data since that of 2019-08-05"),
        (CORRECTED, "data up to the week of 2019-08-12 were corrected"),
        (facts(training=training(code="c0")), "the code has changed since run r1"),
        (facts(training=training(profile="p0")), "the profile has changed since run r1"),
        (facts(training=training(trained_on="2019-06-01")), "trained 80 days ago, and stale after 60"),
    ],
)
def test_reasons_to_train(cell, reason):
    decision = decide(cell, circumstances())
    assert (decision.train, decision.score, decision.why) == (True, True, (reason,))


@pytest.mark.parametrize(
    ("cell", "policy"),
    [
        (A_WEEK_LATER, {"min_new_weeks": 2}),
        (CORRECTED, {"on_corrections": False}),
        (facts(training=training(code="c0")), {"on_new_code": False}),
        (facts(training=training(trained_on="2019-06-01")), {"stale_after_days": 80}),
    ],
)
def test_the_profile_says_what_is_a_reason(cell, policy):
    assert not decide(cell, circumstances(policy)).train


def test_weeks_without_any_row_of_the_cell_are_no_new_data():
    silent = facts(training=training(week="2019-08-05"), demand="d2", demand_then="d2")
    assert not decide(silent, circumstances()).train


def test_several_reasons_are_all_named():
    cell = facts(training=training(code="c0", trained_on="2019-06-01"))
    assert len(decide(cell, circumstances(force=True)).why) == 3


@pytest.mark.parametrize(
    "stale",
    [
        {"versions": {"shipments": "v1"}},
        {"code": "c0"},
        {"profile": "p0"},
        {"trained": "r0"},
    ],
)
def test_a_forecast_of_other_data_code_or_models_is_made_again(stale):
    decision = decide(facts(current=current(**stale)), circumstances())
    assert (decision.train, decision.score) == (False, True)
    assert decision.why == ("nothing new to train on since run r1, 10 days ago",)


@pytest.mark.parametrize(
    ("kind", "force", "expected"),
    [
        ("train", False, (False, False)),
        ("train", True, (True, False)),
        ("score", False, (False, False)),
        ("score", True, (False, True)),
        ("both", True, (True, True)),
    ],
)
def test_what_was_asked_for_is_done(kind, force, expected):
    decision = decide(facts(), circumstances(kind=kind, force=force))
    assert (decision.train, decision.score) == expected
    assert all(decision.why)


def test_a_forecast_of_a_version_that_serves_no_more_is_made_again():
    scored_with = current(serving={"slow": None, "fast": 1})
    same = decide(facts(current=scored_with, serving={"slow": None, "fast": 1}), circumstances())
    assert (same.train, same.score) == (False, False)
    other = decide(facts(current=scored_with, serving={"slow": None, "fast": 2}), circumstances(kind="score"))
    assert (other.train, other.score) == (False, True)


def test_a_trial_scores_though_nothing_has_changed():
    decision = decide(facts(), circumstances(kind="score", trial=True))
    assert (decision.train, decision.score) == (False, True)


def test_a_run_for_stale_models_looks_at_their_age_alone():
    fresh = decide(CORRECTED, circumstances(trigger="stale"))
    assert (fresh.train, fresh.score) == (False, False)
    assert fresh.why == ("trained 10 days ago, and stale only after 60",)
    old = decide(facts(training=training(trained_on="2019-06-01")), circumstances(trigger="stale"))
    assert (old.train, old.score) == (True, True)
    asked = decide(facts(), circumstances(trigger="stale", force=True))
    assert (asked.train, asked.why) == (True, ("its training was asked for",))


@pytest.mark.parametrize(("training_failed", "train"), [(True, True), (False, False)])
def test_a_resumed_cell_does_what_failed(training_failed, train):
    planned = PlannedCell(
        market="North",
        format="large",
        name="north.large",
        train=True,
        score=True,
        why=(),
        shipment_rows=4,
        demand="d2",
    )
    resumed = {"north.large": (planned, training_failed)}
    decision = decide(facts(), circumstances(resumed=resumed, resume="r1"))
    assert (decision.train, decision.score) == (train, True)
    assert "in run r1" in decision.why[0]
