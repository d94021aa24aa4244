"""Single features against values worked out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.company import MARKET, make_panel, make_profile
from training.dataset import Tables
from training.features.calendar import week_of_year
from training.features.design import design
from training.features.offers import Rivals
from training.features.promotions import _run_length, _weeks_since
from training.features.scene import Origins, Scene
from training.panel import Panel


def column(panel: Panel, name: str, cutoff: int, lead: int = 1, *, geometric: bool = True) -> np.ndarray:
    """Return a feature per series."""
    found = design(panel, Origins.cross([cutoff], [lead]), geometric=geometric)
    return found.X[:, found.features.index(name)]


def week_with(panel: Panel, day: str) -> int:
    return int((np.datetime64(day) - panel.weeks[0]) // np.timedelta64(7, "D"))


def test_an_event_shows_in_its_week_before_it_and_after_it(panel: Panel) -> None:
    fair = week_with(panel, "2019-09-10")
    shown = {
        phase: [column(panel, f"event_market_{phase}", fair + shift - 1).max() > 0 for shift in (-1, 0, 1)]
        for phase in ("before", "during", "after")
    }
    assert shown == {  # the fair runs from a Tuesday to the Monday after
        "before": [True, True, False],
        "during": [False, True, True],
        "after": [False, False, True],
    }


def test_an_event_reaches_the_stores_of_its_scope_alone(tables: Tables) -> None:
    party = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "name": ["Party", "Elsewhere"],
            "kind": "special",
            "start_date": pd.Timestamp("2019-05-13"),
            "end_date": pd.Timestamp("2019-05-19"),
            "scope": ["store", "market"],
            "scope_id": ["S02", f"not {MARKET}"],
        }
    )
    panel = make_panel(replace(tables, events=party), make_profile())
    during = column(panel, "event_special_during", week_with(panel, "2019-05-13") - 1)
    assert set(panel.series["store_id"][during == 1.0]) == {"S02"}
    assert set(during) == {0.0, 1.0}


def test_an_event_after_the_last_week_forecast_is_seen_coming(tables: Tables, panel: Panel) -> None:
    assert tables.events is not None
    day = pd.Timestamp(panel.weeks[panel.last_known]) + pd.Timedelta(weeks=2)
    ahead = tables.events.iloc[[0]].assign(event_id="z", start_date=day, end_date=day)
    later = make_panel(replace(tables, events=pd.concat([tables.events, ahead])), make_profile())
    assert (
        column(later, "event_holiday_before", later.last_known).tolist()
        == [np.float32(1 / 7)] * later.n_series
    )


def test_the_name_of_the_weeks_event_is_a_category(panel: Panel) -> None:
    found = design(panel, Origins.cross([week_with(panel, "2019-07-04") - 1], [1]), geometric=True)
    assert {found.labels["event"].names[i] for i in found.labels["event"].position} == {"Founders Day"}


def test_demographics_are_those_of_the_cutoff_not_of_the_target(panel: Panel) -> None:
    change = week_with(panel, "2020-01-01")
    before, after = (column(panel, "store_population", c, lead=4) for c in (change - 1, change))
    np.testing.assert_allclose(np.expm1(after) / np.expm1(before), 1.1, rtol=1e-4)


def test_levels_are_logs_against_the_series_own_level(panel: Panel) -> None:
    units = np.full_like(panel.units, 10.0)
    units[:, 96:100] = 40.0
    steady = replace(panel, units=units)
    level = column(steady, "level", 99)
    np.testing.assert_allclose(level + column(steady, "level_4", 99), np.log(40.0), rtol=1e-5)
    np.testing.assert_allclose(level + column(steady, "level_1", 99), np.log(40.0), rtol=1e-5)
    assert (column(steady, "level_8", 99) < column(steady, "level_4", 99)).all()


def test_a_series_without_history_starts_from_its_product_and_its_store(panel: Panel) -> None:
    product, store = np.array([1.0, 2, 3, 4, 5]), np.array([10.0, 20, 30, 40])
    units = np.repeat((product[panel.product] * store[panel.store])[:, None], len(panel.weeks), axis=1)
    units[7] = np.nan
    scene = Scene(replace(panel, units=units.astype(np.float32)), Origins.cross([100], [1]), geometric=True)
    expected = product[panel.product[7]] * store[panel.store[7]]
    assert np.exp(scene.base[7, 0]) == pytest.approx(expected, rel=0.35)
    known = np.delete(np.arange(panel.n_series), 7)
    np.testing.assert_allclose(np.exp(scene.base[known, 0]), units[known, 0], rtol=0.05)


def test_last_years_change_is_that_of_the_same_weeks(panel: Panel) -> None:
    units = np.full_like(panel.units, 10.0)
    units[:, 100 - 52 - 1 : 100 - 52 + 2] = 20.0
    np.testing.assert_allclose(
        column(replace(panel, units=units), "last_year_change", 99), np.log(2), atol=0.15
    )


def test_price_features_look_at_the_target_week_and_back(panel: Panel) -> None:
    assert panel.promotions is not None
    price = np.full_like(panel.promotions.price, 4.0)
    price[0, 100] = 3.0
    cheap = replace(panel, promotions=replace(panel.promotions, price=price))
    assert column(cheap, "discount", 99)[0] == pytest.approx(np.log(3 / 4))
    assert column(cheap, "price_to_last", 99)[0] == pytest.approx(np.log(3 / 4))
    assert column(cheap, "price_to_rivals", 99)[0] == pytest.approx(np.log(3 / 4))
    rivals = (panel.store == panel.store[0]) & (panel.category == panel.category[0])
    rivals[0] = False
    np.testing.assert_allclose(
        column(cheap, "rivals_deepest_cut", 99)[rivals], np.log(3 / 4) * 25 / 26, rtol=0.01
    )
    assert column(cheap, "discount", 98)[0] == 0.0


def test_a_deal_is_seen_at_its_week_and_later_as_a_lag(panel: Panel) -> None:
    assert panel.promotions is not None
    deal = np.zeros_like(panel.promotions.deal)
    deal[0, 100] = 1.0
    dealt = replace(panel, promotions=replace(panel.promotions, deal=deal))
    assert column(dealt, "deal", 99)[0] == 1.0
    assert column(dealt, "deal_2_before", 101)[0] == 1.0
    assert np.expm1(column(dealt, "weeks_since_deal", 104)[0]) == pytest.approx(4)
    assert column(dealt, "deal", 98)[0] == 0.0


def test_similar_weeks_tell_what_such_an_offer_sold(panel: Panel) -> None:
    """Demand was doubled whenever there was a deal: before the next deal, similar weeks say so."""
    assert panel.promotions is not None
    deal = np.zeros_like(panel.promotions.deal)
    deal[:, 5::10] = 1.0
    units = np.where(deal > 0, 40.0, 20.0).astype(np.float32)
    price = np.full_like(panel.promotions.price, 3.0)
    dealt = replace(
        panel,
        units=units,
        promotions=replace(panel.promotions, deal=deal, price=price, feature_ad=np.zeros_like(deal)),
    )
    with_deal, without = (column(dealt, "similar_weeks", cutoff) for cutoff in (104, 106))
    np.testing.assert_allclose(with_deal - without, np.log(2), atol=0.2)


groups = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(groups, st.randoms(use_true_random=False))
def test_rivals_are_the_others_of_the_group(members: list[int], random: object) -> None:
    values = np.array([[random.randint(0, 5)] for _ in members], dtype=np.float32)  # type: ignore[attr-defined]
    rivals = Rivals(np.array(members))
    mean, least = rivals.mean(values)[:, 0], rivals.least(values)[:, 0]
    for i, group in enumerate(members):
        others = [values[j, 0] for j, other in enumerate(members) if other == group and j != i]
        assert mean[i] == pytest.approx(np.mean(others) if others else np.nan, nan_ok=True)
        assert least[i] == pytest.approx(min(others) if others else np.nan, nan_ok=True)


def test_waits_and_runs_are_counted_in_weeks() -> None:
    happened = np.array([[False, True, True, False, False, True]])
    assert _weeks_since(happened)[0, 1:].tolist() == [0, 0, 1, 2, 0]
    assert _run_length(happened)[0].tolist() == [0, 1, 2, 0, 0, 1]


@pytest.mark.parametrize(
    ("week", "number"), [("2019-12-30", 0), ("2020-01-06", 1), ("2020-12-21", 51), ("2020-12-28", 52)]
)
def test_the_week_of_the_year_is_that_of_its_middle_day(week: str, number: int) -> None:
    assert week_of_year(np.array([week], dtype="datetime64[D]")).tolist() == [number]


def test_weather_beyond_every_forecast_is_as_usual(panel: Panel) -> None:
    assert column(panel, "weather_reach", 110, lead=1).tolist() == [1.0] * panel.n_series
    assert column(panel, "weather_reach", 110, lead=6).tolist() == [0.0] * panel.n_series
    assert column(panel, "temperature_max_c_unusual", 110, lead=6).tolist() == [0.0] * panel.n_series
    assert np.isfinite(column(panel, "temperature_max_c", 110, lead=6)).all()
