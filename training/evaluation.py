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
from training.baseline import baseline_rows
from training.features.scene import Origins
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
    weeks = held_out(panel, settings)
    step = refit_every or len(weeks)
    frames, model = [], None
    for start in weeks[::step]:
        model = fit_slot(panel.until(start - settings.leads[-1]), settings, series=chosen, like=model)
        origins, rows = holdout_rows(panel, settings, range(start, min(start + step, weeks.stop)), chosen)
        frames.append(model.forecast(panel, origins, rows))
    assert model is not None
    return Evaluation(rows=pd.concat(frames, ignore_index=True), model=model)


def fit_holdout(panel: Panel, settings: Forecasting, *, series: Bool) -> SlotModel:
    """Fit a slot on what was known before its held-out weeks; raises as `fit_slot` does."""
    return fit_slot(
        panel.until(held_out(panel, settings).start - settings.leads[-1]), settings, series=series
    )


def forecast_holdout(
    panel: Panel, settings: Forecasting, *, model: SlotModel | None, series: Bool
) -> pd.DataFrame:
    """Forecast the held-out weeks by a model from `fit_holdout`, or by the historical average where there is none.

    Returns
    -------
    DataFrame
        As `Evaluation.rows`.
    """
    origins, rows = holdout_rows(panel, settings, held_out(panel, settings), series)
    if model is None:
        return baseline_rows(panel, settings, origins, rows)
    return model.forecast(panel, origins, rows)


def held_out(panel: Panel, settings: Forecasting) -> range:
    """Return the positions of the held-out weeks.

    Raises
    ------
    NotEnoughHistory
        If no week stands before them.
    """
    first = panel.n_known - settings.evaluation_weeks
    if first <= settings.leads[-1]:
        raise NotEnoughHistory(
            f"{panel.n_known} weeks known, too few to hold {settings.evaluation_weeks=} out"
        )
    return range(first, panel.n_known)


def holdout_rows(panel: Panel, settings: Forecasting, weeks: range, series: Bool) -> tuple[Origins, Bool]:
    """Return the origins that reach those weeks, and the series live at each whose demand became known."""
    origins = rolling_origins(settings, first_week=weeks.start, last_week=weeks.stop - 1)
    live = np.stack([panel.live(int(cutoff)) for cutoff in origins.cutoff], axis=1)
    return origins, np.isfinite(panel.units[:, origins.target]) & live & series[:, None]
