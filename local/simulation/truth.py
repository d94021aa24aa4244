"""What stands behind the files, written apart: expected demand with its noise floor, and the planted defects."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from local.simulation.company import Floats
from local.simulation.demand import DISPERSION
from local.simulation.dirt import Defect
from local.simulation.history import History

_SMALLEST, _LARGEST = 0.01, 20_000.0  # expected units between which the best forecast is tabulated


def write_expected(history: History, path: Path) -> None:
    """Write ``week_start, store_id, product_id, expected_net_demand, dispersion, best_forecast`` for all weeks.

    Expected net demand is in units, before noise and before shelves ran empty. Dispersion is the gamma shape k: the
    variance is m + m**2 / k. `best_forecast` has the least expected MAPE of all forecasts: its MAPE is the noise floor.
    """
    company = history.company
    store, product, week = np.nonzero(history.expected > 0)
    mean = history.expected[store, product, week].astype(float)
    weeks = range(company.all_weeks)
    mondays = pa.array([company.week_start(each) for each in weeks], pa.date32()).cast(pa.timestamp("ms"))
    table = pa.table(
        {
            "week_start": mondays.take(week),
            "store_id": pa.array(company.stores.ids).take(store),
            "product_id": pa.array(company.products.ids).take(product),
            "expected_net_demand": mean.round(3).astype(np.float32),
            "dispersion": np.array([DISPERSION[pace] for pace in company.products.pace], np.float32)[product],
            "best_forecast": _best(history, mean, product).round(2).astype(np.float32),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def _best(history: History, mean: Floats, product: np.ndarray) -> Floats:
    best = np.empty_like(mean)
    shape_of = np.array([DISPERSION[pace] for pace in history.company.products.pace])[product]
    for shape in np.unique(shape_of):
        own = shape_of == shape
        best[own] = best_forecast(mean[own], float(shape))
    return best


def best_forecast(mean: Floats, shape: float) -> Floats:
    """Return the forecast with the least expected MAPE over actuals above zero.

    It is the median under weights p(y) / y, y >= 1, of the Poisson-gamma distribution.

    Parameters
    ----------
    mean : ndarray
        Expected units, > 0.
    shape : float
        The gamma shape k.
    """
    grid = np.exp(np.linspace(np.log(_SMALLEST), np.log(_LARGEST), 240))
    medians = np.array([_weighted_median(each, shape) for each in grid])
    return np.exp(np.interp(np.log(mean), np.log(grid), np.log(medians)))


def _weighted_median(mean: float, shape: float) -> float:
    deviation = np.sqrt(mean + mean**2 / shape)
    units = np.arange(1, int(mean + 9 * deviation) + 12)
    steps = np.log((units - 1 + shape) / units) + np.log(mean / (mean + shape))
    weights = np.cumsum(steps) - np.log(units)
    total = np.cumsum(np.exp(weights - weights.max()))
    return float(units[np.searchsorted(total, total[-1] / 2)])


def write_defects(defects: Sequence[Defect], path: Path) -> None:
    """Write the planted defects as JSON, one object per kind and file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(defect) for defect in defects], indent=1) + "\n", encoding="utf-8")


def read_defects(path: Path) -> list[Defect]:
    """Read the planted defects."""
    return [Defect(**each) for each in json.loads(path.read_text(encoding="utf-8"))]
