"""Weather of a cell's zip codes by week: as observed, as forecast at each cutoff, and as usual for the season.

    observed   (n_measures, n_zips, n_weeks)              mean of the week's days
    issued     (n_measures, n_zips, n_weeks, n_ahead)     per cutoff week and day ahead of its end

No forecast issued after a cutoff's last day reaches a feature at that cutoff. How weather becomes features is not here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.dataset import Tables
from training.demand import Weeks, week_positions
from training.windows import Running

Float = NDArray[np.float32]
Index = NDArray[np.int64]

MEASURES = ("temperature_min_c", "temperature_max_c", "precipitation_mm", "snowfall_mm")
DAYS = 7
WEEKS_PER_YEAR = 365.2425 / 7
MAX_DAYS_AHEAD = 210


@dataclass(frozen=True, kw_only=True)
class Weather:
    """See the module; `zip_of_store` is -1 where a store's zip code has no weather."""

    zip_of_store: Index
    observed: Float
    issued: Float | None

    def forecast(self, cutoff: Index, lead: Index) -> tuple[Float, Float]:
        """Return the weekly means that were forecast at the cutoff's end for `lead` weeks later.

        Parameters
        ----------
        cutoff, lead : ndarray of int, shape (n_origins,)

        Returns
        -------
        values : ndarray, shape (n_measures, n_zips, n_origins)
            NaN where no forecast reaches.
        coverage : ndarray, shape (n_zips, n_origins)
            Share of the week's days that it reaches.
        """
        shape = (len(MEASURES), self.observed.shape[1], len(cutoff))
        if self.issued is None:
            return np.full(shape, np.nan, dtype=np.float32), np.zeros(shape[1:], dtype=np.float32)
        ahead = (lead[:, None] - 1) * DAYS + np.arange(DAYS)
        reach = self.issued.shape[-1]
        days = self.issued[:, :, cutoff[:, None], np.minimum(ahead, reach - 1)]
        days = np.where(ahead < reach, days, np.nan)
        present = np.isfinite(days)
        total = np.where(present, days, 0.0).sum(axis=-1)
        with np.errstate(invalid="ignore"):
            values = total / present.sum(axis=-1)
        return values.astype(np.float32), present.any(axis=0).mean(axis=-1).astype(np.float32)

    def usual(self, cutoff: Index, target: Index) -> Float:
        """Return the mean of the same weeks (+-1) of earlier years, as observed up to the cutoff; NaN where none.

        Returns
        -------
        ndarray, shape (n_measures, n_zips, n_origins)
        """
        running = Running(self.observed)
        total, count = np.zeros((2, *self.observed.shape[:2], len(cutoff)))
        for year in range(1, int(self.observed.shape[-1] / WEEKS_PER_YEAR) + 2):
            centre = target - round(year * WEEKS_PER_YEAR)
            more, n = running.total(np.minimum(centre + 1, cutoff), centre - 2)
            total, count = total + more, count + n
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0).astype(np.float32)


def weather(tables: Tables, stores: pd.DataFrame, weeks: Weeks) -> Weather | None:
    """Lay the weather of the stores' zip codes out; None where the client has none for them."""
    if tables.weather_history is None:
        return None
    zips = pd.Index(
        sorted(set(stores["zip_code"].dropna()) & set(tables.weather_history["zip_code"].unique()))
    )
    if zips.empty:
        return None
    issued = None if tables.weather_forecast is None else _issued(tables.weather_forecast, zips, weeks)
    return Weather(
        zip_of_store=np.asarray(zips.get_indexer(pd.Index(stores["zip_code"])), dtype=np.int64),
        observed=_observed(tables.weather_history, zips, weeks),
        issued=issued,
    )


def _observed(history: pd.DataFrame, zips: pd.Index, weeks: Weeks) -> Float:
    row, column = (
        zips.get_indexer(pd.Index(history["zip_code"].astype("str"))),
        week_positions(history["date"], weeks),
    )
    inside = (row >= 0) & (column >= 0) & (column < len(weeks))
    measured = history.loc[inside, list(MEASURES)]
    means = measured.groupby([row[inside], column[inside]]).mean()
    result = np.full((len(MEASURES), len(zips), len(weeks)), np.nan, dtype=np.float32)
    at = means.index.get_level_values(0), means.index.get_level_values(1)
    result[:, at[0], at[1]] = means.to_numpy(dtype=np.float32).T
    return result


def _issued(forecasts: pd.DataFrame, zips: pd.Index, weeks: Weeks) -> Float | None:
    """Keep, per cutoff week, what its last issues say of the days after its end, then fill gaps from older issues."""
    row = zips.get_indexer(pd.Index(forecasts["zip_code"].astype("str")))
    issue_day = forecasts["issued_at"].dt.tz_localize(None).dt.floor("D")
    cutoff = week_positions(issue_day, weeks)
    day = forecasts["date"].to_numpy().astype("datetime64[D]")
    ahead = ((day - weeks[0]) // np.timedelta64(1, "D")).astype(np.int64) - (cutoff + 1) * DAYS
    inside = (row >= 0) & (cutoff >= 0) & (cutoff < len(weeks)) & (ahead >= 0) & (ahead < MAX_DAYS_AHEAD)
    if not inside.any():
        return None
    kept = np.flatnonzero(inside)[np.argsort(forecasts["issued_at"].to_numpy()[inside], kind="stable")]
    values = np.full(
        (len(MEASURES), len(zips), len(weeks), int(ahead[kept].max()) + 1), np.nan, dtype=np.float32
    )
    values[:, row[kept], cutoff[kept], ahead[kept]] = (
        forecasts[list(MEASURES)].to_numpy(dtype=np.float32)[kept].T
    )
    return _fill_from_older_issues(values)


def _fill_from_older_issues(values: Float) -> Float:
    filled = values.copy()
    for age in range(1, values.shape[-1] // DAYS + 1):
        older = np.full_like(values, np.nan)
        n_ahead = values.shape[-1] - age * DAYS
        older[:, :, age:, :n_ahead] = values[:, :, : values.shape[2] - age, age * DAYS :]
        filled = np.where(np.isfinite(filled), filled, older)
    return filled
