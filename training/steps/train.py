"""Third step of training: fits the slots of a cell, each twice.

holdout/   fitted up to the held-out weeks, to be judged on them
final/     fitted on everything, to serve

A slot that cannot be fitted leaves a failure.json that says why; the others go on.
"""

import argparse
import sys
import traceback
from pathlib import Path
from typing import Any

from shared.errors import ShelfcastError
from shared.profile import Forecasting
from training.archive import load_panel
from training.bundle import save
from training.evaluation import fit_holdout
from training.panel import Panel
from training.slot import fit_slot
from training.steps.folders import (
    FAILURE,
    FINAL,
    HOLDOUT,
    PANEL,
    SLOTS,
    SPLIT,
    read_json,
    read_profile,
    write_json,
)
from training.steps.program import Result, Step
from training.velocity import VelocitySplit


def train(arguments: argparse.Namespace, output: Path) -> Result:
    """Fit every slot that has series."""
    panel = load_panel(arguments.features / PANEL)
    settings = read_profile(arguments.features).forecasting
    split = VelocitySplit(**read_json(arguments.features / SPLIT))
    details = {}
    for slot in SLOTS:
        if split.mask(panel, slot).any():
            details[slot] = _fit_or_explain(panel, settings, split, slot, output / slot)
    return Result(rows_in=panel.n_series, rows_out=panel.n_series, details=details)


def _fit_or_explain(
    panel: Panel, settings: Forecasting, split: VelocitySplit, slot: str, folder: Path
) -> dict[str, Any]:
    try:
        return _fit(panel, settings, split, slot, folder)
    except Exception as exc:  # noqa: BLE001 - a slot's failure is a result that the baseline answers, and is recorded
        said = str(exc) if isinstance(exc, ShelfcastError) else f"{type(exc).__name__}: {exc}"
        write_json(folder / FAILURE, {"error": said, "trace": traceback.format_exc()})
        return {"error": said}


def _fit(
    panel: Panel, settings: Forecasting, split: VelocitySplit, slot: str, folder: Path
) -> dict[str, Any]:
    series = split.mask(panel, slot)
    holdout = fit_holdout(panel, settings, series=series)
    final = fit_slot(panel, settings, series=series, like=holdout)
    digests = {name: save(model, folder / name) for name, model in ((HOLDOUT, holdout), (FINAL, final))}
    return {
        "series": int(series.sum()),
        "rows": final.n_rows,
        "trained_until": final.trained_until,
        **digests,
    }


STEP = Step(
    name="train",
    purpose="Fits LASSO, network and their ensemble for the slow and the fast movers of a cell.",
    body=train,
    inputs=(("features", "Output of the features step."),),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
