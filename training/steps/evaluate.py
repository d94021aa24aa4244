"""Fourth step of training: forecasts the held-out weeks with models that have not seen them, and judges the gate."""

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from shared.errors import BundleRefused
from shared.profile import Forecasting
from training.archive import load_panel
from training.bundle import load
from training.evaluation import JUDGED, forecast_holdout
from training.features.design import feature_names
from training.metrics import Metrics, judge, judge_all_rows, measure, reduction
from training.panel import Panel
from training.rows import BASELINES
from training.steps.folders import (
    EVALUATION,
    FAILURE,
    HOLDOUT,
    JUDGEMENT,
    PANEL,
    SLOTS,
    SPLIT,
    read_json,
    read_profile,
    write_json,
)
from training.steps.program import Result, Step
from training.velocity import VelocitySplit


def evaluate(arguments: argparse.Namespace, output: Path) -> Result:
    """Write row-level forecasts of the held-out weeks, and a verdict per slot."""
    panel = load_panel(arguments.features / PANEL)
    settings = read_profile(arguments.features).forecasting
    split = VelocitySplit(**read_json(arguments.features / SPLIT))
    frames, verdicts = [], {}
    for slot in SLOTS:
        if split.mask(panel, slot).any():
            rows, failure = _forecast(panel, settings, split, slot, arguments.trained / slot)
            frames.append(rows.assign(velocity=slot, primary=failure is None))
            verdicts[slot] = _judge(rows, settings, failure)
    rows = pd.concat(frames, ignore_index=True)
    rows.to_parquet(output / EVALUATION, index=False)
    write_json(output / JUDGEMENT, verdicts)
    return Result(rows_in=len(rows), rows_out=len(rows), details=verdicts)


def _forecast(
    panel: Panel, settings: Forecasting, split: VelocitySplit, slot: str, trained: Path
) -> tuple[pd.DataFrame, str | None]:
    """Forecast with the slot's holdout model, or, with the reason, with the baseline where there is none."""
    model, failure = None, None
    try:
        if (trained / FAILURE).exists():
            failure = str(read_json(trained / FAILURE)["error"])
        else:
            model = load(trained / HOLDOUT, features=feature_names(panel, settings))
    except BundleRefused as exc:
        failure = str(exc)
    return forecast_holdout(panel, settings, model=model, series=split.mask(panel, slot)), failure


def _judge(rows: pd.DataFrame, settings: Forecasting, failure: str | None) -> dict[str, Any]:
    metrics = {name: measure(rows["actual"], rows[name]) for name in JUDGED if rows[name].notna().all()}
    baseline = metrics["historical_average"].mape
    best = min((m.mape for m in (metrics[name] for name in BASELINES) if m.mape is not None), default=None)
    if settings.gate.measure == "mape":
        passed = judge(metrics["forecast"].mape, best, max_mape=settings.gate.max_mape).passed
        reason = _verdict(metrics["forecast"], best, settings.gate.max_mape)
    else:
        passed, reason = judge_all_rows(metrics["forecast"], [metrics[name] for name in BASELINES])
    return {
        "metrics": {name: found.to_json() for name, found in metrics.items()},
        "mape_reduction": reduction(metrics["forecast"].mape, baseline),
        "better_baseline_mape": best,
        "gate_passed": passed and failure is None,
        "reason": failure or reason,
    }


def _verdict(found: Metrics, baseline: float | None, limit: float) -> str:
    if found.mape is None or baseline is None:
        return "no held-out week with demand: its MAPE is undefined"
    if found.mape > limit:
        return f"MAPE {found.mape:.4f} is above {limit}"
    if found.mape >= baseline:
        return f"MAPE {found.mape:.4f} is not below the better baseline's {baseline:.4f}"
    return f"MAPE {found.mape:.4f} is within {limit} and below the better baseline's {baseline:.4f}"


STEP = Step(
    name="evaluate",
    purpose="Forecasts the held-out weeks with models that have not seen them, and judges the gate.",
    body=evaluate,
    inputs=(("features", "Output of the features step."), ("trained", "Output of the train step.")),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
