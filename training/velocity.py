"""Slow and fast movers of a cell.

The rule: a product's speed is its units per store and week over the window before the cutoff, where its pairs were
live. The border is the speed that `fast_share` of the products exceed. A product within the band around the border
(`hysteresis`, as a share of it) stays where it was. The split is frozen with the model; a product that it does not
know is taken for slow. Where the profile does not split, all are fast.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.panel import Panel

SLOW, FAST = "slow", "fast"


@dataclass(frozen=True, kw_only=True)
class VelocitySplit:
    """A cell's split.

    Attributes
    ----------
    border : float
        Units per store and week.
    slots : dict of product_id to {"slow", "fast"}
    """

    border: float
    slots: Mapping[str, str]

    def mask(self, panel: Panel, slot: str) -> NDArray[np.bool_]:
        """Return the slot's series, shape (n_series,)."""
        unknown = SLOW if SLOW in self.slots.values() else FAST
        return np.array([self.slots.get(p, unknown) == slot for p in panel.series["product_id"]], dtype=bool)

    def to_json(self) -> dict[str, object]:
        """Return border and slots."""
        return asdict(self)


def speeds(panel: Panel, *, cutoff: int, window: int) -> NDArray[np.float64]:
    """Return units per store and week of each product, shape (n_products,); NaN without any known week."""
    units = panel.units[:, max(cutoff + 1 - window, 0) : cutoff + 1]
    known = np.isfinite(units)
    total = np.bincount(panel.product, np.where(known, units, 0.0).sum(axis=1), minlength=len(panel.products))
    weeks = np.bincount(panel.product, known.sum(axis=1), minlength=len(panel.products))
    return np.divide(total, weeks, out=np.full(len(total), np.nan), where=weeks > 0)


def split_by_velocity(
    panel: Panel, settings: Forecasting, *, cutoff: int | None = None, previous: VelocitySplit | None = None
) -> VelocitySplit:
    """Split the cell's products.

    Parameters
    ----------
    panel : Panel
    settings : Forecasting
    cutoff : int, optional
        Position of the last week that counts; default the last known.
    previous : VelocitySplit, optional
        The split of the model before this one.
    """
    rule = settings.velocity
    last = panel.last_known if cutoff is None else cutoff
    if not rule.enabled:
        return VelocitySplit(
            border=0.0, slots=dict.fromkeys(panel.products["product_id"].astype("str"), FAST)
        )
    speed = speeds(panel, cutoff=last, window=rule.window_weeks)
    known = speed[np.isfinite(speed)]
    border = float(np.quantile(known, 1.0 - rule.fast_share)) if known.size else 0.0
    before = previous.slots if previous else {}
    slots = {}
    for product, value in zip(panel.products["product_id"], speed, strict=True):
        stays = product in before and abs(value - border) <= rule.hysteresis * border
        slots[str(product)] = before[product] if stays else (FAST if value > border else SLOW)
    return VelocitySplit(border=border, slots=slots)
