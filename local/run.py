"""From raw files to published forecasts on one machine: condition, materialise, one job per cell, summary.

Everything lies below one folder, the lake. Killed at any point and started again, it goes on where it was; started
again with nothing changed, it does nothing. What people see while it runs is in `local.console`.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from local.cells import CellOutcome, CellTask, crashed, run_cell
from local.ingest import condition_pending, count_pending, find_files, open_lake, receive
from local.plan import CellPlan, plan_cells
from local.pool import WORKERS, run_all, wait_for_orphans
from local.summary import SLOT, accuracy, evaluation_rows, published, row_counts, slot_verdicts, write_csv
from shared.errors import RowsLost, ShelfcastError
from shared.lake import DatasetVersion, Lake, QualityReport, quality_report
from shared.profile import Profile, load_profile
from training.steps.folders import FORECASTS, ORDERS, write_json

WORKERS_ALIVE = ".workers"
KEY = ("market", "format", "week_start", "store_id", "product_id")


class Watcher(Protocol):
    """Whoever shows how a run goes on."""

    def phase(self, name: str, total: int) -> None:
        """A phase begins, with so many things to do."""
        ...

    def advance(self, what: str) -> None:
        """One of them is done."""
        ...

    def note(self, text: str) -> None:
        """Something that the user should know."""
        ...


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run came to.

    Attributes
    ----------
    folder : Path
        Where summary.json, evaluation.csv, forecasts.csv and orders.csv lie.
    markets, slots : list of dict
        Accuracy per market and per slot, see `local.summary.accuracy`; the last entry is over all.
    rows : dict of market to counts
        ``rows_in, scored, quarantined``.
    left_out : int
        Shipment rows of markets that the profile does not name.
    failures : list of str
        Files and cells that could not be done, each with its reason.
    """

    folder: Path
    versions: Mapping[str, str]
    markets: Sequence[dict[str, Any]]
    slots: Sequence[dict[str, Any]]
    rows: Mapping[str, Mapping[str, int]]
    left_out: int
    serving: Mapping[tuple[str, str, str], Mapping[str, Any]]
    quality: QualityReport
    failures: Sequence[str]
    evaluation: pd.DataFrame


