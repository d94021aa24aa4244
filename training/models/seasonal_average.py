"""Baseline: the mean of the same weeks, two on either side, of earlier years; else the historical average."""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Origins
from training.models.historical_average import historical_average
from training.panel import Panel
from training.windows import Running

SIDE_WEEKS = 2


def seasonal_average(panel: Panel, origins: Origins, *, seasonal_weeks: int) -> NDArray[np.float64]:
    """Return the baseline's forecasts, in units.

    Parameters
    ----------
    seasonal_weeks : int
        Length of a year (or of another season), in weeks.

    Returns
    -------
    ndarray, shape (n_series, n_origins)
        Finite, >= 0.
    """
    running = Running(panel.units)
    total, count = np.zeros((2, panel.n_series, len(origins.cutoff)))
    for season in range(1, len(panel.weeks) // seasonal_weeks + 2):
        centre = origins.target - season * seasonal_weeks
        more, n = running.total(np.minimum(centre + SIDE_WEEKS, origins.cutoff), centre - SIDE_WEEKS - 1)
        total, count = total + more, count + n
    seasonal = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return np.where(count > 0, seasonal, historical_average(panel, origins))
