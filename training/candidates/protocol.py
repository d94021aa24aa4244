"""What a candidate is: it is fitted on the past of a slot, and forecasts rows.

    fit       panel as it stood at the cutoff, settings, the slot's series -> forecaster
    forecast  panel, origins, rows -> frame of keys, actual, forecast and both baselines

Most candidates look at nothing but the design matrix; for those, `on_design` needs one function from training rows to
a function from rows to units.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import NotEnoughHistory
from shared.profile import Forecasting
from training.features.design import Design, design, geometric
from training.features.scene import Origins
from training.panel import Panel
from training.rows import baseline_forecasts, row_keys
from training.slot import known_rows
from training.splits import FIRST_CUTOFF, training_origins

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]


class Forecaster(Protocol):
    """A fitted candidate; `training.slot.SlotModel` is one."""

    def forecast(self, panel: Panel, origins: Origins, rows: Bool) -> pd.DataFrame:
        """Return ``store_id, product_id, week_start, lead, cutoff, actual, forecast`` and both baselines.

        Parameters
        ----------
        rows : ndarray of bool, shape (n_series, n_origins)
            The rows wanted; nothing after an origin's cutoff may be looked at but what is known in advance.
        """
        ...


Fit = Callable[[Panel, Forecasting, Bool], Forecaster]
Units = Callable[[Design], Float]
FitDesign = Callable[[Design, Forecasting], Units]


@dataclass(frozen=True, kw_only=True)
class OfDesign:
    """Forecasts from features alone."""

    settings: Forecasting
    units: Units

    def forecast(self, panel: Panel, origins: Origins, rows: Bool) -> pd.DataFrame:
        """Return the rows' forecasts, see `Forecaster`."""
        asked = design(panel, origins, geometric=geometric(self.settings), rows=rows)
        return beside_baselines(panel, origins, rows, self.settings, self.units(asked))


def on_design(fit: FitDesign) -> Fit:
    """Make a candidate of a function that is fitted on the design of a slot's known rows."""

    def fit_slot(panel: Panel, settings: Forecasting, series: Bool) -> Forecaster:
        return OfDesign(settings=settings, units=fit(training_rows(panel, settings, series), settings))

    return fit_slot


def training_rows(panel: Panel, settings: Forecasting, series: Bool) -> Design:
    """Return the rows that a slot's members are fitted on.

    Raises
    ------
    NotEnoughHistory
        If there are fewer than `minimum_weeks` weeks, or hardly any rows with demand.
    """
    last = panel.last_known
    if last + 1 < settings.minimum_weeks:
        raise NotEnoughHistory(f"{last + 1} weeks known, {settings.minimum_weeks=} needed")
    first = FIRST_CUTOFF + settings.leads[0]
    origins = training_origins(settings, first_week=first, last_week=last, n_series=int(series.sum()))
    return known_rows(panel, settings, origins, series)


def beside_baselines(
    panel: Panel, origins: Origins, rows: Bool, settings: Forecasting, forecast: Float
) -> pd.DataFrame:
    """Put forecasts, shape (n_rows,) in units, beside the rows' keys, actual demand and baselines."""
    baselines = baseline_forecasts(panel, origins, rows, settings)
    return row_keys(panel, origins, rows).assign(forecast=forecast, **baselines)
