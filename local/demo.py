"""The demonstration: invent a company, run everything on it, and hold the accuracy against the noise floor.

The floor is the error of the best forecast that knows the expected demand, around which the simulator drew each
week's: no model can know more.
"""

from pathlib import Path

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
    """Return per slot, and for ("all", "", ""), the MAPE of the best forecast that knows the truth; same rows."""
    best = pd.read_parquet(truth, columns=[*KEY, "best_forecast"])
    rows = evaluation.merge(best, on=KEY, validate="many_to_one")
    found = {(str(m), str(f), str(v)): _mape(group) for (m, f, v), group in rows.groupby(SLOT)}
    found["all", "", ""] = _mape(rows)
    return {slot: mape for slot, mape in found.items() if mape is not None}


def _mape(rows: pd.DataFrame) -> float | None:
    return measure(rows["actual"], rows["best_forecast"]).mape


def _marker(company: CompanySize, seed: int) -> str:
    return f"{company} {seed=}\n"


def _read_marker(data: Path) -> str | None:
    path = data / "simulated.txt"
    return path.read_text() if path.exists() else None
