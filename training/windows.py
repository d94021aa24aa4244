"""Sums and means over windows of past weeks, for all cutoffs at once.

Values are (..., n_weeks), windows (n_origins,), results (..., n_origins).
"""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]


class Running:
    """Cumulative sums that skip unknown (NaN) weeks.

    Parameters
    ----------
    values : ndarray, shape (..., n_weeks)
    """

    def __init__(self, values: NDArray[np.floating]) -> None:
        known = np.isfinite(values)
        self.n_weeks = values.shape[-1]
        self._sum = _cumulated(np.where(known, values, 0.0))
        self._count = _cumulated(known)

    def total(self, last: Index, before: Index) -> tuple[Double, Double]:
        """Return the sum and the number of known weeks in ``(before, last]``; empty where ``last <= before``.

        Returns
        -------
        total, count : ndarray, shape (..., n_origins)
        """
        end = np.clip(last + 1, 0, self.n_weeks)
        start = np.minimum(np.clip(before + 1, 0, self.n_weeks), end)
        return (
            self._sum[..., end] - self._sum[..., start],
            self._count[..., end] - self._count[..., start],
        )

    def mean(self, last: Index, width: int | Index) -> Float:
        """Return the mean of the known weeks among the `width` weeks that end with `last`; NaN where none is."""
        total, count = self.total(last, last - width)
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0).astype(np.float32)


def _cumulated(values: NDArray[np.generic]) -> Double:
    zero = np.zeros((*values.shape[:-1], 1))
    return np.concatenate([zero, np.cumsum(values, axis=-1, dtype=np.float64)], axis=-1)


def group_mean(values: NDArray[np.floating], group: Index, n_groups: int) -> Float:
    """Return, per row, the mean of the known values of its group, column by column; NaN where none is known.

    Parameters
    ----------
    values : ndarray, shape (n_series, n_origins)
    group : ndarray of int, shape (n_series,)
    """
    member = (group == np.arange(n_groups)[:, None]).astype(np.float64)
    known = np.isfinite(values)
    sums, counts = member @ np.where(known, values, 0.0), member @ known
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means[group].astype(np.float32)
