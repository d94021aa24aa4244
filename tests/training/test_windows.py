import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.windows import Running, group_mean

with_gaps = arrays(np.float64, (3, 12), elements=st.one_of(st.just(np.nan), st.integers(0, 50).map(float)))


@given(values=with_gaps, last=st.integers(-3, 14), width=st.integers(1, 20))
def test_a_window_mean_is_the_mean_of_its_known_weeks(values: np.ndarray, last: int, width: int) -> None:
    found = Running(values).mean(np.array([last]), width)[:, 0]
    for row, mean in zip(values, found, strict=True):
        inside = [row[w] for w in range(12) if last - width < w <= last and np.isfinite(row[w])]
        assert mean == pytest.approx(np.mean(inside) if inside else np.nan, nan_ok=True)


def test_a_window_that_ends_before_it_starts_is_empty() -> None:
    total, count = Running(np.ones((1, 5))).total(np.array([1]), np.array([3]))
    assert (total.tolist(), count.tolist()) == ([[0.0]], [[0.0]])


@given(values=with_gaps)
def test_a_group_mean_is_the_mean_of_its_known_rows(values: np.ndarray) -> None:
    found = group_mean(values, np.array([0, 1, 0]), 2)
    for column in range(12):
        known = values[[0, 2], column][np.isfinite(values[[0, 2], column])]
        expected = known.mean() if known.size else np.nan
        assert found[0, column] == pytest.approx(expected, nan_ok=True)
    np.testing.assert_array_equal(found[0], found[2])
