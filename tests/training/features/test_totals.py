import numpy as np
import pytest

from training.decay import decayed_mean
from training.features.totals import group_weeks, seasonal_index


def test_a_group_is_the_mean_of_its_known_series() -> None:
    values = np.array([[1.0, 2.0], [3.0, np.nan], [8.0, np.nan]])
    found = group_weeks(values, np.array([0, 0, 1]))
    np.testing.assert_array_equal(found, [[2.0, 2.0], [8.0, np.nan]])


@pytest.fixture
def yearly() -> np.ndarray:
    """Three years of 10 a week, and 30 in the 50th week of each."""
    weeks = np.arange(3 * 52)
    return np.where(weeks % 52 == 49, 30.0, 10.0)[None]


def index_of(mean: np.ndarray, cutoff: int, target: int) -> float:
    return float(seasonal_index(mean, decayed_mean(mean, 52), np.array([cutoff]), np.array([target]))[0, 0])


def test_a_week_that_is_high_every_year_has_a_high_index(yearly: np.ndarray) -> None:
    high, plain = index_of(yearly, 2 * 52 + 48, 2 * 52 + 49), index_of(yearly, 2 * 52 + 19, 2 * 52 + 20)
    assert high > 0.2
    assert abs(plain) < 0.05


def test_weeks_after_the_cutoff_do_not_count(yearly: np.ndarray) -> None:
    altered = yearly.copy()
    altered[:, 101:] = 500.0
    assert index_of(yearly, 100, 101) == index_of(altered, 100, 101)


def test_without_an_earlier_year_the_index_says_nothing(yearly: np.ndarray) -> None:
    assert index_of(yearly, 48, 49) == pytest.approx(0.0)
