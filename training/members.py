"""Fits the ensemble's members on a design, and asks them. How they are joined is in `training.models.ensemble`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.categories import Vocabularies
from training.features.design import Design
from training.features.scene import UNIT_FLOOR
from training.models.lasso import ALPHAS, LassoModel, fit_lasso
from training.models.network import EmbeddingNetwork, Schedule, apply_network, fit_network
from training.models.scaling import Scaler
from training.objective import Objective, best_factor, mean_error

Float = NDArray[np.float64]

GROUP = "product"
ROWS_PER_FEATURE = 20
FURTHEST = 4.0


@dataclass(frozen=True, kw_only=True)
class Members:
    """LASSO and network with the vocabularies and the scaling they were fitted with."""

    objective: Objective
    features: tuple[str, ...]
    vocabularies: Vocabularies
    scaler: Scaler
    lasso: LassoModel
    network: EmbeddingNetwork

    def predict(self, design: Design) -> tuple[Float, Float]:
        """Return the forecasts of LASSO and of the network in units, >= 0, each of shape (n_rows,)."""
        X, codes = self.scaler.transform(design.X), self.vocabularies.encode(design)
        z = self.lasso.predict(X, _groups(self.vocabularies, codes))
        first = design.level * _from_response(self.objective, z)
        second = design.level * np.exp(np.clip(apply_network(self.network, X, codes), -FURTHEST, FURTHEST))
        return first, second


def fit_members(design: Design, settings: Forecasting, *, alpha: float) -> Members:
    """Fit both members on rows with known demand."""
    vocabularies, scaler = Vocabularies.fit(design), Scaler.fit(design.X)
    X, codes, weight = scaler.transform(design.X), vocabularies.encode(design), _weights(design, settings)
    schedule = Schedule(
        epochs=settings.epochs, seed=settings.seed, hidden=settings.hidden_units, batch=settings.batch_rows
    )
    return Members(
        objective=settings.objective, features=design.features, vocabularies=vocabularies, scaler=scaler,
        lasso=_fit_lasso(design, settings, X, _groups(vocabularies, codes), alpha),
        network=fit_network(
            X, codes, np.maximum(design.y, _floor(settings.objective)), design.level, weight,
            objective=settings.objective, cardinalities=vocabularies.cardinalities, schedule=schedule,
        ),
    )  # fmt: skip


def choose_alpha(training: Design, validation: Design, settings: Forecasting) -> float:
    """Return the alpha whose pooled and grouped LASSO, fitted on training rows, errs least on the validation rows."""
    vocabularies, scaler = Vocabularies.fit(training), Scaler.fit(training.X)
    X, later = scaler.transform(training.X), scaler.transform(validation.X)
    groups = _groups(vocabularies, vocabularies.encode(training))
    later_groups = _groups(vocabularies, vocabularies.encode(validation))
    errors = []
    for alpha in ALPHAS:
        model = _fit_lasso(training, settings, X, groups, alpha)
        forecast = validation.level * _from_response(settings.objective, model.predict(later, later_groups))
        factor = best_factor(settings.objective, validation.y, forecast)
        errors.append(mean_error(settings.objective, validation.y, factor * forecast))
    return ALPHAS[int(np.argmin(errors))]


def _fit_lasso(
    design: Design, settings: Forecasting, X: NDArray[np.float32], group: NDArray[np.int64], alpha: float
) -> LassoModel:
    linear = settings.objective != "relative"
    z = design.y / design.level - 1.0 if linear else np.log(np.maximum(design.y, UNIT_FLOOR) / design.level)
    return fit_lasso(
        X, z, _weights(design, settings) * (design.level if linear else 1.0), group,
        n_groups=int(group.max(initial=0)) + 1, alpha=alpha, minimum_rows=ROWS_PER_FEATURE * X.shape[1],
    )  # fmt: skip


def _from_response(objective: Objective, z: Float) -> Float:
    return np.exp(np.clip(z, -FURTHEST, FURTHEST)) if objective == "relative" else np.maximum(1.0 + z, 0.0)


def _weights(design: Design, settings: Forecasting) -> Float:
    """Rows without demand have no relative error; they count a little all the same, against over-forecasting."""
    zero = settings.zero_weight if settings.objective == "relative" else 1.0
    return np.where(design.y > 0, 1.0, zero)


def _floor(objective: Objective) -> float:
    return UNIT_FLOOR if objective == "relative" else 0.0


def _groups(vocabularies: Vocabularies, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    columns = list(vocabularies.names)
    return codes[:, columns.index(GROUP)] if GROUP in columns else np.zeros(len(codes), dtype=np.int64)
