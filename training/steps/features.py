"""Second step of training: lays the cell out as a panel and splits it into slow and fast movers."""

import argparse
import sys
from pathlib import Path

from training.archive import save_panel
from training.features.design import feature_names
from training.panel import build_panel
from training.steps.folders import (
    FACTS,
    PANEL,
    PROFILE,
    SPLIT,
    TABLES,
    load_tables,
    read_json,
    read_profile,
    write_json,
)
from training.steps.program import Result, Step
from training.velocity import VelocitySplit, split_by_velocity


def features(arguments: argparse.Namespace, output: Path) -> Result:
    """Write panel, velocity split and the list of features."""
    facts = read_json(arguments.validated / FACTS)
    profile = read_profile(arguments.validated)
    tables = load_tables(arguments.validated / TABLES)
    panel = build_panel(tables, profile, market=facts["market"], format=facts["format"])
    settings = profile.forecasting
    before = read_json(arguments.previous)
    split = split_by_velocity(
        panel,
        settings,
        cutoff=panel.last_known - settings.evaluation_weeks,
        previous=VelocitySplit(**before) if before else None,
    )
    save_panel(panel, output / PANEL)
    write_json(output / SPLIT, split.to_json())
    write_json(output / FACTS, facts)
    (output / PROFILE).write_bytes((arguments.validated / PROFILE).read_bytes())
    details = {
        "series": panel.n_series,
        "weeks": panel.n_known,
        "oversized_returns": panel.n_oversized,
        "features": feature_names(panel, settings),
    }
    return Result(rows_in=panel.n_series, rows_out=panel.n_series, details=details)


STEP = Step(
    name="features",
    purpose="Lays the cell out as a panel of series by weeks and splits it into slow and fast movers.",
    body=features,
    inputs=(
        ("validated", "Output of the validate step."),
        ("previous", "JSON file: the split of the models before, or {}; products near the border stay."),
    ),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
