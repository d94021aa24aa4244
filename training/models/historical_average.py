"""Baseline: the mean of the series' past weekly net demand up to the cutoff."""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Origins
from training.panel import Panel
from training.windows import Running, group_mean


def historical_average(panel: Panel, origins: Origins) -> NDArray[np.float64]:
    """Return the baseline's forecasts, in units.

    A series without history gets the mean of its product's series, then of the cell's.

    Returns
    -------
    ndarray, shape (n_series, n_origins)
        Finite, >= 0.
    """
    own = Running(panel.units).mean(origins.cutoff, origins.cutoff + 1)
    product = group_mean(own, panel.product, len(panel.products))
    cell = np.nan_to_num(group_mean(own, np.zeros_like(panel.product), 1))
    peers = np.where(np.isfinite(product), product, cell)
    return np.where(np.isfinite(own), own, peers).astype(np.float64)
