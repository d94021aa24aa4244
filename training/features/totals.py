"""Totals of the store, the product, the category and the cell: how they run now, and their season.

Where single series are mostly zero, sums are not. This family is there for objectives in which zeros count, and empty
under the relative one, whose levels of groups are in `training.features.levels`.
"""

import numpy as np
from numpy.typing import NDArray

from training.decay import decayed_mean
from training.features.scene import Columns, Scene
from training.weather import WEEKS_PER_YEAR

Float = NDArray[np.float32]
Index = NDArray[np.int64]

SHORT_HALF_LIVES = (1, 4, 13)
LONG_HALF_LIFE = 52
LEAST_SHARE = 0.05
SEASON_PRIOR = 0.5


def total_columns(scene: Scene) -> Columns:
    """Return per group: recent totals against the long level (logs), share of pairs with orders, seasonal index."""
    if scene.geometric:
        return {}
    columns: Columns = {}
    for name, group in _groups(scene).items():
        columns |= {f"{name}_{k}": v[group] for k, v in _columns_of(scene, group).items()}
    return columns


def _groups(scene: Scene) -> dict[str, Index]:
    panel = scene.panel
    category = (
        panel.products["category"].astype("category").cat.codes.to_numpy()[panel.product].astype(np.int64)
    )
    return {
        "store_total": panel.store,
        "product_total": panel.product,
        "category_total": category,
        "cell_total": np.zeros_like(panel.store),
    }


def _columns_of(scene: Scene, group: Index) -> Columns:
    """Return the columns per group, shape (n_groups, n_origins)."""
    cutoff, units = scene.origins.cutoff, scene.panel.units
    mean = group_weeks(units, group)
    orders = group_weeks(np.where(np.isfinite(units), units > 0, np.nan), group)
    long = decayed_mean(mean, LONG_HALF_LIFE)
    columns: Columns = {"level": np.log(np.maximum(long, LEAST_SHARE))[:, cutoff]}
    for h in SHORT_HALF_LIVES:
        columns[f"shift_{h}"] = _log_ratio(decayed_mean(mean, h), long)[:, cutoff]
    columns["orders"] = scene.at(orders, cutoff)
    columns["orders_before"] = scene.at(orders, cutoff - 1)
    columns["season"] = seasonal_index(mean, long, cutoff, scene.origins.target)
    return columns


def group_weeks(values: NDArray[np.floating], group: Index) -> Float:
    """Return each group's mean of its known values, week by week; NaN where none is known.

    Parameters
    ----------
    values : ndarray, shape (n_series, n_weeks)
    group : ndarray of int, shape (n_series,)

    Returns
    -------
    ndarray, shape (n_groups, n_weeks)
    """
    shape = (int(group.max()) + 1, values.shape[1])
    sums, counts = np.zeros((2, *shape))
    known = np.isfinite(values)
    np.add.at(sums, group, np.where(known, values, 0.0))
    np.add.at(counts, group, known)
    return np.divide(sums, counts, out=np.full(shape, np.nan), where=counts > 0).astype(np.float32)


def _log_ratio(values: Float, long: Float) -> Float:
    return np.log((values + LEAST_SHARE * long + 1e-3) / (long + 1e-3))


def seasonal_index(mean: Float, long: Float, cutoff: Index, target: Index) -> Float:
    """Return the log of the target week's share of the level in earlier years, drawn to 0.

    Parameters
    ----------
    mean, long : ndarray, shape (n_groups, n_weeks)
        Weekly means and their long level.
    cutoff, target : ndarray of int, shape (n_origins,)
        Of earlier years, the week and its neighbours count, as far as they lie before the cutoff.

    Returns
    -------
    ndarray, shape (n_groups, n_origins)
    """
    season = round(WEEKS_PER_YEAR)
    total, usual = np.zeros((2, len(mean), len(target)))
    for year in range(1, mean.shape[1] // season + 1):
        for side in (-1, 0, 1):
            week = target - year * season + side
            then, level = (v[:, np.clip(week, 0, mean.shape[1] - 1)] for v in (mean, long))
            usable = (week >= 0) & (week <= cutoff) & np.isfinite(then) & np.isfinite(level)
            total, usual = total + np.where(usable, then, 0.0), usual + np.where(usable, level, 0.0)
    prior = SEASON_PRIOR * np.nan_to_num(long[:, cutoff]) + 1e-3
    return np.log(np.clip((total + prior) / (usual + prior), 0.1, 10.0)).astype(np.float32)
