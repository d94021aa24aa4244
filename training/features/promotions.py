"""Deals and feature ads: at the target week and before it, by the rivals, and what deals have done to this series.

They are known in advance, up to the target week. Prices are in `training.features.prices`.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.offers import ON_DEAL, Offers
from training.features.scene import Columns, Scene
from training.windows import Running, group_mean

Float = NDArray[np.float32]
Bool = NDArray[np.bool_]

LAGS = (1, 2, 3)
LONG_AGO = 12
LONG_RUN = 8
PRIOR_DEALS = 2.0
LEVEL_WINDOWS = (2, 4, 8, 16)


def promotion_columns(scene: Scene) -> Columns:
    """Return the family's columns; nothing where the client has no promotions."""
    offers = scene.offers
    if offers is None:
        return {}
    return {
        **_this_week_and_before(scene, offers),
        **_when_levels_were_measured(scene, offers),
        **_stock_piling(scene, offers),
        **_levels_by_deal(scene, offers),
    }


def _this_week_and_before(scene: Scene, offers: Offers) -> Columns:
    """Return deal and ad, their interplay with the discount, their lags, and the rivals' and other stores' ones."""
    target, columns = scene.origins.target, Columns()
    product, n_products = scene.panel.product, len(scene.panel.products)
    for name, values in (("deal", offers.promotions.deal), ("feature_ad", offers.promotions.feature_ad)):
        theirs = np.nan_to_num(offers.rivals.mean(values))
        columns[name] = values[:, target]
        columns |= {f"{name}_{lag}_before": scene.at(values, target - lag) for lag in LAGS}
        columns[f"{name}_recently"] = Running(values).mean(target - 1, 8)
        columns[f"{name}_of_product"] = group_mean(values, product, n_products)[:, target]
        columns[f"rivals_{name}"] = theirs[:, target]
        columns[f"rivals_{name}_1_before"] = scene.at(theirs, target - 1)
        if offers.has_prices:
            columns[f"{name}_discount"] = (values * offers.discount)[:, target]
    return columns


def _when_levels_were_measured(scene: Scene, offers: Offers) -> Columns:
    """Return the mean offer over the weeks whose demand the recent levels are means of."""
    known = np.isfinite(scene.panel.units)
    running = {name: Running(np.where(known, values, np.nan)) for name, values in offers.states.items()}
    return {
        f"{name}_in_level_{width}": sums.mean(scene.origins.cutoff, width)
        for name, sums in running.items()
        for width in LEVEL_WINDOWS
    }


def _stock_piling(scene: Scene, offers: Offers) -> Columns:
    """Return for how long there has been no deal, no ad, and for how many weeks in a row there has been one."""
    before = scene.origins.target - 1
    advertised = offers.promotions.feature_ad > ON_DEAL
    run = _run_length(offers.on_deal)[:, before]
    return {
        "weeks_since_deal": np.log1p(_weeks_since(offers.on_deal)[:, before]),
        "weeks_since_feature_ad": np.log1p(_weeks_since(advertised)[:, before]),
        "weeks_on_deal": np.where(offers.on_deal[:, scene.origins.target], np.log1p(run), 0.0),
    }


def _levels_by_deal(scene: Scene, offers: Offers) -> Columns:
    target, cutoff, panel = scene.origins.target, scene.origins.cutoff, scene.panel
    on, off = (_drawn_level(scene, chosen) for chosen in (offers.on_deal, ~offers.on_deal))
    uplift = group_mean(on - off, panel.product, len(panel.products))
    recent = Running(np.where(offers.on_deal, np.nan, scene.logs))
    return {
        "level_on_deal": on,
        "level_off_deal": off,
        "level_as_promoted": np.where(offers.on_deal[:, target], on, off),
        "product_uplift": np.where(offers.on_deal[:, target], uplift, 0.0),
        "recent_level_off_deal": recent.mean(cutoff, 8) - scene.base,
    }


def _drawn_level(scene: Scene, chosen: Bool) -> Float:
    """Return the mean log units over the chosen weeks against the level, drawn to the level where they are few."""
    values = np.where(chosen, scene.logs, np.nan)
    total, count = Running(values).total(scene.origins.cutoff, np.full_like(scene.origins.cutoff, -1))
    return ((total - count * scene.base) / (count + PRIOR_DEALS)).astype(np.float32)


def _weeks_since(happened: Bool) -> NDArray[np.float64]:
    """Return, per week, the number of weeks since it last happened, at most `LONG_AGO`; 0 = this week."""
    position = np.arange(happened.shape[1])
    last = np.maximum.accumulate(np.where(happened, position, -LONG_AGO), axis=1)
    return np.minimum(position - last, LONG_AGO).astype(np.float64)


def _run_length(happened: Bool) -> NDArray[np.float64]:
    """Return, per week, for how many weeks in a row it has happened, this one included, at most `LONG_RUN`."""
    position = np.arange(happened.shape[1])
    last_without = np.maximum.accumulate(np.where(happened, -1, position), axis=1)
    return np.minimum(position - last_without, LONG_RUN).astype(np.float64)
