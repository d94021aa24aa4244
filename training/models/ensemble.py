"""Joins the members' forecasts with a weight and a factor that are fitted on past validation weeks.

For the relative objective the weighted mean is taken of logs, else of units. The factor moves the result to the
objective's best point. Quantiles of actual / forecast over the same weeks give the interval.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.objective import Objective, best_factor, best_of

Float = NDArray[np.float64]

STEPS = 20
TINY = 1e-6
PRIOR_ROWS = 50.0


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """How two members become one forecast.

    Attributes
    ----------
    objective : {"relative", "absolute", "squared", "balanced"}
    weight : float
        Share of the first member (LASSO); the second (network) has the rest.
    factors : tuple of float
        Of the first member, the second and the ensemble.
    lower, upper : float
        Factors on the forecast that bound the interval, lower <= upper.
    """

    objective: Objective
    weight: float
    factors: tuple[float, float, float]
    lower: float
    upper: float

    def to_json(self) -> dict[str, object]:
        """Return the values under their names."""
        return asdict(self)

    def members(self, first: Float, second: Float) -> tuple[Float, Float]:
        """Return both members, each at its best point."""
        return first * self.factors[0], second * self.factors[1]

    def combine(self, first: Float, second: Float) -> Float:
        """Return the ensemble's forecast of units, from the members as they were fitted."""
        first, second = self.members(first, second)
        return self.factors[2] * _join(self.objective, self.weight, first, second)

    def interval(self, forecast: Float) -> tuple[Float, Float]:
        """Return the lower and the upper bound around the ensemble's forecast."""
        return forecast * self.lower, forecast * self.upper


def fit_ensemble(
    objective: Objective, y: Float, first: Float, second: Float, *, coverage: tuple[float, float]
) -> Ensemble:
    """Choose weight, factors and interval on validation rows.

    Parameters
    ----------
    y, first, second : ndarray, shape (n_rows,)
        Actual units and the members' forecasts.
    coverage : tuple of float
        Probabilities of the interval's bounds.
    """
    factors = _drawn_factor(objective, y, first), _drawn_factor(objective, y, second)
    a, b = first * factors[0], second * factors[1]
    weights = [i / STEPS for i in range(STEPS + 1)]
    joined = [_join(objective, weight, a, b) for weight in weights]
    scaled = [_drawn_factor(objective, y, f) for f in joined]
    best = best_of(objective, y, [k * f for k, f in zip(scaled, joined, strict=True)])
    weight, factor, forecast = weights[best], scaled[best], scaled[best] * joined[best]
    ratio = y[forecast > 0] / forecast[forecast > 0]
    lower, upper = np.quantile(ratio, coverage) if ratio.size else (1.0, 1.0)
    return Ensemble(
        objective=objective, weight=weight, factors=(*factors, factor),
        lower=min(float(lower), 1.0), upper=max(float(upper), 1.0),
    )  # fmt: skip


def _drawn_factor(objective: Objective, y: Float, f: Float) -> float:
    """Return the best factor, drawn to 1 where rows are few."""
    return float(best_factor(objective, y, f) ** (len(y) / (len(y) + PRIOR_ROWS)))


def _join(objective: Objective, weight: float, a: Float, b: Float) -> Float:
    if objective != "relative":
        return weight * a + (1.0 - weight) * b
    return np.exp(weight * np.log(np.maximum(a, TINY)) + (1.0 - weight) * np.log(np.maximum(b, TINY)))
