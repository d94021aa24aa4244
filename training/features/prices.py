"""A series' own price against its past and against its neighbours': the same store's other products of the category.

Prices are known in advance, up to the target week; no price after it is looked at.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Columns, Scene
from training.windows import Running

Float = NDArray[np.float32]


def price_columns(scene: Scene) -> Columns:
    """Return log price ratios; nothing where the client has no promotions."""
    promotions = scene.panel.promotions
    if promotions is None or not np.isfinite(promotions.price).any():
        return {}
    logs = np.log(promotions.price)
    target, cutoff = scene.origins.target, scene.origins.cutoff
    now, running, others = logs[:, target], Running(logs), neighbours(scene, logs)
    return {
        "price": now,
        "price_to_usual": now - running.mean(target - 1, 26),
        "price_to_recent": now - running.mean(cutoff, 4),
        "price_to_last": now - logs[:, target - 1],
        "price_of_last_weeks": running.mean(cutoff, 4) - running.mean(cutoff, 26),
        "price_to_neighbours": now - others[:, target],
        "neighbours_to_usual": others[:, target] - Running(others).mean(target - 1, 26),
        "elastic_change": _elastic_change(scene, logs),
    }


def neighbours(scene: Scene, values: Float) -> Float:
    """Return, per series and week, the mean of the other series of the same store and category.

    Parameters
    ----------
    values : ndarray, shape (n_series, n_weeks)

    Returns
    -------
    ndarray, shape (n_series, n_weeks)
        NaN where there is no other.
    """
    panel = scene.panel
    category = (
        panel.products["category"].astype("category").cat.codes.to_numpy()[panel.product].astype(np.int64)
    )
    group = panel.store * (int(category.max()) + 1) + category
    member = np.unique(group, return_inverse=True)[1]
    known = np.isfinite(values)
    sums, counts = (_group_sum(v, member) for v in (np.where(known, values, 0.0), known))
    sums, counts = sums[member] - np.where(known, values, 0.0), counts[member] - known
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0).astype(np.float32)


def _group_sum(values: NDArray[np.generic], member: NDArray[np.intp]) -> NDArray[np.float64]:
    order = np.argsort(member, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(member[order]) > 0])
    return np.add.reduceat(values[order].astype(np.float64), starts, axis=0)


def _elastic_change(scene: Scene, logs: Float) -> NDArray[np.floating]:
    """Return the log change of demand that the series' past response to its price foretells.

    The response is the slope of log units on log price over the known weeks, drawn to 0 where prices hardly moved.
    """
    cutoff, target = scene.origins.cutoff, scene.origins.target
    priced = np.where(np.isfinite(scene.logs), logs, np.nan)
    sold = np.where(np.isfinite(priced), scene.logs, np.nan)
    start = np.full_like(cutoff, -1)
    (p, n), (s, _), (pp, _), (ps, _) = (
        Running(v.astype(np.float64)).total(cutoff, start) for v in (priced, sold, priced**2, priced * sold)
    )
    n = np.maximum(n, 1.0)
    slope = (ps - p * s / n) / (np.maximum(pp - p**2 / n, 0.0) + 0.05)
    return (np.minimum(slope, 0.0) * (logs[:, target] - p / n)).astype(np.float32)
