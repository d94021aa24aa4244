"""The balanced objective gives up a little of the squared error for the absolute one."""

import numpy as np

from training.models.ensemble import Ensemble, fit_ensemble
from training.objective import SPARED, best_of, mean_error


def candidates() -> tuple[np.ndarray, list[np.ndarray]]:
    """Orders in one week of four: forecasts between the median, which is zero, and the mean."""
    rng = np.random.default_rng(5)
    y = np.where(rng.random(4000) < 0.25, rng.poisson(12, 4000), 0).astype(float)
    return y, [np.full(4000, share * y.mean()) for share in np.linspace(0, 1, 21)]


def test_the_choice_is_between_median_and_mean() -> None:
    y, forecasts = candidates()
    best = best_of("balanced", y, forecasts)
    assert best_of("absolute", y, forecasts) == 0
    assert best_of("squared", y, forecasts) == 20
    assert 0 < best < 20


def test_the_root_mean_square_is_within_what_may_be_spared() -> None:
    y, forecasts = candidates()
    chosen = forecasts[best_of("balanced", y, forecasts)]
    least = min(mean_error("squared", y, f) for f in forecasts)
    assert mean_error("squared", y, chosen) <= (1 + SPARED) ** 2 * least


def test_half_a_year_of_validation_draws_the_weight_half_way_to_the_mean() -> None:
    y, forecasts = candidates()
    mean, low = forecasts[20], forecasts[8]
    chosen = [_fitted(y, mean, low, n_weeks).weight for n_weeks in (26, 2600)]
    alone = best_of("balanced", y, [w * mean + (1 - w) * low for w in np.arange(21) / 20]) / 20
    np.testing.assert_allclose(chosen, [(alone + 0.75) / 2, alone], atol=0.01)


def _fitted(y: np.ndarray, first: np.ndarray, second: np.ndarray, n_weeks: int) -> Ensemble:
    week = np.arange(len(y)) % n_weeks
    return fit_ensemble("balanced", y, first, second, week, coverage=(0.1, 0.9), service=0.6)
