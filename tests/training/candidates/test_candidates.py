"""Every candidate forecasts the same rows from the past alone, and a new one takes ten lines."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor

from shared.errors import NotEnoughHistory
from shared.profile import Forecasting
from tests.training.company import Company, make_panel, make_profile, make_tables
from training.candidates.protocol import on_design
from training.candidates.registry import CANDIDATES
from training.candidates.regression import gridded, regression, scaled
from training.candidates.rules import last_season
from training.features.scene import Origins
from training.members import Encoder
from training.metrics import measure
from training.panel import Panel

CUTOFF = 70
QUICK = {"epochs": 2, "horizon_weeks": 2}


@pytest.fixture(scope="module")
def small() -> tuple[Panel, Forecasting]:
    """Three stores, four products, eighty weeks; the year before is known for the last ones."""
    profile = make_profile(**QUICK)
    return make_panel(
        make_tables(Company(n_stores=3, n_products=4, n_weeks=80)), profile
    ), profile.forecasting


def forecast(name: str, panel: Panel, settings: Forecasting, *, cutoff: int = CUTOFF) -> pd.DataFrame:
    series = np.ones(panel.n_series, dtype=bool)
    fitted = CANDIDATES[name].fit(panel.until(cutoff), settings, series)
    return fitted.forecast(panel, *next_weeks(panel, settings, cutoff))


def next_weeks(panel: Panel, settings: Forecasting, cutoff: int) -> tuple[Origins, np.ndarray]:
    origins = Origins.cross([cutoff], settings.leads)
    return origins, np.ones((panel.n_series, len(origins.cutoff)), dtype=bool)


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_forecasts_every_row_and_knows_only_the_past(name, small):
    panel, settings = small
    after = panel.units.copy()
    after[:, CUTOFF + 1 :] = 1_000.0
    found, blind = (
        forecast(name, p, settings) for p in (panel, replace(panel, units=after, recorded=panel.recorded))
    )
    assert len(found) == panel.n_series * settings.horizon_weeks
    assert np.isfinite(found["forecast"]).all()
    assert (found["forecast"] >= 0).all()
    pd.testing.assert_frame_equal(found.drop(columns="actual"), blind.drop(columns="actual"))


@pytest.mark.parametrize("name", ["ridge", "gradient_boosting", "lasso"])
def test_what_learns_is_better_than_the_average(name, small):
    panel, settings = small
    rows = pd.concat([forecast(name, panel, settings, cutoff=c) for c in (70, 74)])
    assert mape(rows, "forecast") < mape(rows, "historical_average")


def mape(rows: pd.DataFrame, column: str) -> float:
    found = measure(rows["actual"], rows[column]).mape
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "objective"),
    [("ridge", "absolute"), ("ridge", "squared"), ("gradient_boosting", "balanced"), ("lasso", "squared")],
)
def test_other_objectives_are_served(name, objective, small):
    panel, settings = small
    found = forecast(name, panel, settings.model_copy(update={"objective": objective}))
    assert np.isfinite(found["forecast"]).all()
    assert (found["forecast"] >= 0).all()


@pytest.mark.parametrize("name", ["ridge", "lasso", "network", "ensemble"])
def test_what_learns_needs_some_weeks(name, small):
    panel, settings = small
    with pytest.raises(NotEnoughHistory, match="21 weeks known"):
        forecast(name, panel, settings, cutoff=20)


def test_the_same_week_of_last_year_is_the_seasonal_naive_forecast(small):
    panel, settings = small
    found = last_season(panel, Origins.cross([CUTOFF], [1, 2]), settings)
    np.testing.assert_array_equal(found, panel.units[:, [71 - 52, 72 - 52]])


def test_a_lead_of_more_than_a_season_goes_back_two(small):
    panel, settings = small
    tens = settings.model_copy(update={"seasonal_weeks": 10})
    found = last_season(panel, Origins.cross([40], [10, 11]), tens)
    np.testing.assert_array_equal(found, panel.units[:, [40, 31]])


def test_without_last_year_the_naive_forecast_is_the_average(small):
    panel, settings = small
    found = last_season(panel, Origins.cross([9], [1]), settings)
    np.testing.assert_allclose(found[:, 0], np.nanmean(panel.units[:, :10], axis=1), rtol=1e-6)


def test_a_new_algorithm_takes_ten_lines(small):
    panel, settings = small

    def always_the_level(settings: Forecasting, encoder: Encoder) -> DummyRegressor:
        return DummyRegressor(strategy="constant", constant=0.0)

    fit = on_design(regression(always_the_level, scaled))
    fitted = fit(panel.until(CUTOFF), settings, np.ones(panel.n_series, dtype=bool))
    origins, rows = next_weeks(panel, settings, CUTOFF)
    found = fitted.forecast(panel, origins, rows)["forecast"].to_numpy().reshape(panel.n_series, -1)
    np.testing.assert_allclose(found[:, 0], found[:, 1])  # level and factor, whatever the week
    assert found.std() > 0


def test_trees_see_unknown_values_and_categories_as_they_are(small):
    panel, settings = small
    seen: list[np.ndarray] = []

    class Watching(DummyRegressor):
        def fit(self, X, y, *, sample_weight):
            seen.append(X)
            return super().fit(X, y, sample_weight=sample_weight)

    fit = on_design(regression(lambda settings, encoder: Watching(), gridded))
    fit(panel.until(CUTOFF), settings, np.ones(panel.n_series, dtype=bool))
    assert np.isnan(seen[0]).any()
    halves, whole = seen[:2], seen[2]
    assert sum(map(len, halves)) == len(whole)  # the factor comes from weeks that were left out
