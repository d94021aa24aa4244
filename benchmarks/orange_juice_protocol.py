"""The orange-juice protocol: twelve rounds, their cutoffs, the files and the score. No model and no feature is here.

Weeks are the numbers of the data (week 1 starts 1989-09-14). The last week L places the rounds, so the same
protocol runs on any stretch of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shared.errors import ShelfcastError

FIRST_WEEK = 40
N_ROUNDS = 12
GAP_WEEKS = 1
HORIZON_WEEKS = 2
BRANDS = tuple(range(1, 12))
SALES_FILE = "yx.csv.gz"
PLAIN_SALES_FILE = "yx.csv"
STORES_FILE = "storedemo.csv"
SUBMISSION_COLUMNS = ["round", "store", "brand", "week", "weeks_ahead", "prediction"]


class DataMissing(ShelfcastError):
    """The folder does not hold the orange-juice files."""


class HistoryTooShort(ShelfcastError):
    """The data do not reach far enough for the rounds that the last week asks for."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One forecast origin: sales are known up to `cutoff`, promotions up to the last of `targets`."""

    number: int
    cutoff: int

    @property
    def targets(self) -> tuple[int, ...]:
        """The weeks to forecast, after the gap."""
        first = self.cutoff + GAP_WEEKS + 1
        return tuple(range(first, first + HORIZON_WEEKS))


def rounds(last_week: int) -> tuple[Round, ...]:
    """Return the rounds whose last target is the last week.

    Parameters
    ----------
    last_week : int
        Number of the last week that is scored.

    Raises
    ------
    HistoryTooShort
        If the first round would have less than half a year of history.
    """
    first = last_week - GAP_WEEKS - HORIZON_WEEKS * N_ROUNDS
    if first < FIRST_WEEK + 26:
        raise HistoryTooShort(
            f"round 1 would end its training in week {first}; 26 weeks of history need {last_week=} to be "
            f"{FIRST_WEEK + 26 + GAP_WEEKS + HORIZON_WEEKS * N_ROUNDS} or later"
        )
    return tuple(Round(number=i + 1, cutoff=first + HORIZON_WEEKS * i) for i in range(N_ROUNDS))


def last_scored_week(sales: pd.DataFrame, asked: int | None) -> int:
    """Return the week asked for, or the last of the data; raises HistoryTooShort where the data end before it."""
    last = int(sales["week"].max())
    if asked is not None and asked > last:
        raise HistoryTooShort(f"week {asked} was asked for, but the data end with week {last}")
    return last if asked is None else asked


def sales_file(data: Path) -> Path:
    """Return the sales file, packed or plain; raises DataMissing, with the remedy, unless both files are there."""
    packed, plain = data / SALES_FILE, data / PLAIN_SALES_FILE
    found = plain if plain.is_file() else packed
    absent = [path.name for path in (found, data / STORES_FILE) if not path.is_file()]
    if absent:
        raise DataMissing(
            f"{data} has no {' and no '.join(absent)}. Give the folder that holds the orange-juice files: "
            "--data FOLDER, or make benchmark-oj OJ=FOLDER"
        )
    return found


def read_sales(data: Path) -> pd.DataFrame:
    """Read the sales file.

    Returns
    -------
    DataFrame
        Columns store, brand, week, units (rounded), price (of the row's brand), price1..price11, deal, feat.
    """
    raw = pd.read_csv(sales_file(data))
    prices = raw[[f"price{brand}" for brand in BRANDS]].to_numpy()
    own = prices[np.arange(len(raw)), raw["brand"].to_numpy() - 1]
    return raw.drop(columns=["logmove", "constant", "profit"]).assign(
        units=np.round(np.exp(raw["logmove"])), price=own
    )


def absolute_relative_errors(predictions: pd.DataFrame, sales: pd.DataFrame, column: str) -> pd.DataFrame:
    """Join predictions to the rows that exist and measure abs(prediction - units) / units.

    Parameters
    ----------
    predictions : DataFrame
        Columns round, store, brand, week and `column`, in units.
    sales : DataFrame
        Columns store, brand, week, units.

    Returns
    -------
    DataFrame
        Columns round, week, error (a fraction), one row per existing store, brand and week.
    """
    joined = predictions.merge(sales[["store", "brand", "week", "units"]], on=["store", "brand", "week"])
    error = (joined[column] - joined["units"]).abs() / joined["units"]
    return joined[["round", "week"]].assign(error=error)


def mape(predictions: pd.DataFrame, sales: pd.DataFrame, column: str = "prediction") -> float:
    """Return the MAPE in percent, pooled over all rows that exist in all rounds."""
    return float(100 * absolute_relative_errors(predictions, sales, column)["error"].mean())


def mape_by_round(
    predictions: pd.DataFrame, sales: pd.DataFrame, columns: Mapping[str, str]
) -> list[dict[str, float]]:
    """Return one mapping per round: its number, and under each name the MAPE in percent of that column."""
    parts = {
        name: absolute_relative_errors(predictions, sales, column).groupby("round")["error"].mean()
        for name, column in columns.items()
    }
    numbers = sorted(predictions["round"].unique())
    return [
        {"round": int(n), **{name: float(100 * part.loc[n]) for name, part in parts.items()}} for n in numbers
    ]


def geometric_mean(sales: pd.DataFrame) -> pd.DataFrame:
    """Return the published mean forecast: ``store, brand, mean_forecast``, the exponential of the mean of log units."""
    logs = sales.assign(mean_forecast=np.log(np.maximum(sales["units"], 1.0)))
    means = logs.groupby(["store", "brand"], as_index=False)["mean_forecast"].mean()
    return means.assign(mean_forecast=np.exp(means["mean_forecast"]))
