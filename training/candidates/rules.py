"""Candidates that are a formula: nothing is fitted. The two baselines' formulas are in `training.models`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.candidates.protocol import Fit, Forecaster, beside_baselines
from training.features.scene import Origins
from training.models.historical_average import historical_average
from training.models.seasonal_average import seasonal_average
from training.panel import Panel

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Formula = Callable[[Panel, Origins, Forecasting], Float]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Forecasts by a formula over all series and origins, shape (n_series, n_origins)."""

    settings: Forecasting
    formula: Formula

    def forecast(self, panel: Panel, origins: Origins, rows: Bool) -> pd.DataFrame:
        """Return the rows' forecasts, see `training.candidates.protocol.Forecaster`."""
        units = self.formula(panel, origins, self.settings)[rows]
        return beside_baselines(panel, origins, rows, self.settings, units)


def by_rule(formula: Formula) -> Fit:
    """Make a candidate of a formula."""

    def fit(panel: Panel, settings: Forecasting, series: Bool) -> Forecaster:
        return Rule(settings=settings, formula=formula)

    return fit


def mean_of_history(panel: Panel, origins: Origins, settings: Forecasting) -> Float:
    """Return the historical average."""
    return historical_average(panel, origins)


def mean_of_seasons(panel: Panel, origins: Origins, settings: Forecasting) -> Float:
    """Return the seasonal average."""
    return seasonal_average(panel, origins, seasonal_weeks=settings.seasonal_weeks)


def last_season(panel: Panel, origins: Origins, settings: Forecasting) -> Float:
    """Return the units of the same week one season ago, or of the last season that ends before the cutoff.

    Where that week is unknown: the historical average.
    """
    seasons = -(-origins.lead // settings.seasonal_weeks)
    week = origins.target - seasons * settings.seasonal_weeks
    then = np.where(week >= 0, panel.units[:, np.maximum(week, 0)], np.nan)
    return np.where(np.isfinite(then), then, historical_average(panel, origins))
