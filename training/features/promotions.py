"""Deals and feature ads: at the target week, before it, by the neighbours, and what deals have done to this series.

They are known in advance, up to the target week. Prices are in `training.features.prices`.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.prices import neighbours
from training.features.scene import Columns, Scene
from training.windows import Running, group_mean

Float = NDArray[np.float32]

LAGS = (1, 2, 3)
LONG_AGO = 26
PRIOR_DEALS = 2.0


def promotion_columns(scene: Scene) -> Columns:
    """Return the family's columns; nothing where the client has no promotions."""
    promotions = scene.panel.promotions
    if promotions is None:
        return {}
    target, columns = scene.origins.target, {}
    for name, values in (("deal", promotions.deal), ("feature_ad", promotions.feature_ad)):
        columns[name] = values[:, target]
        columns |= {f"{name}_{lag}_before": scene.at(values, target - lag) for lag in LAGS}
        columns[f"neighbours_{name}"] = np.nan_to_num(neighbours(scene, values)[:, target])
        columns[f"{name}_share"] = Running(values).mean(target - 1, LONG_AGO)
    return columns | deal_columns(scene, np.maximum(promotions.deal, promotions.feature_ad) > 0)


def deal_columns(scene: Scene, on_deal: NDArray[np.bool_]) -> Columns:
    """Return stock-piling, and the levels on and off deal."""
    target, cutoff = scene.origins.target, scene.origins.cutoff
    on, off = (_drawn_level(scene, chosen) for chosen in (on_deal, ~on_deal))
    uplift = on - off
    panel = scene.panel
    expected = np.where(on_deal[:, target], on, off)
    recent = Running(np.where(on_deal, np.nan, scene.logs))
    return {
        "weeks_since_deal": np.log1p(_weeks_since(on_deal)[:, target - 1]),
        "level_on_deal": on,
        "level_off_deal": off,
        "level_as_promoted": expected,
        "product_uplift": np.where(
            on_deal[:, target], group_mean(uplift, panel.product, len(panel.products)), 0.0
        ),
        "recent_level_off_deal": recent.mean(cutoff, 8) - scene.base,
    }


def _drawn_level(scene: Scene, chosen: NDArray[np.bool_]) -> Float:
    """Return the mean log units over the chosen weeks against the level, drawn to the level where they are few."""
    values = np.where(chosen, scene.logs, np.nan)
    total, count = Running(values).total(scene.origins.cutoff, np.full_like(scene.origins.cutoff, -1))
    return ((total - count * scene.base) / (count + PRIOR_DEALS)).astype(np.float32)


def _weeks_since(happened: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return, per week, the number of weeks since it last happened, at most `LONG_AGO`; 0 = this week."""
    position = np.arange(happened.shape[1])
    last = np.maximum.accumulate(np.where(happened, position, -LONG_AGO), axis=1)
    return np.minimum(position - last, LONG_AGO).astype(np.float64)
