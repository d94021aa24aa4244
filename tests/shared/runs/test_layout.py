"""Every path of a run, and no path out of its zone."""

import pytest

from shared.errors import RequestRefused
from shared.plan import cell_name
from shared.runs import layout

PATHS = {
    layout.plan_path("r1"): "runs/r1/plan.json",
    layout.outcome_path("r1", "north-texas.large"): "runs/r1/cells/north-texas.large.json",
    layout.claim_path("2019-08-05", "0a1b2c3d"): "runs/claims/2019-08-05-0a1b2c3d.json",
    layout.versions_path("r1"): "work/r1/versions.json",
    layout.job_output("r1", "a.small", "training", 2): "work/r1/a.small/training-2",
    layout.slot_path("a.small.fast", "3", "tags.json"): "models/a.small.fast/3/tags.json",
    layout.trained_path("a.small"): "models/a.small.historical_average/trained.json",
    layout.cell_prediction("r1", "a.small", "orders.csv"): "predictions/r1/cells/a.small/orders.csv",
    layout.current_path("a.small"): "predictions/current/a.small.json",
}


@pytest.mark.parametrize(("made", "expected"), PATHS.items())
def test_paths(made, expected):
    assert made == expected


@pytest.mark.parametrize(
    "run", ["", "..", "../raw", "a/b", "a b", "claims", "current", "x" * 101, "é", "a\n"]
)
def test_a_name_that_is_none_of_a_run_is_refused(run):
    with pytest.raises(RequestRefused, match=r"^run: "):
        layout.plan_path(run)


@pytest.mark.parametrize("cell", ["", "..", "a", "a.medium", "../a.large", "a/b.large", "a.large.fast"])
def test_a_name_that_is_none_of_a_cell_is_refused(cell):
    with pytest.raises(RequestRefused, match=r"^cell: "):
        layout.current_path(cell)


@pytest.mark.parametrize("market", ["North Texas", "São Paulo", "東京", "../../etc", "St. Louis / East"])
def test_every_market_has_safe_names(market):
    name = cell_name(market, "large")
    assert layout.current_path(name) == f"predictions/current/{name}.json"
    assert "." not in layout.job_name("r1", name, "training", 1)
