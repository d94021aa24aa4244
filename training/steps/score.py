"""Second step of scoring: forecasts the coming weeks with the models that serve.

A slot without a serving model, or whose bundle is refused, is forecast by its baseline; every row says which.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from shared.errors import BundleRefused
from shared.profile import Forecasting
from training.baseline import predict_baseline
from training.bundle import load
from training.features.design import feature_names
from training.panel import Panel, build_panel
from training.steps.folders import (
    FACTS,
    SCORES,
    SERVING,
    SLOTS,
    TABLES,
    load_tables,
    read_json,
    read_profile,
    write_json,
)
from training.steps.program import Result, Step
from training.velocity import VelocitySplit

PRIMARY, BASELINE = "primary", "baseline"


def score(arguments: argparse.Namespace, output: Path) -> Result:
    """Write a forecast for every live and new pair of the cell and every lead."""
    facts, profile = read_json(arguments.validated / FACTS), read_profile(arguments.validated)
    tables = load_tables(arguments.validated / TABLES)
    panel = build_panel(tables, profile, market=facts["market"], format=facts["format"])
    serving = read_json(arguments.models / SERVING)
    split = VelocitySplit(**serving["velocity_split"])
    frames = [
        _score_slot(panel, profile.forecasting, split, slot, serving["slots"], arguments.models)
        for slot in SLOTS
    ]
    rows = pd.concat(frames, ignore_index=True).assign(
        market=facts["market"], format=facts["format"], cutoff_week=pd.Timestamp(facts["cutoff_week"])
    )
    wanted = int(panel.live(panel.last_known).sum()) * len(profile.forecasting.leads)
    rows.to_parquet(output / SCORES, index=False)
    write_json(output / FACTS, facts | {"largest_week": _largest(panel)})
    return Result(
        rows_in=wanted,
        rows_out=len(rows),
        details={str(k): int(v) for k, v in rows["serving_state"].value_counts().items()},
    )


def _score_slot(
    panel: Panel,
    settings: Forecasting,
    split: VelocitySplit,
    slot: str,
    serving: dict[str, Any],
    models: Path,
) -> pd.DataFrame:
    """Forecast a slot's pairs by its model or, where that cannot be, by its baseline."""
    series, chosen = split.mask(panel, slot), serving[slot]
    failure = None if chosen["version"] is not None else str(chosen["reason"])
    if failure is None:
        try:
            model = load(models / slot, features=feature_names(panel, settings))
            rows = model.predict(panel, panel.last_known, series=series)
            return rows.assign(
                velocity=slot, serving_state=PRIMARY, reason="", model_version=chosen["version"]
            )
        except BundleRefused as exc:
            failure = str(exc)
    rows = predict_baseline(panel, settings, panel.last_known, series=series)
    return rows.assign(velocity=slot, serving_state=BASELINE, reason=failure, model_version=0)


def _largest(panel: Panel) -> dict[str, float]:
    """Return the largest week of each product in the cell, in units: what forecasts are held against."""
    known = pd.DataFrame(panel.units[:, : panel.n_known]).max(axis=1)
    return {str(k): float(v) for k, v in known.groupby(panel.series["product_id"].to_numpy()).max().items()}


STEP = Step(
    name="score",
    purpose="Forecasts the coming weeks of a cell with the models that serve, or the baseline.",
    body=score,
    inputs=(
        ("validated", "Output of the validate step."),
        ("models", "Folder with serving.json and a bundle per slot that has one."),
    ),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
