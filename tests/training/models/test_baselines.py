"""Both baselines in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from training.features.scene import Origins
from training.models.historical_average import historical_average
from training.models.seasonal_average import seasonal_average
from training.panel import Panel


@pytest.fixture
def counted(panel: Panel) -> Panel:
    """Units 0, 1, 2, ... in every series."""
    units = np.tile(np.arange(len(panel.weeks), dtype=np.float32), (panel.n_series, 1))
    return replace(panel, units=units)


def test_the_historical_average_is_the_mean_of_all_weeks_up_to_the_cutoff(counted: Panel) -> None:
    found = historical_average(counted, Origins.cross([0, 9, 10], [1]))
    assert found[0].tolist() == [0.0, 4.5, 5.0]


def test_unknown_weeks_do_not_count(counted: Panel) -> None:
    units = counted.units.copy()
    units[:, [2, 4]] = np.nan
    found = historical_average(replace(counted, units=units), Origins.cross([5], [1]))
    assert found[0, 0] == (0 + 1 + 3 + 5) / 4


def test_a_series_without_history_gets_its_products_mean(counted: Panel) -> None:
    units = counted.units.copy()
    units[0] = np.nan
    units[counted.product == counted.product[0]] *= 3
    found = historical_average(replace(counted, units=units), Origins.cross([10], [1]))
    assert found[0, 0] == 15.0


def test_the_seasonal_average_is_the_mean_of_five_weeks_in_each_earlier_year(counted: Panel) -> None:
    found = seasonal_average(counted, Origins.cross([109], [2]), seasonal_weeks=52)
    years = [np.arange(111 - 52 - 2, 111 - 52 + 3), np.arange(111 - 104 - 2, 111 - 104 + 3)]
    assert found[0, 0] == pytest.approx(np.mean(years))


def test_weeks_after_the_cutoff_are_no_earlier_year(counted: Panel) -> None:
    """53 weeks ahead, the same week of last year lies beyond the cutoff, and only its earlier side is known."""
    found = seasonal_average(counted, Origins.cross([54], [53]), seasonal_weeks=52)
    assert found[0, 0] == pytest.approx(np.mean([53, 54, 1, 2, 3, 4, 5]))


def test_without_an_earlier_year_it_is_the_historical_average(counted: Panel) -> None:
    origins = Origins.cross([20], [1, 2])
    np.testing.assert_array_equal(
        seasonal_average(counted, origins, seasonal_weeks=52), historical_average(counted, origins)
    )
