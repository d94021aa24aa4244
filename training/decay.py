"""Exponentially decayed means over past weeks, values (n_rows, n_weeks); plain windows are in `training.windows`."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]


def decayed_mean(values: NDArray[np.floating], half_life: float) -> Float:
    """Return, at each week, the mean of the known values up to and with it, the weights halved every `half_life` weeks.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_weeks)
        NaN where unknown; such a week adds nothing, but the earlier ones age.
    half_life : float
        Weeks, > 0.

    Returns
    -------
    ndarray, shape (n_rows, n_weeks)
        NaN before the first known value.

    Raises
    ------
    ValueError
        If the half-life is not positive.
    """
    if half_life <= 0:
        raise ValueError(f"half-lives are positive: {half_life=}")
    keep = 0.5 ** (1.0 / half_life)
    known = np.isfinite(values)
    total, count = decayed_sum(np.where(known, values, 0.0), keep), decayed_sum(known, keep)
    seen = np.logical_or.accumulate(known, axis=1)
    return np.divide(total, count, out=np.full(values.shape, np.nan), where=seen & (count > 0)).astype(
        np.float32
    )


def decayed_sum(values: NDArray[np.floating] | NDArray[np.bool_], keep: float) -> NDArray[np.float64]:
    """Return the running sum of which the share `keep` is left every week, shape (n_rows, n_weeks)."""
    sums = np.empty(values.shape)
    running = np.zeros(values.shape[0])
    for week in range(values.shape[1]):
        running = keep * running + values[:, week]
        sums[:, week] = running
    return sums
