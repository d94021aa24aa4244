"""The peer: LightGBM with the settings and features published for the orange-juice benchmark.

Settings and features are those of Microsoft's forecasting best practices (retail, LightGBM, multi-round example):
sales lagged 2 to 19 weeks, their mean over 40 weeks, store, brand, week, week of month, month, deal, feature,
price and its ratio to the mean price of the store's brands; gaps filled forward, then backward. Nothing of
Shelfcast's own features or models is here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import lightgbm
import numpy as np
import pandas as pd

from benchmarks.orange_juice_protocol import BRANDS, FIRST_WEEK, Round

SETTINGS = {
    "objective": "mape",
    "num_leaves": 124,
    "min_data_in_leaf": 340,
    "learning_rate": 0.1,
    "feature_fraction": 0.65,
    "bagging_fraction": 0.87,
    "bagging_freq": 19,
    "verbosity": -1,
}
TREES = 940
LAGS = range(2, 20)
WINDOW_WEEKS = 40
CATEGORICAL = ["store", "brand", "deal"]
KNOWN = ["store", "brand", "week", "week_of_month", "month", "deal", "feat", "price", "price_ratio"]
WEEK_ONE = date(1989, 9, 14)


@dataclass(frozen=True, kw_only=True)
class PeerSettings:
    """What a run may choose: the seed, the threads and the number of trees."""

    seed: int = 1
    threads: int = 1
    trees: int = TREES


def forecast_round(sales: pd.DataFrame, origin: Round, settings: PeerSettings) -> pd.DataFrame:
    """Fit on the weeks up to the cutoff and forecast the round's targets.

    Parameters
    ----------
    sales : DataFrame
        As orange_juice_protocol.read_sales returns it; units after the cutoff are not looked at.

    Returns
    -------
    DataFrame
        Columns round, store, brand, week, weeks_ahead, prediction.
    """
    table = build_features(sales, origin)
    names = [column for column in table.columns if column != "units"]
    train = table[table["week"] <= origin.cutoff].dropna()
    data = lightgbm.Dataset(train[names], label=train["units"], categorical_feature=CATEGORICAL)
    params = {**SETTINGS, "seed": settings.seed, "num_threads": settings.threads}
    model = lightgbm.train(params, data, num_boost_round=settings.trees)
    test = table[table["week"].isin(origin.targets)]
    return test[["store", "brand", "week"]].assign(
        round=origin.number,
        weeks_ahead=test["week"] - origin.cutoff,
        prediction=np.asarray(model.predict(test[names])),
    )


def build_features(sales: pd.DataFrame, origin: Round) -> pd.DataFrame:
    """Return one row per store, brand and week up to the last target, with the published features and the units."""
    grid = _filled_grid(sales, origin)
    units = grid.groupby(["store", "brand"], sort=False)["units"]
    lagged = {f"units_lag{lag}": units.shift(lag) for lag in LAGS}
    mean = units.transform(lambda s: s.shift(LAGS[0]).rolling(WINDOW_WEEKS, min_periods=1).mean())
    return grid[[*KNOWN, "units"]].assign(**lagged, units_mean=mean)


def _filled_grid(sales: pd.DataFrame, origin: Round) -> pd.DataFrame:
    weeks = range(FIRST_WEEK, origin.targets[-1] + 1)
    pairs = sales[sales["week"] <= origin.cutoff][["store", "brand"]].drop_duplicates()
    grid = pairs.merge(pd.DataFrame({"week": weeks}), how="cross").sort_values(["store", "brand", "week"])
    known = sales.assign(
        units=sales["units"].where(sales["week"] <= origin.cutoff),
        price_ratio=sales["price"] / sales[[f"price{brand}" for brand in BRANDS]].mean(axis=1),
    )
    columns = ["store", "brand", "week", "units", "price", "price_ratio", "deal", "feat"]
    grid = grid.merge(known[columns], how="left", on=["store", "brand", "week"])
    groups = grid.groupby(["store", "brand"], sort=False)
    filled = groups[columns[3:]].ffill()
    filled = filled.groupby([grid["store"], grid["brand"]], sort=False).bfill()
    return grid.assign(**{c: filled[c] for c in filled.columns}, **_calendar(grid["week"]))


def _calendar(week: pd.Series) -> dict[str, pd.Series]:
    starts = {w: WEEK_ONE + timedelta(weeks=int(w) - 1) for w in week.unique()}
    return {
        "month": week.map({w: start.month for w, start in starts.items()}),
        "week_of_month": week.map({w: _week_of_month(start) for w, start in starts.items()}),
    }


def _week_of_month(day: date) -> int:
    return ceil((day.day + day.replace(day=1).weekday()) / 7)
