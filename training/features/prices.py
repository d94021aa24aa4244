"""A series' own price against its past and against its rivals': the same store's other products of the category.

Prices are known in advance, up to the target week; no price after it is looked at. Deals are in
`training.features.promotions`.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.offers import Offers
from training.features.scene import Columns, Scene
from training.windows import Running, group_mean

SLOPE_PRIOR = 0.1
LAGS = (1, 2)


def price_columns(scene: Scene) -> Columns:
    """Return log price ratios; nothing where the client has no prices."""
    offers = scene.offers
    if offers is None or not offers.has_prices:
        return {}
    target = scene.origins.target
    now, index = offers.logs[:, target], offers.index
    return {
        "price": now,
        "price_index": index[:, target],
        "discount": offers.discount[:, target],
        "price_to_last": now - scene.at(offers.logs, target - 1),
        **{f"price_index_{lag}_before": scene.at(index, target - lag) for lag in LAGS},
        "price_index_recently": Running(index).mean(target - 1, 8),
        "price_index_of_product": group_mean(index, scene.panel.product, len(scene.panel.products))[
            :, target
        ],
        "elastic_change": _elastic_change(scene, index),
        **_against_rivals(scene, offers),
    }


def _against_rivals(scene: Scene, offers: Offers) -> Columns:
    """Return the price against the rivals' mean and against the cheapest, and the rivals' against their past."""
    target, rivals = scene.origins.target, offers.rivals
    to_mean = offers.logs - rivals.mean(offers.logs)
    to_least = offers.logs - rivals.least(offers.logs)
    their_index, their_least = rivals.mean(offers.index), rivals.least(offers.index)
    columns: Columns = {
        "price_to_rivals": to_mean[:, target],
        "price_to_rivals_unusual": (to_mean - Running(to_mean).mean(np.arange(to_mean.shape[1]), 26))[
            :, target
        ],
        "price_to_cheapest": to_least[:, target],
        "rivals_price_index": their_index[:, target],
        "rivals_deepest_cut": their_least[:, target],
    }
    for lag in LAGS:
        columns[f"rivals_price_index_{lag}_before"] = scene.at(their_index, target - lag)
        columns[f"rivals_deepest_cut_{lag}_before"] = scene.at(their_least, target - lag)
    return columns


def _elastic_change(scene: Scene, index: NDArray[np.float32]) -> NDArray[np.floating]:
    """Return the log change of demand that the series' past response to its price foretells.

    The response is the slope of log units on the price index over the known weeks, drawn to the product's mean
    slope where the series' own prices hardly moved.
    """
    cutoff, target = scene.origins.cutoff, scene.origins.target
    priced = np.where(np.isfinite(scene.logs), index, np.nan)
    start = np.full_like(cutoff, -1)
    (p, n), (s, _), (pp, _), (ps, _) = (
        Running(v.astype(np.float64)).total(cutoff, start)
        for v in (priced, scene.logs, priced**2, priced * scene.logs)
    )
    n = np.maximum(n, 1.0)
    together, alone = ps - p * s / n, np.maximum(pp - p**2 / n, 0.0)
    product, n_products = scene.panel.product, len(scene.panel.products)
    pooled = group_mean(together, product, n_products) / (group_mean(alone, product, n_products) + 1e-3)
    slope = (together + SLOPE_PRIOR * pooled) / (alone + SLOPE_PRIOR)
    return (slope * (index[:, target] - p / n)).astype(np.float32)
