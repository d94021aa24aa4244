import numpy as np
import pytest

from training.models.ensemble import Ensemble, fit_ensemble
from training.objective import Objective

WEEKS = np.repeat(np.arange(40), 25)


@pytest.fixture
def y() -> np.ndarray:
    return np.random.default_rng(0).gamma(4, 10, len(WEEKS)) + 1


def fit(
    objective: Objective, y: np.ndarray, first: np.ndarray, second: np.ndarray, week: np.ndarray = WEEKS
) -> Ensemble:
    return fit_ensemble(objective, y, first, second, week, coverage=(0.1, 0.9), service=0.6)


@pytest.mark.parametrize("objective", ["relative", "absolute", "squared"])
def test_the_better_member_gets_the_greater_weight(objective: Objective, y: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    good, bad = y * np.exp(rng.normal(0, 0.1, len(y))), y * np.exp(rng.normal(0, 0.8, len(y)))
    assert fit(objective, y, good, bad).weight > 0.7
    assert fit(objective, y, bad, good).weight < 0.3


def test_with_few_weeks_the_weight_stays_near_one_half(y: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    good, bad = y * np.exp(rng.normal(0, 0.1, len(y))), y * np.exp(rng.normal(0, 0.8, len(y)))
    assert fit("relative", y, good, bad, week=np.zeros(len(y), dtype=np.int64)).weight < 0.6


def test_logs_are_averaged_under_the_relative_objective_and_units_else(y: np.ndarray) -> None:
    a, b = np.array([4.0]), np.array([16.0])
    shape = {"weight": 0.5, "factor": 1.0, "lower": 0.5, "upper": 2.0, "order": 1.2}
    assert Ensemble(objective="relative", **shape).combine(a, b)[0] == pytest.approx(8.0)
    assert Ensemble(objective="squared", **shape).combine(a, b)[0] == pytest.approx(10.0)


def test_the_factor_takes_a_common_bias_away(y: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    high = 2 * y * np.exp(rng.normal(0, 0.1, len(y)))
    assert 0.5 < fit("relative", y, high, high).factor < 0.7


def test_the_interval_holds_the_promised_share(y: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    forecast = y * np.exp(rng.normal(0, 0.3, len(y)))
    ensemble = fit("relative", y, forecast, forecast)
    combined = ensemble.combine(forecast, forecast)
    inside = (y >= combined * ensemble.lower) & (y <= combined * ensemble.upper)
    assert inside.mean() == pytest.approx(0.8, abs=0.02)
    assert np.mean(y <= combined * ensemble.order) == pytest.approx(0.6, abs=0.02)
    assert ensemble.lower <= 1.0 <= ensemble.upper


def test_members_that_forecast_nothing_join_to_nothing(y: np.ndarray) -> None:
    zero = np.zeros(len(y))
    ensemble = fit("squared", y, zero, zero)
    assert ensemble.combine(zero, zero).max() == 0.0
    assert np.isfinite([ensemble.factor, ensemble.lower, ensemble.upper, ensemble.order]).all()
