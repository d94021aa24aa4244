"""Fits the ensemble's members on a design, and asks them. How they are joined is in `training.models.ensemble`."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.categories import Vocabularies
from training.features.design import Design
from training.features.scene import UNIT_FLOOR
from training.models.lasso import LassoModel, LassoRows, Penalty, fit_lasso
from training.models.network import EmbeddingNetwork, NetworkRows, apply_network, fit_network
from training.models.scaling import Scaler
from training.objective import Objective, best_factor

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
        return cls(vocabularies=Vocabularies.fit(design), scaler=Scaler.fit(design.X))

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
        return self.factor * in_units(self.objective, design.level, self.lasso.predict(X, groups))


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


def fit_members(design: Design, settings: Forecasting, *, penalty: Penalty | None = None) -> Members:
    """Fit both members on rows with known demand; LASSO's penalty is chosen on left-out weeks where none is given."""
    encoder = Encoder.fit(design)
    return Members(
        features=design.features,
        encoder=encoder,
        linear=fit_linear(design, encoder, settings, penalty=penalty),
        network=fit_embeddings(design, encoder, settings),
    )


def fit_embeddings(design: Design, encoder: Encoder, settings: Forecasting) -> EmbeddingNetwork:
    """Fit the network on rows with known demand."""
    floor = UNIT_FLOOR if settings.objective == "relative" else 0.0
    examples = NetworkRows(
        X=encoder.scaler.transform(design.X), codes=encoder.vocabularies.encode(design),
        y=np.maximum(design.y, floor), level=design.level, weight=row_weights(design, settings),
    )  # fmt: skip
    return fit_network(
        examples, objective=settings.objective, cardinalities=encoder.vocabularies.cardinalities,
        epochs=settings.epochs, seed=settings.seed, settings=settings.network,
    )  # fmt: skip


def fit_linear(
    design: Design, encoder: Encoder, settings: Forecasting, *, penalty: Penalty | None = None
) -> Linear:
    """Fit LASSO; its factor is taken from training rows: there are far more weeks of them than of validation rows.

    Where zeros count there is one layer: what single products leave is noise there, which layers learn by heart.
    """
    X, groups = encoder.scaler.transform(design.X), encoder.groups(encoder.vocabularies.encode(design))
    z, weight = response(design, settings)
    product, n_leads = design.labels["product"].position, int(design.lead.max(initial=0)) + 1
    examples = LassoRows(
        X=X, z=z, weight=weight, groups=groups if settings.objective == "relative" else {},
        week=design.target, cluster=product * n_leads + design.lead,
    )  # fmt: skip
    plain = Linear(objective=settings.objective, lasso=fit_lasso(examples, penalty=penalty), factor=1.0)
    return replace(plain, factor=best_factor(settings.objective, design.y, plain.predict(design, X, groups)))


def response(design: Design, settings: Forecasting) -> tuple[Float, Float]:
    """Return what regressions are fitted to, and the rows' weights: logs where errors are relative, else ratios.

    The variance of demand that is mostly zero grows with its level, so that a ratio's falls with it.
    """
    weight = row_weights(design, settings)
    if settings.objective == "relative":
        return np.log(np.maximum(design.y, UNIT_FLOOR) / design.level), weight
    return design.y / design.level - 1.0, weight * design.level**2 / (design.level + NOISE_UNITS)


def in_units(objective: Objective, level: Float, z: Float) -> Float:
    """Return the units, >= 0, that a response of `response` stands for."""
    if objective == "relative":
        return np.asarray(level * np.exp(np.clip(z, -FURTHEST, FURTHEST)))
    return np.asarray(level * np.maximum(1.0 + z, 0.0))


def row_weights(design: Design, settings: Forecasting) -> Float:
    """Return row weights: recent rows count more, and rows without demand, whose relative error is none, a little."""
    zero = settings.zero_weight if settings.objective == "relative" else 1.0
    weight = np.where(design.y > 0, 1.0, zero)
    if settings.half_life_weeks is None:
        return weight
    age = design.target.max(initial=0) - design.target
    return np.asarray(weight * 0.5 ** (age / settings.half_life_weeks))
