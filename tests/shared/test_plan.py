"""The model matrix: four ensembles and two baselines per market, and what changes it is data."""

import re

import pytest

from shared.plan import cell_name, plan
from shared.profile import Profile
from tests.shared.test_profile import minimal

MARKETS = [f"Market {n}" for n in range(1, 15)]


def cells(markets: list[str]) -> list[tuple[str, str]]:
    return [(market, form) for market in markets for form in ("large", "small")]


def profile(**sections: object) -> Profile:
    return Profile.model_validate({**minimal(), **sections})


def test_a_market_has_four_ensembles_and_two_baselines():
    entries = plan(cells(MARKETS[:1]), profile())
    assert [(e.format, e.subdivision, e.model) for e in entries] == [
        ("large", "slow", "ensemble"),
        ("large", "fast", "ensemble"),
        ("large", "all", "historical_average"),
        ("small", "slow", "ensemble"),
        ("small", "fast", "ensemble"),
        ("small", "all", "historical_average"),
    ]


def test_fourteen_markets_have_56_ensembles_and_28_baselines():
    models = [entry.model for entry in plan(cells(MARKETS), profile())]
    assert (models.count("ensemble"), models.count("historical_average"), len(models)) == (56, 28, 84)


def test_a_fifteenth_market_adds_six_models():
    assert len(plan(cells([*MARKETS, "Market 15"]), profile())) == 90


def test_a_pilot_names_its_markets():
    assert len(plan(cells(MARKETS), profile(markets=["Market 3"]))) == 6


@pytest.mark.parametrize("weeks", [1, 26])
def test_the_horizon_is_a_dimension_of_the_plan(weeks):
    entries = plan(cells(MARKETS), profile(forecasting={"horizon_weeks": weeks}))
    assert {entry.horizon_weeks for entry in entries} == {weeks}


def test_without_velocities_a_cell_has_one_ensemble():
    entries = plan(cells(MARKETS[:1]), profile(forecasting={"velocity": {"enabled": False}}))
    assert [e.subdivision for e in entries] == ["all", "all"] * 2


def test_folders_of_cells_are_plain():
    assert cell_name("North Texas", "large") == "north-texas.large"
    assert cell_name("West Des Moines", "small") == "west-des-moines.small"


@pytest.mark.parametrize(
    ("one", "other"),
    [("St. Louis", "St Louis"), ("North Texas", "NORTH TEXAS"), ("São Paulo", "Sao Paulo"), ("東京", "大阪")],
)
def test_no_two_markets_share_a_folder(one, other):
    names = cell_name(one, "large"), cell_name(other, "large")
    assert names[0] != names[1]
    assert all(re.fullmatch(r"[a-z0-9-]+\.large", name) for name in names)
