"""Forecasts of a slot that has no model: the historical average serves."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.features.scene import Origins
from training.panel import Panel
from training.rows import FORECASTS, baseline_forecasts, next_rows, row_keys

Bool = NDArray[np.bool_]


def predict_baseline(
    panel: Panel, settings: Forecasting, cutoff: int, *, series: Bool | None = None
) -> pd.DataFrame:
    """Forecast all leads of the live and the new series by the historical average.

    Parameters and result are those of `training.slot.SlotModel.predict`; members and bounds are NaN.
    """
    origins, rows = next_rows(panel, settings, cutoff, series)
    return baseline_rows(panel, settings, origins, rows).drop(columns=["cutoff", "actual"])


def baseline_rows(panel: Panel, settings: Forecasting, origins: Origins, rows: Bool) -> pd.DataFrame:
    """Forecast chosen rows, shape (n_series, n_origins), with ``cutoff`` and ``actual`` beside the forecasts."""
    baselines = baseline_forecasts(panel, origins, rows, settings)
    empty = row_keys(panel, origins, rows).assign(**dict.fromkeys(FORECASTS, np.nan))
    return empty.assign(**baselines, forecast=baselines["historical_average"])
