"""The best factor against a search for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.objective import Objective, best_factor, mean_error

pairs = st.lists(
    st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)).map(lambda p: (round(p[0], 1), round(p[1], 1))),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize("objective", ["relative", "absolute", "squared"])
@given(rows=pairs)
def test_no_other_factor_errs_less(objective: Objective, rows: list[tuple[float, float]]) -> None:
    y, f = (np.array(column) for column in zip(*rows, strict=True))
    found = best_factor(objective, y, f)
    least = min(mean_error(objective, y, k * f) for k in [*(y / f), *np.linspace(0.01, 5, 50)])
    assert mean_error(objective, y, found * f) <= least + 1e-9


def test_the_best_point_of_a_relative_error_lies_below_the_median() -> None:
    y = np.exp(np.random.default_rng(0).normal(0, 1, 20_000))
    assert best_factor("relative", y, np.ones(len(y))) == pytest.approx(np.exp(-1), rel=0.05)
    assert best_factor("absolute", y, np.ones(len(y))) == pytest.approx(1.0, rel=0.05)
    assert best_factor("squared", y, np.ones(len(y))) == pytest.approx(np.exp(0.5), rel=0.05)


def test_rows_without_demand_decide_nothing_about_relative_errors() -> None:
    y, f = np.array([0.0, 0.0, 4.0]), np.array([3.0, 3.0, 2.0])
    assert best_factor("relative", y, f) == 2.0
    assert mean_error("relative", y, f) == 0.5


def test_where_no_row_decides_the_factor_is_one() -> None:
    assert best_factor("relative", np.zeros(3), np.ones(3)) == 1.0
    assert best_factor("squared", np.ones(3), np.zeros(3)) == 1.0
