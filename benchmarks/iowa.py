"""Iowa's liquor warehouse: rolling evaluation over the last 26 weeks of 2021, per cell, beside both baselines.

    python -m benchmarks.iowa --data DIR [--lake DIR] [--out DIR]

The files go the general way: conditioning, lake, panel, slots, models, metrics. Models are fitted once, before the
first of the 26 weeks; each week is then forecast from the week before it. Markets whose history is too short for that
(they begin in May 2022) are left out. Writes iowa.json and iowa.md. How a cell is forecast is not here.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from local.ingest import condition_pending, find_files, open_lake, receive
from local.pool import run_all
from shared.profile import Profile, load_profile
from training.dataset import Tables, read_tables
from training.evaluation import evaluate, held_out
from training.metrics import measure
from training.panel import Panel, build_panel, cells
from training.rows import BASELINES
from training.velocity import FAST, SLOW, split_by_velocity

PROFILE = Path(__file__).parents[1] / "config" / "examples" / "iowa.yml"
HELD_OUT_WEEKS = 26
LEAST_WEEKS = 104
MEASURES = ("mape", "rmse_zero", "rmse_all", "wape")
GOALS = ("wape", "rmse_all")
LARGEST = 10


@dataclass(frozen=True, kw_only=True)
class CellTask:
    """A cell to evaluate, in a worker."""

    market: str
    format: str
    conditioned: Path
    versions: dict[str, str]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a cell could not be evaluated."""
    arguments = _parser().parse_args(argv)
    begun = time.monotonic()
    outcomes = list(evaluate_cells(arguments.data, arguments.lake, arguments.workers))
    failures = [
        f"{task.market} / {task.format}: {found}" for task, found in outcomes if isinstance(found, Exception)
    ]
    found = [found for _, found in outcomes if isinstance(found, dict)]
    report = {
        "held_out_weeks": HELD_OUT_WEEKS,
        "seconds": round(time.monotonic() - begun),
        "cells": sorted(found, key=lambda cell: (cell["market"], cell["format"])),
        "failures": failures,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "iowa.json").write_text(json.dumps(report, indent=1) + "\n")
    (arguments.out / "iowa.md").write_text(markdown(report))
    print(markdown(report))
    return 1 if failures or not found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with iowa/ and demographics/")
    parser.add_argument("--lake", type=Path, default=Path("build/benchmarks/iowa_lake"))
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--workers", type=int, default=2)
    return parser


def evaluate_cells(
    data: Path, root: Path, workers: int
) -> Iterator[tuple[CellTask, dict[str, Any] | Exception]]:
    """Condition the files and evaluate every cell with a long history; yields each cell's numbers, or its error."""
    versions = ingest(load_profile(PROFILE), data, root, workers)
    conditioned = root / "conditioned"
    tables = read_tables(conditioned, versions)
    tasks = [
        CellTask(market=market, format=form, conditioned=conditioned, versions=versions)
        for market, form in cells(tables)
        if _weeks_of(tables, market) >= LEAST_WEEKS
    ]
    for task, found in run_all(evaluate_cell, tasks, workers=workers):
        print(f"{task.market} / {task.format}", file=sys.stderr, flush=True)
        yield task, found


def ingest(profile: Profile, data: Path, root: Path, workers: int) -> dict[str, str]:
    """Bring new files into the lake and return the version of each table."""
    root.mkdir(parents=True, exist_ok=True)
    lake = open_lake(root, profile)
    receive(lake, find_files(profile, data), advance=lambda: None)
    for name, error in condition_pending(lake, profile, PROFILE, root, workers=workers):
        if error is not None:
            raise RuntimeError(f"{name} could not be conditioned") from error
    return {table: version.version for table, version in lake.materialise().items()}


def _weeks_of(tables: Tables, market: str) -> int:
    stores = tables.stores.loc[tables.stores["market"] == market, "store_id"]
    return int(tables.shipments.loc[tables.shipments["store_id"].isin(stores), "week_start"].nunique())


