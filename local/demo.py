"""The demonstration: invent a company, run everything on it, and hold the outcome against the truth behind it.

Every defect that was planted has to be found, and the accuracy is shown beside the noise floor.

The floor is the error of the best forecast that knows the expected demand, around which the simulator drew each
week's: no model can know more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from local.result import RunResult
from local.run import Watcher, run
from local.simulate import VERSION, simulate
from local.simulation.audit import Finding, audit
from local.simulation.company import CompanySize
from local.stored import stored
from local.summary import SLOT
from shared.errors import ShelfcastError
from shared.lake import Lake
from shared.profile import load_profile
from training.metrics import measure

PROFILE = Path("config/default.yml")
KEY = ["week_start", "store_id", "product_id"]
Slot = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """What the run came to, beside the truth.

    Attributes
    ----------
    floors : dict of slot to float
        The noise floor (MAPE) of each slot, and of all: ("all", "", "").
    findings : list of Finding
        The planted defects, and those that were found.
    """

    result: RunResult
    floors: Mapping[Slot, float]
    findings: Sequence[Finding]

    @property
    def succeeded(self) -> bool:
        """Whether nothing failed, and exactly what was planted was found."""
        return not self.result.failures and all(finding.exact for finding in self.findings)


def demonstrate(
    folder: Path, watcher: Watcher, *, company: CompanySize, seed: int, workers: int
) -> Demonstration:
    """Simulate a company, run, and compare with the truth.

    Raises
    ------
    ShelfcastError
        If files of another company, or of another version of the simulator, lie in the folder: what is wrong with them
        was not planted by this one.
    """
    data, lake = folder / "data", folder / "lake"
    watcher.phase("Simulate a company", 1)
    _simulate(data, company, seed)
    watcher.advance(f"{company.stores} stores, {company.products} products, {company.weeks} weeks")
    result = run(PROFILE, data, lake, watcher, workers=workers, storage="azurite")
    with stored(lake) as store:
        return Demonstration(
            result=result,
            floors=noise_floor(result.evaluation, data / "truth" / "expected_demand.parquet"),
            findings=audit(Lake(store, load_profile(PROFILE)), data / "truth" / "dirt.json"),
        )


def _simulate(data: Path, company: CompanySize, seed: int) -> None:
    wanted, there = f"{company} {seed=} {VERSION=}\n", data / "simulated.txt"
    if not there.exists():
        simulate(data, company=company, seed=seed)
        there.write_text(wanted)
    elif there.read_text() != wanted:
        raise ShelfcastError(
            f"files of another company or simulator lie in {data}: {there.read_text().strip()}. "
            f"Remove {data.parent}, or give another --folder."
        )


def noise_floor(evaluation: pd.DataFrame, truth: Path) -> dict[Slot, float]:
    """Return per slot, and for ("all", "", ""), the MAPE of the best forecast that knows the truth; same rows."""
    best = pd.read_parquet(truth, columns=[*KEY, "best_forecast"])
    rows = evaluation.merge(best, on=KEY, validate="many_to_one")
    found = {(str(m), str(f), str(v)): _mape(group) for (m, f, v), group in rows.groupby(SLOT)}
    found["all", "", ""] = _mape(rows)
    return {slot: mape for slot, mape in found.items() if mape is not None}


def _mape(rows: pd.DataFrame) -> float | None:
    return measure(rows["actual"], rows["best_forecast"]).mape
