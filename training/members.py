"""Fits the ensemble's members on a design, and asks them. How they are joined is in `training.models.ensemble`."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.categories import Vocabularies
from training.features.design import Design
from training.features.scene import UNIT_FLOOR
from training.models.lasso import ALPHAS, LassoModel, LassoRows
from training.models.network import EmbeddingNetwork, Examples, apply_network, fit_network
from training.models.scaling import Scaler
from training.objective import Objective, best_factor, mean_error

Float = NDArray[np.float64]
Index = NDArray[np.int64]

LAYERS = ("category", "product")
FURTHEST = 4.0
NOISE_UNITS = 0.3


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """What turns a design into numbers: vocabularies and scaling, fitted on training rows."""

    vocabularies: Vocabularies
    scaler: Scaler

    @classmethod
    def fit(cls, design: Design) -> "Encoder":
        """Learn from training rows."""
        return cls(vocabularies=Vocabularies.fit(design), scaler=Scaler.fit(design.X, design.target))

    def groups(self, codes: Index) -> dict[str, Index]:
        """Return the codes of LASSO's layers, the coarser first."""
        columns = list(self.vocabularies.names)
        return {name: codes[:, columns.index(name)] for name in LAYERS if name in columns}


@dataclass(frozen=True, kw_only=True)
class Linear:
    """LASSO, and the factor that moves its forecast to the objective's best point."""

    objective: Objective
    lasso: LassoModel
    factor: float

    def predict(self, design: Design, X: NDArray[np.float32], groups: dict[str, Index]) -> Float:
        """Return units, shape (n_rows,)."""
        z = self.lasso.predict(X, groups)
        if self.objective == "relative":
            return self.factor * design.level * np.exp(np.clip(z, -FURTHEST, FURTHEST))
        return self.factor * design.level * np.maximum(1.0 + z, 0.0)


@dataclass(frozen=True, kw_only=True)
class Members:
    """LASSO and network with the encoder they were fitted with."""

    features: tuple[str, ...]
    encoder: Encoder
    linear: Linear
    network: EmbeddingNetwork

    def predict(self, design: Design) -> tuple[Float, Float]:
        """Return the forecasts of LASSO and of the network in units, >= 0, each of shape (n_rows,)."""
        X, codes = self.encoder.scaler.transform(design.X), self.encoder.vocabularies.encode(design)
        first = self.linear.predict(design, X, self.encoder.groups(codes))
        z = np.clip(apply_network(self.network, X, codes), -FURTHEST, FURTHEST)
        return first, design.level * np.exp(z)


def fit_members(design: Design, settings: Forecasting, *, alpha: float) -> Members:
    """Fit both members on rows with known demand."""
    encoder = Encoder.fit(design)
    X, codes, weight = (
        encoder.scaler.transform(design.X),
        encoder.vocabularies.encode(design),
        _weights(design, settings),
    )
    lasso = _lasso_rows(design, settings, X, encoder.groups(codes)).fit(alpha)
    floor = UNIT_FLOOR if settings.objective == "relative" else 0.0
    network = fit_network(
        Examples(X=X, codes=codes, y=np.maximum(design.y, floor), level=design.level, weight=weight),
        objective=settings.objective, cardinalities=encoder.vocabularies.cardinalities, epochs=settings.epochs,
        seed=settings.seed, settings=settings.network,
    )  # fmt: skip
    linear = _calibrated(settings.objective, lasso, design, X, encoder.groups(codes))
    return Members(features=design.features, encoder=encoder, linear=linear, network=network)


def choose_alpha(training: Design, validation: Design, settings: Forecasting) -> float:
    """Return the alpha whose LASSO, fitted on training rows, errs least on the later validation rows."""
    encoder = Encoder.fit(training)
    X, later = encoder.scaler.transform(training.X), encoder.scaler.transform(validation.X)
    groups = encoder.groups(encoder.vocabularies.encode(training))
    later_groups = encoder.groups(encoder.vocabularies.encode(validation))
    rows = _lasso_rows(training, settings, X, groups)
    errors = []
    for alpha in ALPHAS:
        linear = _calibrated(settings.objective, rows.fit(alpha), training, X, groups)
        errors.append(
            mean_error(settings.objective, validation.y, linear.predict(validation, later, later_groups))
        )
    return ALPHAS[int(np.argmin(errors))]


def _calibrated(
    objective: Objective, lasso: LassoModel, design: Design, X: NDArray[np.float32], groups: dict[str, Index]
) -> Linear:
    """Take the factor from training rows: there are far more weeks of them than of validation rows."""
    plain = Linear(objective=objective, lasso=lasso, factor=1.0)
    return replace(plain, factor=best_factor(objective, design.y, plain.predict(design, X, groups)))


def _lasso_rows(
    design: Design, settings: Forecasting, X: NDArray[np.float32], groups: dict[str, Index]
) -> LassoRows:
    """Return LASSO's rows: logs where errors are relative; else ratios to the level, in one layer.

    The variance of demand that is mostly zero grows with its level, so that a ratio's falls with it. What single
    products leave is noise there: layers only learn it by heart.
    """
    weight = _weights(design, settings)
    if settings.objective == "relative":
        return LassoRows.of(X, np.log(np.maximum(design.y, UNIT_FLOOR) / design.level), weight, groups)
    z, weight = design.y / design.level - 1.0, weight * design.level**2 / (design.level + NOISE_UNITS)
    spread = float(np.sqrt(np.average((z - np.average(z, weights=weight)) ** 2, weights=weight)))
    return LassoRows.of(X, z, weight, {}, spread=spread)


def _weights(design: Design, settings: Forecasting) -> Float:
    """Return row weights: recent rows count more, and rows without demand, whose relative error is none, a little."""
    zero = settings.zero_weight if settings.objective == "relative" else 1.0
    weight = np.where(design.y > 0, 1.0, zero)
    if settings.half_life_weeks is None:
        return weight
    age = design.target.max(initial=0) - design.target
    return np.asarray(weight * 0.5 ** (age / settings.half_life_weeks))