def evaluate_cell(task: CellTask) -> dict[str, Any]:
    """Evaluate one cell, slot by slot, and measure all its rows together."""
    profile = benchmark_profile()
    tables = read_tables(task.conditioned, task.versions)
    panel = build_panel(tables, profile, market=task.market, format=task.format)
    return {
        "market": task.market,
        "format": task.format,
        "stores": len(panel.stores),
        **summarise(evaluated_rows(panel, profile)),
    }


def benchmark_profile() -> Profile:
    """Return the client's profile with the benchmark's held-out weeks."""
    profile = load_profile(PROFILE)
    weeks = {"evaluation_weeks": HELD_OUT_WEEKS, "validation_weeks": HELD_OUT_WEEKS}
    return profile.model_copy(update={"forecasting": profile.forecasting.model_copy(update=weeks)})


def evaluated_rows(panel: Panel, profile: Profile) -> pd.DataFrame:
    """Return actuals and forecasts of the held-out weeks; slots are split by what was known before them."""
    settings = profile.forecasting
    split = split_by_velocity(panel, settings, cutoff=held_out(panel, settings).start - settings.leads[0])
    slots = [split.mask(panel, slot) for slot in (SLOW, FAST)]
    return pd.concat([evaluate(panel, settings, series=s).rows for s in slots if s.any()], ignore_index=True)


def summarise(rows: pd.DataFrame) -> dict[str, Any]:
    """Measure the ensemble and both baselines on the same rows, and say where the ensemble is not better."""
    actual = rows["actual"]
    metrics: dict[str, dict[str, Any]] = {
        name: dict(measure(actual, rows[name]).to_json()) for name in ("forecast", *BASELINES)
    }
    return {
        "rows": len(rows),
        "zero_share": float((actual == 0).mean()),
        "metrics": metrics,
        "not_better": [
            explain(rows, goal, name)
            for goal in GOALS
            for name in BASELINES
            if metrics["forecast"][goal] >= metrics[name][goal]
        ],
    }


def explain(rows: pd.DataFrame, goal: str, baseline: str) -> str:
    """Say by how much the ensemble is behind, and how much of its error lies in the largest errors."""
    error, other = ((rows[name] - rows["actual"]).abs() for name in ("forecast", baseline))
    power = 2 if goal == "rmse_all" else 1
    largest = np.sort(error.to_numpy() ** power)[::-1]
    behind = (float((error**power).sum()) / float((other**power).sum())) ** (1 / power) - 1
    return (
        f"{goal} {behind:.1%} above the {baseline.replace('_', ' ')}: "
        f"{largest[:LARGEST].sum() / largest.sum():.0%} of the error lies in {LARGEST} of {len(rows)} rows"
    )


def markdown(report: dict[str, Any]) -> str:
    """Write the table: ensemble / historical average / seasonal average."""
    head = "| cell | rows | zeros | MAPE | RMSE 0 | RMSE All | WAPE | better on both |"
    notes = [
        f"- {cell['market']} {cell['format']}: {note}"
        for cell in report["cells"]
        for note in cell["not_better"]
    ]
    won = sum(not cell["not_better"] for cell in report["cells"])
    return "\n".join(
        [
            f"Iowa, last {report['held_out_weeks']} weeks of 2021, one week ahead; "
            "ensemble / historical average / seasonal average.",
            "",
            head,
            "|---|---:|---:|---|---|---|---|---|",
            *map(_line, report["cells"]),
            "",
            f"Better than both baselines on WAPE and RMSE All in {won} of {len(report['cells'])} cells; "
            f"{report['seconds']} seconds.",
            "MAPE looks at the rows with demand alone, which a forecast meets better the less it minds the others.",
            *notes,
            *(f"- failed: {failure}" for failure in report["failures"]),
            "",
        ]
    )


def _line(cell: dict[str, Any]) -> str:
    numbers = [
        " / ".join(f"{cell['metrics'][name][measured]:.3f}" for name in ("forecast", *BASELINES))
        for measured in MEASURES
    ]
    title = f"{cell['market']} {cell['format']}"
    verdict = "no" if cell["not_better"] else "yes"
    return f"| {title} | {cell['rows']} | {cell['zero_share']:.0%} | {' | '.join(numbers)} | {verdict} |"


if __name__ == "__main__":
    sys.exit(main())
