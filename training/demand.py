"""Weekly net demand of every series as a dense array, with the gaps made explicit. Aggregating days is not here.

A series' first record starts it. From there on, a week without a record is a true zero only where the profile says
so, and only while the series is live, that is, within `active_weeks` after a record; otherwise it is unknown. That
rule looks back only, so that what is known at a cutoff does not depend on what comes later.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.profile import Completeness
from shared.profile.forecasting import Target

Weeks = NDArray[np.datetime64]

WEEK = np.timedelta64(7, "D")
USUAL_WEEKS = 8


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Units and records, shape (n_series, n_weeks); see `training.panel.Panel`."""

    units: NDArray[np.float32]
    recorded: NDArray[np.bool_]
    n_oversized: int


def week_axis(
    company_starts: Weeks, market_starts: Weeks, *, completeness: Completeness, horizon: int
) -> tuple[Weeks, int]:
    """Return consecutive weeks from the market's first shipment to the last known week and `horizon` more.

    The company's last finished week is the last known one; the market's own, where it has been silent for long.

    Parameters
    ----------
    company_starts, market_starts : ndarray of datetime64[D], shape (n_records,)
        The week of each shipment.

    Returns
    -------
    weeks, n_known
        How many of them are known.
    """
    first, last = market_starts.min(), last_finished_week(company_starts, completeness.unfinished_below)
    if last - market_starts.max() > completeness.silent_weeks * WEEK:
        last = last_finished_week(market_starts, completeness.unfinished_below)
    n_known = int((last - first) // WEEK) + 1
    return first + np.arange(n_known + horizon) * WEEK, n_known


def last_finished_week(starts: Weeks, unfinished_below: float | None) -> np.datetime64:
    """Return the last week, or the one before where the last has too few records against the weeks before it."""
    weeks, counts = np.unique(starts, return_counts=True)
    usual = np.median(counts[-1 - USUAL_WEEKS : -1]) if len(weeks) > 1 else 0.0
    unfinished = unfinished_below is not None and counts[-1] < unfinished_below * usual
    return np.datetime64(weeks[-2] if unfinished else weeks[-1])


def week_positions(dates: pd.Series, weeks: Weeks) -> NDArray[np.int64]:
    """Return each date's position on the week axis; outside it, a number below 0 or at least its length."""
    days = dates.to_numpy().astype("datetime64[D]") - weeks[0]
    return np.asarray(days // WEEK, dtype=np.int64)


def net_demand(
    records: pd.DataFrame, series: pd.DataFrame, weeks: Weeks, *, target: Target, active_weeks: int,
    observed: NDArray[np.bool_],
) -> Demand:  # fmt: skip
    """Lay the records out.

    Parameters
    ----------
    records : DataFrame
        ``week_start``, ``store_id``, ``product_id``, ``shipped``, ``returned``; keys unique.
    series : DataFrame
        ``store_id``, ``product_id`` of the rows of the result.
    weeks : ndarray of datetime64[D], shape (n_weeks,)
        Known weeks.
    observed : ndarray of bool, shape (n_weeks,)
        Weeks in which the company has any shipment; the others are unknown for all.

    Returns
    -------
    Demand
    """
    rows = pd.MultiIndex.from_frame(series[["store_id", "product_id"]]).get_indexer(
        pd.MultiIndex.from_frame(records[["store_id", "product_id"]])
    )
    columns = week_positions(records["week_start"], weeks)
    inside = (columns >= 0) & (columns < len(weeks))  # returns may be ahead of the last shipments
    rows, columns, records = rows[inside], columns[inside], records[inside]
    net = records["shipped"].to_numpy() - (
        records["returned"].to_numpy() if target.value == "net_demand" else 0.0
    )
    units = np.full((len(series), len(weeks)), np.nan, dtype=np.float32)
    units[rows, columns] = np.maximum(net, 0.0)
    recorded = np.isfinite(units)
    if target.no_shipment == "zero":
        units[~recorded & _live_gap(recorded, active_weeks)] = 0.0
    units[:, ~observed] = np.nan
    return Demand(units=units, recorded=recorded & observed, n_oversized=int(np.sum(net < 0)))


def _live_gap(recorded: NDArray[np.bool_], active_weeks: int) -> NDArray[np.bool_]:
    """Return the weeks that have a record at most `active_weeks` weeks before them."""
    position = np.arange(recorded.shape[1])
    last = np.maximum.accumulate(np.where(recorded, position, -1 - active_weeks), axis=1)
    return position - last <= active_weeks
