"""Recent and seasonal levels of the series, its store and its product, in logs against the series' own level.

Everything looks back from the cutoff. Deals and prices, which move levels too, are in their own modules.
"""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Columns, Scene
from training.weather import WEEKS_PER_YEAR
from training.windows import Running, group_mean

WINDOWS = (1, 2, 4, 8, 16, 40)
GROUP_WINDOWS = (1, 4, 8)
RECENT = 13


def level_columns(scene: Scene) -> Columns:
    """Return the level, how sure it is, and recent levels against it."""
    cutoff, base = scene.origins.cutoff, scene.base
    n_recent = Running(scene.panel.units).total(cutoff, cutoff - RECENT)[1]
    return {
        "level": base,
        "weeks_known": np.log1p(scene.weeks_known),
        "recently_known": n_recent / RECENT,
        "is_without_history": (scene.weeks_known == 0).astype(np.float32),
        **{f"level_{width}": scene.level(cutoff, width) - base for width in WINDOWS},
        "spread": _spread(scene),
        "zero_share": _zero_share(scene),
    }


def _spread(scene: Scene) -> NDArray[np.floating]:
    """Return the standard deviation of the log units over the last 40 weeks."""
    cutoff = scene.origins.cutoff
    mean, square = (
        scene.running_logs.mean(cutoff, 40),
        Running(scene.logs.astype(np.float64) ** 2).mean(cutoff, 40),
    )
    return np.sqrt(np.maximum(square - mean**2, 0.0))


def _zero_share(scene: Scene) -> NDArray[np.floating]:
    units = scene.panel.units
    zero = np.where(np.isfinite(units), units == 0, np.nan)
    return Running(zero).mean(scene.origins.cutoff, RECENT)


def group_columns(scene: Scene) -> Columns:
    """Return the recent shifts of the whole store, the whole product and the whole cell."""
    panel, columns = scene.panel, {}
    groups = {
        "store": (panel.store, len(panel.stores)),
        "product": (panel.product, len(panel.products)),
        "cell": (np.zeros_like(panel.store), 1),
    }
    for width in GROUP_WINDOWS:
        shift = scene.level(scene.origins.cutoff, width) - scene.base
        for name, (group, n) in groups.items():
            columns[f"{name}_level_{width}"] = group_mean(shift, group, n)
    return columns


def season_columns(scene: Scene) -> Columns:
    """Return how the same weeks of last year stood against the weeks before that year's cutoff.

    For the series, and as the mean over its product's series, and over the cell.
    """
    back = round(WEEKS_PER_YEAR)
    cutoff, target = scene.origins.cutoff - back, scene.origins.target - back
    then = scene.running_logs.mean(np.minimum(target + 1, scene.origins.cutoff), 3)
    change = then - scene.running_logs.mean(cutoff, 8)
    panel = scene.panel
    return {
        "last_year_change": change,
        "last_year_known": np.isfinite(change).astype(np.float32),
        "last_year_product_change": group_mean(change, panel.product, len(panel.products)),
        "last_year_cell_change": group_mean(change, np.zeros_like(panel.store), 1),
        "last_year_level": then - scene.base,
    }
