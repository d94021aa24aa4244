"""What past weeks with a similar offer sold: a kernel mean over the weeks up to the cutoff; and so for the rivals.

The weight of a past week falls with the distance of its price index, deal and feature ad from the target week's, and
with its age.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.offers import Offers
from training.features.scene import Columns, Scene
from training.windows import group_mean

Float = NDArray[np.float32]

WIDTHS = {"price_index": 0.08, "deal": 0.35, "feature_ad": 0.35}
RIVALS_WIDTH = 0.15
HALF_LIFE_WEEKS = 26.0
PRIOR_WEEKS = 1.0
TINY = 1e-6


def similar_columns(scene: Scene) -> Columns:
    """Return such weeks' mean against the level, of series, product and rivals; nothing without promotions."""
    offers = scene.offers
    if offers is None:
        return {}
    states = _scaled_states(offers)
    panel, known, logs = scene.panel, np.isfinite(scene.panel.units), np.nan_to_num(scene.logs)
    shape = (panel.n_series, len(scene.origins.cutoff))
    total, weight = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    for i, (cutoff, target) in enumerate(zip(scene.origins.cutoff, scene.origins.target, strict=True)):
        near = _weights(states, int(cutoff), int(target)) * known[:, : cutoff + 1]
        weight[:, i] = near.sum(axis=1)
        total[:, i] = np.einsum("ij,ij->i", near, logs[:, : cutoff + 1]) - weight[:, i] * scene.base[:, i]
    product, n_products = panel.product, len(panel.products)
    pooled = group_mean(total, product, n_products) / (group_mean(weight, product, n_products) + 0.05)
    expected = (total + PRIOR_WEEKS * pooled) / (weight + PRIOR_WEEKS)
    return {
        "similar_weeks": expected,
        "similar_weeks_of_product": pooled,
        "similar_weeks_known": np.log1p(weight),
        **_against_rivals(scene, offers, expected),
    }


def _against_rivals(scene: Scene, offers: Offers, expected: Float) -> Columns:
    """Return how much more than usual the rivals are expected to sell, and the series' expected change of share."""
    usual, lifted = np.exp(scene.base), np.exp(scene.base + expected)
    all_usual, all_lifted = offers.rivals.total(usual), offers.rivals.total(lifted)
    alone = all_usual - usual < TINY * all_usual
    pull = np.log(np.where(alone, 1.0, all_lifted - lifted)) - np.log(np.where(alone, 1.0, all_usual - usual))
    return {
        "rivals_pull": pull,
        "share_change": expected - (np.log(all_lifted) - np.log(all_usual)),
    }


def _scaled_states(offers: Offers) -> Float:
    """Return the coordinates in which distance is measured, shape (n_states, n_series, n_weeks)."""
    scaled = [values / WIDTHS[name] for name, values in offers.states.items()]
    if offers.has_prices:
        scaled.append(np.nan_to_num(offers.rivals.mean(offers.index)) / RIVALS_WIDTH)
    return np.stack(scaled).astype(np.float32)


def _weights(states: Float, cutoff: int, target: int) -> Float:
    """Return the weight of each week up to the cutoff, shape (n_series, cutoff + 1)."""
    apart = states[:, :, : cutoff + 1] - states[:, :, target : target + 1]
    age = (cutoff - np.arange(cutoff + 1, dtype=np.float32)) * np.float32(np.log(2) / HALF_LIFE_WEEKS)
    return np.exp(-0.5 * np.einsum("kij,kij->ij", apart, apart) - age)
