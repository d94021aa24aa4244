"""Rolling-origin evaluation: each held-out week is forecast from cutoffs before it, features rolled forward.

Row-level forecasts come out; `training.metrics` makes numbers of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import NotEnoughHistory
from shared.profile import Forecasting
from training.metrics import Gate, Metrics, judge, measure
from training.panel import Panel
from training.rows import BASELINES
from training.slot import SlotModel, fit_slot
from training.splits import rolling_origins

Bool = NDArray[np.bool_]

JUDGED = ("forecast", "lasso", "network", "historical_average", "seasonal_average")


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a slot's model did on held-out weeks.

    Attributes
    ----------
    rows : DataFrame
        ``store_id, product_id, week_start, lead, cutoff, actual``, the forecasts of `JUDGED`, ``lower, upper``.
    model : SlotModel
        The last model that made them; it has seen nothing of the weeks it forecast.
    """

    rows: pd.DataFrame
    model: SlotModel

    @property
    def metrics(self) -> Mapping[str, Metrics]:
        """Metrics of every forecaster on the same rows."""
        return {name: measure(self.rows["actual"], self.rows[name]) for name in JUDGED}

    def gate(self) -> Gate:
        """Judge the ensemble against the better baseline on the same rows."""
        found = self.metrics
        baselines = [m for m in (found[name].mape for name in BASELINES) if m is not None]
        limit = self.model.settings.gate.max_mape
        return judge(found["forecast"].mape, min(baselines, default=None), max_mape=limit)


def evaluate(
    panel: Panel, settings: Forecasting, *, series: Bool | None = None, refit_every: int | None = None
) -> Evaluation:
    """Forecast the last `evaluation_weeks` known weeks by models that have not seen them.

    Parameters
    ----------
    panel : Panel
    settings : Forecasting
    series : ndarray of bool, shape (n_series,), optional
        The slot's series; default all.
    refit_every : int, optional
        Fit the members anew after so many held-out weeks; default once, before the first.

    Raises
    ------
    NotEnoughHistory
        If too few weeks stand before the held-out ones.
    """
    chosen = np.ones(panel.n_series, dtype=bool) if series is None else series
    first, last = panel.n_known - settings.evaluation_weeks, panel.last_known
    step = refit_every or settings.evaluation_weeks
    frames, model = [], None
    for start in range(first, last + 1, step):
        model = fit_slot(panel.until(start - settings.leads[-1]), settings, series=chosen, like=model)
        frames.append(_forecast_weeks(panel, model, start, min(start + step - 1, last), chosen))
    if model is None:
        raise NotEnoughHistory(f"no weeks to hold out: {settings.evaluation_weeks=}")
    return Evaluation(rows=pd.concat(frames, ignore_index=True), model=model)


def _forecast_weeks(panel: Panel, model: SlotModel, first: int, last: int, chosen: Bool) -> pd.DataFrame:
    origins = rolling_origins(model.settings, first_week=first, last_week=last)
    live = np.stack([panel.live(int(cutoff)) for cutoff in origins.cutoff], axis=1)
    rows = np.isfinite(panel.units[:, origins.target]) & live & chosen[:, None]
    return model.forecast(panel, origins, rows)
