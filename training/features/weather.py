"""Weather of the target week as forecast at the cutoff; where no forecast reaches, as is usual for the season."""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Columns, Scene
from training.weather import MEASURES
from training.windows import Running


def weather_columns(scene: Scene) -> Columns:
    """Return expected weather, its departures from the usual and from recent weeks, and how far the forecast reached.

    Nothing where the client has no weather.
    """
    weather, origins = scene.panel.weather, scene.origins
    if weather is None:
        return {}
    forecast, coverage = weather.forecast(origins.cutoff, origins.lead)
    usual = weather.usual(origins.cutoff, origins.target)
    recent = Running(weather.observed).mean(origins.cutoff, 4)
    known = np.isfinite(forecast) & (coverage > 0)
    anomaly = np.where(known & np.isfinite(usual), (forecast - usual) * coverage, 0.0)
    expected = np.where(np.isfinite(usual), usual + anomaly, np.where(known, forecast, recent))
    columns = {"weather_reach": _spread(scene, coverage)}
    for i, name in enumerate(MEASURES):
        columns[name] = _spread(scene, expected[i])
        columns[f"{name}_unusual"] = _spread(scene, anomaly[i])
        columns[f"{name}_change"] = _spread(scene, expected[i] - recent[i])
    return columns


def _spread(scene: Scene, by_zip: NDArray[np.floating]) -> NDArray[np.floating]:
    """Spread zip codes over series; a store without weather gets the mean of the cell's."""
    zip_of_store = scene.panel.weather.zip_of_store if scene.panel.weather else np.zeros(0, dtype=np.int64)
    known = np.isfinite(by_zip)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known.any(axis=0), np.where(known, by_zip, 0.0).sum(axis=0) / n, np.nan)
    rows = np.concatenate([by_zip, mean[None]])
    return rows[zip_of_store][scene.panel.store]
