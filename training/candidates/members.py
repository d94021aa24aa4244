"""The product's own models as candidates: each member of the ensemble alone, and the ensemble as it serves."""

import numpy as np
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.candidates.protocol import Forecaster, Units
from training.features.design import Design
from training.members import Encoder, fit_embeddings, fit_linear, in_units
from training.models.network import apply_network
from training.panel import Panel
from training.slot import fit_slot

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]


def fit_lasso(rows: Design, settings: Forecasting) -> Units:
    """Fit LASSO in layers, and nothing beside it: the quickest way to see what a new feature is worth."""
    encoder = Encoder.fit(rows)
    linear = fit_linear(rows, encoder, settings)

    def units(asked: Design) -> Float:
        codes = encoder.vocabularies.encode(asked)
        return linear.predict(asked, encoder.scaler.transform(asked.X), encoder.groups(codes))

    return units


def fit_network(rows: Design, settings: Forecasting) -> Units:
    """Fit the network with embeddings."""
    encoder = Encoder.fit(rows)
    network = fit_embeddings(rows, encoder, settings)

    def units(asked: Design) -> Float:
        X, codes = encoder.scaler.transform(asked.X), encoder.vocabularies.encode(asked)
        return in_units(
            "relative", asked.level, apply_network(network, X, codes)
        )  # its response is always a log

    return units


def fit_ensemble(panel: Panel, settings: Forecasting, series: Bool) -> Forecaster:
    """Fit both members and their weights, as a pipeline run does."""
    return fit_slot(panel, settings, series=series)
