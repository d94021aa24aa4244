"""The model of one slot: fitted up to a cutoff, asked for the weeks after it.

Reading tables, judging models and storing them are in `training.dataset`, `training.evaluation` and
`training.bundle`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import BundleRefused, NotEnoughHistory
from shared.profile import Forecasting
from training.features.design import Design, design, geometric
from training.features.scene import Origins
from training.members import Members, fit_members
from training.models.ensemble import Ensemble, fit_ensemble
from training.models.lasso import Penalty
from training.panel import Panel
from training.rows import baseline_forecasts, next_rows, row_keys
from training.splits import FIRST_CUTOFF, split, training_origins

Bool = NDArray[np.bool_]

MINIMUM_ROWS = 50
MINIMUM_VALIDATION_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class SlotModel:
    """A fitted slot.

    Attributes
    ----------
    settings : Forecasting
        As it was fitted with.
    members : Members
    ensemble : Ensemble
    trained_until : str
        First day of the last week whose demand it has seen.
    n_rows : int
        Rows that the members were fitted on.
    """

    settings: Forecasting
    members: Members
    ensemble: Ensemble
    trained_until: str
    n_rows: int

    def predict(self, panel: Panel, cutoff: int, *, series: Bool | None = None) -> pd.DataFrame:
        """Forecast all leads of the live and the new series.

        Parameters
        ----------
        panel : Panel
        cutoff : int
            Position of the last week whose demand may be known.
        series : ndarray of bool, shape (n_series,), optional
            The slot's series; default all.

        Returns
        -------
        DataFrame
            ``store_id, product_id, week_start, lead``, and `training.rows.FORECASTS` in units, >= 0, with
            lower <= upper.

        Raises
        ------
        BundleRefused
            If the panel has other features than the model.
        """
        origins, rows = next_rows(panel, self.settings, cutoff, series)
        return self.forecast(panel, origins, rows).drop(columns=["cutoff", "actual"])

    def forecast(self, panel: Panel, origins: Origins, rows: Bool) -> pd.DataFrame:
        """Forecast chosen rows, shape (n_series, n_origins), with ``cutoff`` and ``actual`` beside the forecasts."""
        asked = design(panel, origins, geometric=geometric(self.settings), rows=rows)
        if asked.features != self.members.features:
            raise BundleRefused(_difference(asked.features, self.members.features))
        lasso, network = self.members.predict(asked)
        forecast = self.ensemble.combine(lasso, network)
        baselines = baseline_forecasts(panel, origins, rows, self.settings)
        return row_keys(panel, origins, rows).assign(
            forecast=forecast, lasso=lasso, network=network, **baselines,
            lower=forecast * self.ensemble.lower, upper=forecast * self.ensemble.upper,
            order_level=forecast * self.ensemble.order,
        )  # fmt: skip


def fit_slot(
    panel: Panel, settings: Forecasting, *, cutoff: int | None = None, series: Bool | None = None,
    like: SlotModel | None = None,
) -> SlotModel:  # fmt: skip
    """Fit a slot's members and ensemble on what is known at the cutoff.

    Weights and calibration are chosen on the last validation weeks by members that have not seen them; then the
    members are fitted again on all weeks.

    Parameters
    ----------
    panel : Panel
    settings : Forecasting
    cutoff : int, optional
        Position of the last week that may be used; default the last one known.
    series : ndarray of bool, shape (n_series,), optional
        The slot's series; default all.
    like : SlotModel, optional
        Take weights, calibration and penalty from this earlier model of the slot instead of choosing them anew.

    Raises
    ------
    NotEnoughHistory
        If there are fewer than `minimum_weeks` weeks, or hardly any rows with demand.
    """
    last = panel.last_known if cutoff is None else cutoff
    chosen = np.ones(panel.n_series, dtype=bool) if series is None else series
    if last + 1 < settings.minimum_weeks:
        raise NotEnoughHistory(f"{last + 1} weeks known, {settings.minimum_weeks=} needed")
    ensemble, penalty = (
        _choose(panel, settings, last, chosen)
        if like is None
        else (like.ensemble, like.members.linear.lasso.penalty)
    )
    origins = training_origins(
        settings, first_week=FIRST_CUTOFF + settings.leads[0], last_week=last, n_series=int(chosen.sum())
    )
    rows = known_rows(panel, settings, origins, chosen)
    members = fit_members(rows, settings, penalty=penalty)
    return SlotModel(
        settings=settings,
        members=members,
        ensemble=ensemble,
        trained_until=str(panel.weeks[last]),
        n_rows=rows.n_rows,
    )


def _choose(panel: Panel, settings: Forecasting, last: int, chosen: Bool) -> tuple[Ensemble, Penalty]:
    """Choose weights and calibration on the validation weeks, and LASSO's penalty on blocks of the weeks before."""
    parts = split(settings, cutoff=last, n_series=int(chosen.sum()))
    training = known_rows(panel, settings, parts.training, chosen)
    validation = known_rows(panel, settings, parts.validation, chosen, minimum=MINIMUM_VALIDATION_ROWS)
    members = fit_members(training, settings)
    lasso, network = members.predict(validation)
    return fit_ensemble(
        settings.objective, validation.y, lasso, network, validation.target,
        coverage=settings.interval, service=settings.ordering.service_level,
    ), members.linear.lasso.penalty  # fmt: skip


def known_rows(
    panel: Panel, settings: Forecasting, origins: Origins, chosen: Bool, *, minimum: int = MINIMUM_ROWS
) -> Design:
    """Return the design of the chosen series' rows whose demand is known.

    Raises
    ------
    NotEnoughHistory
        If fewer than `minimum` of them have demand.
    """
    units = panel.units[:, origins.target]
    rows = np.isfinite(units) & chosen[:, None]
    n_rows = int((rows & (units > 0)).sum())
    if n_rows < minimum:
        raise NotEnoughHistory(f"{n_rows} rows with demand, {minimum} needed")
    return design(panel, origins, geometric=geometric(settings), rows=rows)


def _difference(asked: tuple[str, ...], fitted: tuple[str, ...]) -> str:
    more, less = sorted(set(asked) - set(fitted)), sorted(set(fitted) - set(asked))
    return f"the model was fitted on other features; not in the model: {more}, not in the data: {less}"
