import numpy as np
import pytest

from training.features.intermittence import last_order, order_hazard, weeks_since_order


def test_the_wait_is_counted_from_the_last_order() -> None:
    units = np.array([[0.0, 3.0, 0.0, 0.0, 5.0]])
    assert weeks_since_order(units)[0, 1:].tolist() == [0, 1, 2, 0]


def test_before_the_first_order_the_wait_is_as_long_as_can_be_and_there_is_no_last_order() -> None:
    units = np.array([[0.0, 2.0]])
    assert weeks_since_order(units)[0, 0] == 60
    assert np.isnan(last_order(units)[0, 0])


def test_the_last_order_stays_until_the_next() -> None:
    assert last_order(np.array([[6.0, 0.0, np.nan, 2.0, 0.0]])).tolist() == [[6, 6, 6, 2, 2]]


def test_a_store_that_orders_every_fourth_week_is_due_after_three() -> None:
    units = np.zeros((1, 120))
    units[0, ::4] = 12.0
    hazard = order_hazard(units, weeks_since_order(units))[0]
    due, not_due = hazard[119], hazard[118]
    assert due > 0.8
    assert not_due < 0.1


@pytest.mark.parametrize("function", [weeks_since_order, last_order])
def test_what_comes_later_changes_nothing(function: object) -> None:
    rng = np.random.default_rng(1)
    units = rng.poisson(0.4, (20, 60)).astype(float)
    altered = units.copy()
    altered[:, 40:] += 9
    np.testing.assert_array_equal(function(units)[:, :40], function(altered)[:, :40])  # type: ignore[operator]


def test_the_hazard_knows_nothing_of_later_weeks() -> None:
    rng = np.random.default_rng(2)
    units = rng.poisson(0.4, (20, 60)).astype(float)
    altered = np.where(np.arange(60) >= 40, units + 9, units)
    hazards = [order_hazard(u, weeks_since_order(u))[:, :40] for u in (units, altered)]
    np.testing.assert_array_equal(*hazards)
