"""Each number against a hand-computed case and a naive twin."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import judge, measure, reduction

units = st.floats(0, 1000).map(lambda x: round(x, 1))
rows = st.lists(st.tuples(units, units), min_size=0, max_size=30)


def test_ours_is_the_answer_on_the_case_that_five_libraries_answer_differently() -> None:
    found = measure([0, 0, 10, 10], [5, 5, 9, 9])
    assert found.mape == pytest.approx(0.10)
    assert (found.n_used, found.n_zero) == (2, 2)
    assert found.rmse_zero == 5.0
    assert found.rmse_all == pytest.approx(3.6056, abs=5e-5)
    assert found.wape == pytest.approx(12 / 20)
    assert found.bias == pytest.approx(8 / 20)


def test_over_forecasting_is_positive_bias() -> None:
    assert measure([10], [12]).bias == pytest.approx(0.2)
    assert measure([10], [8]).bias == pytest.approx(-0.2)


def test_without_demand_ratios_are_undefined_and_squares_are_not() -> None:
    found = measure([0, 0], [1, 1])
    assert (found.mape, found.wape, found.bias) == (None, None, None)
    assert (found.rmse_zero, found.rmse_all) == (1.0, 1.0)


def test_without_zeros_their_error_is_undefined() -> None:
    assert measure([1, 2], [1, 2]).rmse_zero is None


def test_no_rows_define_nothing() -> None:
    found = measure([], [])
    assert (found.mape, found.rmse_zero, found.rmse_all, found.wape, found.bias) == (None,) * 5


def test_an_unknown_actual_counts_in_no_number() -> None:
    found = measure([np.nan, 10], [3, 9])
    assert (found.n_unknown, found.n_used) == (1, 1)
    assert found.mape == pytest.approx(0.1)


def test_a_known_actual_needs_a_forecast() -> None:
    with pytest.raises(ValueError, match="1 rows with a known actual have no finite forecast"):
        measure([10, 10], [np.nan, 9])


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        measure([1, 2], [1])


@given(rows)
def test_naive_twins_agree(pairs: list[tuple[float, float]]) -> None:
    found = measure([y for y, _ in pairs], [f for _, f in pairs])
    assert found.mape == _or_none([abs(y - f) / y for y, f in pairs if y > 0], _mean)
    assert found.rmse_zero == _or_none([f**2 for y, f in pairs if y == 0], _root_mean)
    assert found.rmse_all == _or_none([(f - y) ** 2 for y, f in pairs], _root_mean)
    total = math.fsum(y for y, _ in pairs)
    if total > 0:
        assert found.wape == pytest.approx(math.fsum(abs(f - y) for y, f in pairs) / total)
        assert found.bias == pytest.approx(math.fsum(f - y for y, f in pairs) / total)


def _or_none(values: list[float], how: object) -> object:
    return pytest.approx(how(values)) if values else None  # type: ignore[operator]


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _root_mean(values: list[float]) -> float:
    return math.sqrt(_mean(values))


def test_reduction_is_the_share_of_the_baseline_error_that_is_gone() -> None:
    assert reduction(0.3, 0.5) == pytest.approx(0.4)
    assert reduction(0.6, 0.5) == pytest.approx(-0.2)
    assert reduction(None, 0.5) is None
    assert reduction(0.3, None) is None
    assert reduction(0.3, 0.0) is None


@pytest.mark.parametrize(
    ("mape", "baseline", "passes"),
    [
        (0.45, 0.5, True),
        (0.4501, 0.5, False),
        (0.45, 0.45, False),
        (0.2, 0.19, False),
        (0.0, 0.1, True),
        (None, 0.5, False),
        (0.3, None, False),
    ],
)
def test_the_gate_wants_the_limit_kept_and_the_baseline_beaten(
    mape: float | None, baseline: float | None, passes: bool
) -> None:
    gate = judge(mape, baseline, max_mape=0.45)
    assert gate.passed is passes
    assert (gate.mape, gate.baseline_mape) == (mape, baseline)
