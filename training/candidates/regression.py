"""Any regressor with scikit-learn's `fit` and `predict` as a candidate.

It is fitted to the response that LASSO has (`training.members.response`): for the relative objective log(units /
level). A forecast is factor * level * exp(prediction); the factor moves it to the objective's best point, and is taken
from forecasts of weeks that the regressor was not fitted on, since a flexible one hardly errs on those it was.
"""

from collections.abc import Callable
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from shared.errors import NotEnoughHistory
from shared.profile import Forecasting
from training.candidates.protocol import FitDesign, Units
from training.features.design import Design
from training.members import Encoder, in_units, response
from training.objective import best_factor

Float = NDArray[np.float64]
Matrix = NDArray[np.float32]

N_BLOCKS = 8
MAX_CODES = 60
STEPS, FURTHEST_STEP = 10, 30  # to a standard deviation, and at most


class Regressor(Protocol):
    """What scikit-learn calls a regressor."""

    def fit(self, X: Matrix, y: Float, *, sample_weight: Float) -> Self:
        """Learn from rows; weights are >= 0."""
        ...

    def predict(self, X: Matrix) -> NDArray[Any]:
        """Return the response, shape (n_rows,)."""
        ...


Make = Callable[[Forecasting, Encoder], Regressor]
Inputs = Callable[[Encoder, Design], Matrix]


def regression(make: Make, inputs: Inputs) -> FitDesign:
    """Make a candidate's `FitDesign` of a regressor.

    Parameters
    ----------
    make : callable
        Returns a new regressor that is not fitted.
    inputs : callable
        Returns the matrix, shape (n_rows, n_inputs), that it is fitted on and asked with.
    """

    def fit(rows: Design, settings: Forecasting) -> Units:
        encoder = Encoder.fit(rows)

        def fit_part(part: Design) -> Units:
            z, weight = response(part, settings)
            fitted = make(settings, encoder).fit(inputs(encoder, part), z, sample_weight=weight)
            return lambda asked: in_units(
                settings.objective, asked.level, fitted.predict(inputs(encoder, asked))
            )

        factor = best_factor(settings.objective, rows.y, _left_out(rows, fit_part))
        final = fit_part(rows)
        return lambda asked: factor * final(asked)

    return fit


def _left_out(rows: Design, fit: Callable[[Design], Units]) -> Float:
    """Forecast every row by a fit on every other block of weeks, not its own."""
    weeks = np.unique(rows.target)
    if len(weeks) < N_BLOCKS:
        raise NotEnoughHistory(f"{len(weeks)} weeks to fit on, {N_BLOCKS} needed")
    odd = np.searchsorted(weeks, rows.target) * N_BLOCKS // len(weeks) % 2 == 1
    forecast = np.empty(rows.n_rows)
    for held in (odd, ~odd):
        forecast[held] = fit(rows.take(~held))(rows.take(held))
    return forecast


def scaled(encoder: Encoder, design: Design) -> Matrix:
    """Return standardised features, unknown ones at their mean: for linear regressors."""
    return encoder.scaler.transform(design.X)


def gridded(encoder: Encoder, design: Design) -> Matrix:
    """Return standardised features on a grid, NaN where unknown, and the codes of `coded` behind them: for trees.

    They bin features anyway; few different values spare them to look for the bins, which takes longer than the trees.
    """
    steps = np.clip(np.round(encoder.scaler.transform(design.X) * STEPS), -FURTHEST_STEP, FURTHEST_STEP)
    X = np.where(np.isfinite(design.X) | (encoder.scaler.spread == 0), steps, np.nan)
    codes = encoder.vocabularies.encode(design)[:, coded(encoder)]
    return np.hstack([X, codes]).astype(np.float32)


def coded(encoder: Encoder) -> list[int]:
    """Return the positions of the categorical columns with at most `MAX_CODES` names; trees split those into sets."""
    return [i for i, n in enumerate(encoder.vocabularies.cardinalities.values()) if n <= MAX_CODES]
