"""Forecast rows as frames: keys, and the baselines beside them. The models' own forecasts are in `training.slot`."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.features.scene import Origins
from training.models.historical_average import historical_average
from training.models.seasonal_average import seasonal_average
from training.panel import Panel

Bool = NDArray[np.bool_]

FORECASTS = (
    "forecast",
    "lasso",
    "network",
    "historical_average",
    "seasonal_average",
    "lower",
    "upper",
    "order_level",
)
BASELINES = ("historical_average", "seasonal_average")


def row_keys(panel: Panel, origins: Origins, rows: Bool) -> pd.DataFrame:
    """Return ``store_id, product_id, week_start, lead, cutoff, actual`` of the rows.

    Parameters
    ----------
    rows : ndarray of bool, shape (n_series, n_origins)
        The rows wanted; sorted by series, then in the order of the origins.
    """
    series, origin = np.nonzero(rows)
    pairs, target = panel.series.iloc[series], origins.target[origin]
    return pd.DataFrame(
        {
            "store_id": pairs["store_id"].to_numpy(),
            "product_id": pairs["product_id"].to_numpy(),
            "week_start": panel.weeks[target].astype("datetime64[s]"),
            "lead": origins.lead[origin],
            "cutoff": panel.weeks[origins.cutoff[origin]].astype("datetime64[s]"),
            "actual": panel.units[series, target].astype(np.float64),
        }
    )


def baseline_forecasts(
    panel: Panel, origins: Origins, rows: Bool, settings: Forecasting
) -> Mapping[str, NDArray[np.float64]]:
    """Return both baselines' forecasts of the rows, in units."""
    return {
        "historical_average": historical_average(panel, origins)[rows],
        "seasonal_average": seasonal_average(panel, origins, seasonal_weeks=settings.seasonal_weeks)[rows],
    }


def next_rows(panel: Panel, settings: Forecasting, cutoff: int, series: Bool | None) -> tuple[Origins, Bool]:
    """Return all leads from one cutoff, and the live and new series among the chosen ones at each."""
    origins = Origins.cross([cutoff], settings.leads)
    wanted = panel.live(cutoff) if series is None else panel.live(cutoff) & series
    return origins, np.repeat(wanted[:, None], len(origins.cutoff), axis=1)