def run(
    profile_path: Path, data: Path | None, root: Path, watcher: Watcher, *, workers: int = WORKERS
) -> RunResult:
    """Run the whole way.

    Parameters
    ----------
    profile_path : Path
        The client profile.
    data : Path or None
        Folder with new raw files; None: only what lies in the lake already.
    root : Path
        The lake's folder.
    watcher : Watcher
    workers : int
        Processes.

    Raises
    ------
    ShelfcastError
        If there is nothing to forecast: no files, no stores; or another run works on the same lake.
    RowsLost
        If rows are unaccounted for.
    """
    profile = load_profile(profile_path)
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        lake = open_lake(root, profile)
        failures = _condition(lake, profile, profile_path, data, root, watcher, workers)
        versions = _materialise(lake, watcher)
        plan = plan_cells(profile, profile_path, root, {table: v.version for table, v in versions.items()})
        outcomes = _run_cells(plan.tasks, root, watcher, workers)
        failures += [f"{o.market} / {o.format}: {o.error}" for o in outcomes if o.error]
        return _conclude(root, versions, plan, outcomes, quality_report(lake), failures)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the lake for this run; the lock ends with the process, however it ends."""
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise ShelfcastError(
                f"another run works on {root}. Wait for it, or give another --lake."
            ) from exc
        wait_for_orphans(root / WORKERS_ALIVE)
        yield


def _condition(
    lake: Lake,
    profile: Profile,
    profile_path: Path,
    data: Path | None,
    root: Path,
    watcher: Watcher,
    workers: int,
) -> list[str]:
    if data is not None:
        files = find_files(profile, data)
        watcher.phase("Receive files", sum(map(len, files.values())))
        receive(lake, files, advance=lambda: watcher.advance(""))
    watcher.phase("Condition files", count_pending(lake, profile))
    failures = []
    for name, error in condition_pending(
        lake, profile, profile_path, root, workers=workers, alive=root / WORKERS_ALIVE
    ):
        watcher.advance(name)
        if error is not None:
            failures.append(f"{name}: {error}; it stays pending")
    return failures


def _materialise(lake: Lake, watcher: Watcher) -> dict[str, DatasetVersion]:
    watcher.phase("Merge into dataset versions", 1)
    versions = lake.materialise()
    watcher.advance("")
    missing = {"stores", "products", "shipments"} - set(versions)
    if missing:
        raise ShelfcastError(
            f"no accepted rows for {', '.join(sorted(missing))}: see the quarantine for the reasons"
        )
    return versions


def _run_cells(tasks: Sequence[CellTask], root: Path, watcher: Watcher, workers: int) -> list[CellOutcome]:
    watcher.phase("Train and score cells", len(tasks))
    outcomes = []
    for task, outcome in run_all(run_cell, tasks, workers=workers, alive=root / WORKERS_ALIVE):
        outcomes.append(crashed(task, outcome) if isinstance(outcome, Exception) else outcome)
        watcher.advance(task.name)
    return sorted(outcomes, key=lambda o: (o.market, o.format))


def _conclude(
    root: Path,
    versions: Mapping[str, DatasetVersion],
    plan: CellPlan,
    outcomes: Sequence[CellOutcome],
    quality: QualityReport,
    failures: Sequence[str],
) -> RunResult:
    ids = {table: v.version for table, v in versions.items()}
    rows = evaluation_rows(outcomes)
    forecasts, orders = published(outcomes, FORECASTS), published(outcomes, ORDERS)
    result = RunResult(
        folder=root / "predictions" / _run_id(ids, forecasts),
        versions=ids,
        markets=accuracy(rows, ["market"]),
        slots=accuracy(rows, SLOT),
        rows=row_counts(outcomes),
        left_out=plan.left_out,
        serving=slot_verdicts(outcomes),
        quality=quality,
        failures=failures,
        evaluation=rows,
    )
    _check_conservation(plan, outcomes, result)
    if len(forecasts):
        write_csv(forecasts, result.folder / FORECASTS, KEY)
        write_csv(orders, result.folder / ORDERS, KEY[2:])
    write_csv(rows, result.folder / "evaluation.csv", [c for c in (*KEY, "lead") if c in rows])
    write_json(result.folder / "summary.json", _to_json(result))
    return result


def _run_id(versions: Mapping[str, str], forecasts: pd.DataFrame) -> str:
    """Name the run by the newest week it knows, and by what it was made from."""
    digest = hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:8]
    return f"{forecasts['cutoff_week'].max() if len(forecasts) else 'none'}-{digest}"


def _check_conservation(plan: CellPlan, outcomes: Sequence[CellOutcome], result: RunResult) -> None:
    """Every shipment row is in some cell, and every row to be scored is scored or quarantined.

    A cell that could not even be validated has said so; only then are shipments known to be left out.

    Raises
    ------
    RowsLost
        If that is not so.
    """
    validated = [o.steps["validate"] for o in outcomes if "validate" in o.steps]
    used = sum(report.rows_in for report in validated)
    all_read = len(validated) == len(outcomes) and all(report.status == "succeeded" for report in validated)
    if all_read and used != plan.shipment_rows:
        raise RowsLost(f"{plan.shipment_rows} shipment rows, but the cells have {used}")
    for market, count in result.rows.items():
        if count["rows_in"] != count["scored"] + count["quarantined"]:
            raise RowsLost(f"{market}: {dict(count)}")


def _to_json(result: RunResult) -> dict[str, Any]:
    serving = {"/".join(slot): decision for slot, decision in result.serving.items()}
    return {
        "versions": result.versions,
        "markets": result.markets,
        "slots": result.slots,
        "rows": result.rows,
        "shipment_rows_left_out": result.left_out,
        "serving": serving,
        "quality": {name: asdict(counts) for name, counts in result.quality.sources.items()},
        "warnings": result.quality.warnings,
        "failures": result.failures,
    }
