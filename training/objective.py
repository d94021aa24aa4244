"""The error that forecasts are made least for, and the factor that moves a forecast to its least point.

| objective | error of forecast f for actual y | the best point forecast |
|---|---|---|
| relative | abs(f - y) / y over y > 0 | below the median: the median of y weighted by 1 / y |
| absolute | abs(f - y) | the median |
| squared | (f - y) ** 2 | the mean |
| balanced | abs(f - y), at no more than `SPARED` above the least root mean square | between median and mean |

The metrics that everyone sees are in `training.metrics`; the network's differentiable loss is in
`training.models.losses`.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Objective = Literal["relative", "absolute", "squared", "balanced"]

SPARED = 0.005


def mean_error(objective: Objective, y: Float, f: Float) -> float:
    """Return the mean error over the rows that have one.

    Parameters
    ----------
    objective : {"relative", "absolute", "squared", "balanced"}
        A single forecast is judged as for "squared" where the objective is "balanced"; see `best_of`.
    y, f : ndarray, shape (n_rows,)
        Actual and forecast units.
    """
    if objective == "relative":
        return float(np.mean(np.abs(f - y)[y > 0] / y[y > 0])) if (y > 0).any() else 0.0
    return float(np.mean(np.abs(f - y) if objective == "absolute" else (f - y) ** 2))


def best_of(objective: Objective, y: Float, forecasts: Sequence[Float]) -> int:
    """Return the position of the forecast that errs least, the first of equals.

    For the balanced objective: the least absolute error among those whose root mean square error is within `SPARED`
    of the least.

    Parameters
    ----------
    y : ndarray, shape (n_rows,)
    forecasts : sequence of ndarray, shape (n_rows,)
    """
    errors = np.array([mean_error(objective, y, f) for f in forecasts])
    if objective == "balanced":
        absolute = np.array([mean_error("absolute", y, f) for f in forecasts])
        errors = np.where(errors <= (1.0 + SPARED) ** 2 * errors.min(), absolute, np.inf)
    return int(np.argmin(errors))


def best_factor(objective: Objective, y: Float, f: Float) -> float:
    """Return the factor k > 0 that makes the mean error of ``k * f`` least; 1 where no row decides it.

    For the relative and the absolute error it is the median of y / f, weighted by f / y and by f: where the
    derivative of the sum of errors changes its sign. For the squared error it is sum(f y) / sum(f f). A balanced
    forecast is left where it is: which factor suits it depends on what it is balanced with.
    """
    if objective == "balanced":
        return 1.0
    used = (f > 0) & ((y > 0) if objective == "relative" else np.isfinite(y))
    y, f = y[used], f[used]
    if not y.size or not y.any():
        return 1.0
    if objective == "squared":
        return float(np.sum(f * y) / np.sum(f * f))
    weight = f / y if objective == "relative" else f
    return _weighted_median(y / f, weight) or 1.0


def _weighted_median(values: Float, weights: Float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
