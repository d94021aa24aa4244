"""The order pattern of series that are mostly zero: plain ratios to the level, how often, how much, how long ago.

Logs, on which the other families stand, say little of zeros; so this family is there for objectives in which zeros
count, and empty under the relative one. Whole stores and products are in `training.features.totals`.
"""

import numpy as np
from numpy.typing import NDArray

from training.decay import decayed_mean
from training.features.scene import Columns, Scene

Float = NDArray[np.float32]

LEVEL_HALF_LIVES = (1, 2, 4, 8, 16, 32, 64)
ROOT_HALF_LIVES = (4, 16, 64)
ORDER_HALF_LIVES = (1, 2, 4, 8, 32)
SIZE_HALF_LIVES = (8, 64)
LAST_WEEKS = 4
FURTHEST_LEVEL = 8.0
FURTHEST_SIZE = 20.0
LONGEST_WAIT = 60
CYCLE_WEEKS = 13
PRIOR_CYCLES = 4.0
CYCLE_KEEP = 0.99


def intermittence_columns(scene: Scene) -> Columns:
    """Return the order pattern at the cutoff; quantities as multiples of the series' level."""
    if scene.geometric:
        return {}
    units, cutoff = scene.panel.units, scene.origins.cutoff
    ordered = np.where(np.isfinite(units), units > 0, np.nan)
    wait = weeks_since_order(units)
    hazard = order_hazard(units, wait)
    often = decayed_mean(ordered, 32)
    frequencies = {f"orders_{h}": decayed_mean(ordered, h)[:, cutoff] for h in ORDER_HALF_LIVES}
    return {
        **_levels(scene),
        **frequencies,
        "weeks_since_order": np.log1p(wait)[:, cutoff],
        "order_phase": np.minimum((wait[:, cutoff] + scene.origins.lead) * often[:, cutoff], 3.0),
        "order_hazard": hazard[:, cutoff],
        **_sizes(scene, ordered, hazard),
    }


def _levels(scene: Scene) -> Columns:
    """Return decayed means of units, and of their roots squared again, which heavy orders move less."""
    units = scene.panel.units
    columns: Columns = {}
    for h in LEVEL_HALF_LIVES:
        columns[f"ratio_{h}"] = _ratio(scene, decayed_mean(units, h), FURTHEST_LEVEL)
    for h in ROOT_HALF_LIVES:
        columns[f"root_ratio_{h}"] = _ratio(scene, decayed_mean(np.sqrt(units), h) ** 2, FURTHEST_LEVEL)
    for back in range(LAST_WEEKS):
        columns[f"units_back_{back}"] = np.minimum(
            scene.at(units, scene.origins.cutoff - back) / np.exp(scene.base), FURTHEST_SIZE
        )
    return columns


def _sizes(scene: Scene, ordered: Float, hazard: Float) -> Columns:
    """Return sizes of orders, and those times the chance of an order: what an order due would bring."""
    units = scene.panel.units
    sizes: dict[str, NDArray[np.floating]] = {"last_order": last_order(units)}
    for h in SIZE_HALF_LIVES:
        sizes[f"order_size_{h}"] = decayed_mean(units, h) / np.maximum(decayed_mean(ordered, h), 1e-3)
    columns: Columns = {name: _ratio(scene, size, FURTHEST_SIZE) for name, size in sizes.items()}
    due: Columns = {
        f"due_{name}": _ratio(scene, size * hazard, FURTHEST_LEVEL) for name, size in sizes.items()
    }
    return columns | due


def _ratio(scene: Scene, values: NDArray[np.floating], furthest: float) -> Float:
    return np.minimum(values[:, scene.origins.cutoff] / np.exp(scene.base), furthest).astype(np.float32)


def weeks_since_order(units: NDArray[np.floating]) -> Float:
    """Return, per week, how many weeks ago the last order was, 0 in its week; at most `LONGEST_WAIT`."""
    position = np.arange(units.shape[1])
    last = np.maximum.accumulate(np.where(units > 0, position, -LONGEST_WAIT), axis=1)
    return np.minimum(position - last, LONGEST_WAIT).astype(np.float32)


def last_order(units: NDArray[np.floating]) -> Float:
    """Return, per week, the units of the last order up to it; NaN before the first."""
    position = np.maximum.accumulate(np.where(units > 0, np.arange(units.shape[1]), -1), axis=1)
    found = np.take_along_axis(units, np.maximum(position, 0), axis=1)
    return np.where(position >= 0, found, np.nan).astype(np.float32)


def order_hazard(units: NDArray[np.floating], wait: Float) -> Float:
    """Return, per week, the chance of an order in the next week, seen from how long the series has waited.

    The share of the series' own past weeks with the same wait that an order followed; `PRIOR_CYCLES` weeks of its
    usual share of weeks with orders are mixed in. Counts decay to `CYCLE_KEEP` a week.
    """
    n_series, n_weeks = units.shape
    usual = np.nan_to_num(decayed_mean(np.where(np.isfinite(units), units > 0, np.nan), 64))
    state = np.minimum(wait, CYCLE_WEEKS).astype(np.int64)
    seen, hit = np.zeros((2, n_series, CYCLE_WEEKS + 1))
    hazard, rows = np.empty((n_series, n_weeks), dtype=np.float32), np.arange(n_series)
    for week in range(n_weeks):
        known = rows[np.isfinite(units[:, week])]
        seen, hit = seen * CYCLE_KEEP, hit * CYCLE_KEEP
        if week:
            seen[known, state[known, week - 1]] += 1.0
            hit[known, state[known, week - 1]] += units[known, week] > 0
        now = state[:, week]
        hazard[:, week] = (hit[rows, now] + PRIOR_CYCLES * usual[:, week]) / (seen[rows, now] + PRIOR_CYCLES)
    return hazard
