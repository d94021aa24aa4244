import numpy as np
import pytest

from training.decay import decayed_mean, decayed_sum


def naive_mean(values: np.ndarray, half_life: float) -> float:
    """The mean at the last week, written out."""
    weights = [0.5 ** ((len(values) - 1 - week) / half_life) for week in range(len(values))]
    known = [(w, v) for w, v in zip(weights, values, strict=True) if np.isfinite(v)]
    return sum(w * v for w, v in known) / sum(w for w, _ in known)


@pytest.mark.parametrize("half_life", [0.5, 1.0, 8.0])
def test_the_mean_is_the_weighted_mean_of_the_known_weeks(half_life: float) -> None:
    values = np.array([[4.0, np.nan, 0.0, 7.0], [np.nan, 1.0, np.nan, np.nan]])
    found = decayed_mean(values, half_life)
    assert found[:, -1] == pytest.approx([naive_mean(row, half_life) for row in values])


def test_nothing_is_known_before_the_first_value() -> None:
    assert np.isnan(decayed_mean(np.array([[np.nan, 3.0]]), 2.0)[0, 0])


def test_after_a_half_life_half_is_left() -> None:
    assert decayed_sum(np.array([[1.0, 0.0, 0.0]]), 0.5**0.5)[0, 2] == pytest.approx(0.5)


def test_a_half_life_is_positive() -> None:
    with pytest.raises(ValueError, match="half_life=0"):
        decayed_mean(np.zeros((1, 1)), 0)
