"""The demonstration: invent a company, run everything on it, and hold the accuracy against the noise floor.

The floor is the error of the expected demand that the simulator drew each week's demand around: no model can know more.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from local.run import RunResult, Watcher, run
from local.simulate import simulate
from local.simulation.company import CompanySize
from local.summary import SLOT
from training.metrics import measure

PROFILE = Path("config/default.yml")
KEY = ["week_start", "store_id", "product_id"]
Slot = tuple[str, str, str]


def demonstrate(
    folder: Path, watcher: Watcher, *, company: CompanySize, seed: int, workers: int
) -> tuple[RunResult, dict[Slot, float]]:
    """Simulate and run; returns the result and the noise floor (MAPE) of each slot."""
    data = folder / "data"
    watcher.phase("Simulate a company", 1)
    if _marker(company, seed) != _read_marker(data):
        simulate(data, company=company, seed=seed)
        (data / "simulated.txt").write_text(_marker(company, seed))
    watcher.advance(f"{company.stores} stores, {company.products} products, {company.weeks} weeks")
    result = run(PROFILE, data, folder / "lake", watcher, workers=workers)
    return result, noise_floor(result.evaluation, data / "truth" / "expected_demand.parquet")


def noise_floor(evaluation: pd.DataFrame, truth: Path) -> dict[Slot, float]:
    """Return the MAPE per slot of the best forecast that knows the truth, on the same rows; ("all", "", "") over all.

    The best forecast is the expected demand times the one factor that makes the slot's MAPE least.
    """
    expected = pd.read_parquet(truth)
    rows = evaluation.merge(
        expected[[*KEY, "expected_net_demand"]], on=KEY, how="left", validate="many_to_one"
    )
    slots = {slot: _best_mape(group) for slot, group in rows.groupby(SLOT)}
    found = {(str(m), str(f), str(v)): mape for (m, f, v), mape in slots.items() if mape is not None}
    overall = _best_mape(rows)
    return found | ({("all", "", ""): overall} if overall is not None else {})


def _best_mape(rows: pd.DataFrame) -> float | None:
    known = rows[rows["expected_net_demand"].notna()]
    factors = np.linspace(0.6, 1.1, 51)
    found = [measure(known["actual"], factor * known["expected_net_demand"]).mape for factor in factors]
    return min((mape for mape in found if mape is not None), default=None)


def _marker(company: CompanySize, seed: int) -> str:
    return f"{company} {seed=}\n"


def _read_marker(data: Path) -> str | None:
    path = data / "simulated.txt"
    return path.read_text() if path.exists() else None
