"""Joins the members' forecasts with a weight and a factor that are fitted on past validation weeks.

For the relative objective the weighted mean is taken of logs, else of units. The factor moves the result to the
objective's best point. Errors of one week resemble each other, so weeks are counted here, not rows: with few of them
the weight stays near one half and the factor near 1. Quantiles of actual / forecast over the same weeks give the
interval and the level to order up to.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.objective import Objective, best_factor, best_of

Float = NDArray[np.float64]
Index = NDArray[np.int64]

STEPS = 20
TINY = 1e-6
PRIOR_WEEKS_OF_FACTOR = 16.0
# A weight, and how many validation weeks it counts for. Under the balanced objective LASSO aims at the mean and the
# network below it; a few large orders decide the squared error, which a short validation therefore hardly tells.
WEIGHT_PRIOR = (0.5, 8.0)
BALANCED_WEIGHT_PRIOR = (0.75, 26.0)


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """How two members become one forecast.

    Attributes
    ----------
    objective : Objective
    weight : float
        Share of the first member (LASSO); the second (network) has the rest.
    factor : float
        On the weighted mean.
    lower, upper, order : float
        Factors on the forecast: the interval's bounds, lower <= 1 <= upper, and the level to order up to.
    """

    objective: Objective
    weight: float
    factor: float
    lower: float
    upper: float
    order: float

    def to_json(self) -> dict[str, object]:
        """Return the values under their names."""
        return asdict(self)

    def combine(self, first: Float, second: Float) -> Float:
        """Return the ensemble's forecast of units, from the members' forecasts."""
        return self.factor * _join(self.objective, self.weight, first, second)


def fit_ensemble(
    objective: Objective, y: Float, first: Float, second: Float, week: Index, *,
    coverage: tuple[float, float], service: float,
) -> Ensemble:  # fmt: skip
    """Choose weight, factor and quantiles on validation rows.

    Parameters
    ----------
    y, first, second : ndarray, shape (n_rows,)
        Actual units and the members' forecasts.
    week : ndarray of int, shape (n_rows,)
        Target week of each row.
    coverage : tuple of float
        Probabilities of the interval's bounds.
    service : float
        Probability with which the level to order up to should suffice.
    """
    n_weeks = len(np.unique(week))
    weight = _choose_weight(objective, y, first, second, n_weeks)
    joined = _join(objective, weight, first, second)
    factor = best_factor(objective, y, joined) ** (n_weeks / (n_weeks + PRIOR_WEEKS_OF_FACTOR))
    forecast = factor * joined
    ratio = y[forecast > 0] / forecast[forecast > 0]
    lower, upper, order = np.quantile(ratio, [*coverage, service]) if ratio.size else (1.0, 1.0, 1.0)
    return Ensemble(
        objective=objective, weight=weight, factor=float(factor),
        lower=min(float(lower), 1.0), upper=max(float(upper), 1.0), order=float(order),
    )  # fmt: skip


def _choose_weight(objective: Objective, y: Float, first: Float, second: Float, n_weeks: int) -> float:
    """Return the weight that errs least after its best factor, drawn to the prior one."""
    weights = np.arange(STEPS + 1) / STEPS
    joined = [_join(objective, weight, first, second) for weight in weights]
    best = weights[best_of(objective, y, [best_factor(objective, y, f) * f for f in joined])]
    prior, prior_weeks = BALANCED_WEIGHT_PRIOR if objective == "balanced" else WEIGHT_PRIOR
    return float((n_weeks * best + prior_weeks * prior) / (n_weeks + prior_weeks))


def _join(objective: Objective, weight: float, a: Float, b: Float) -> Float:
    if objective != "relative":
        return weight * a + (1.0 - weight) * b
    return np.exp(weight * np.log(np.maximum(a, TINY)) + (1.0 - weight) * np.log(np.maximum(b, TINY)))
