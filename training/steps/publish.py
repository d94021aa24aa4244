"""Last step of scoring: the cell's forecasts and its order file, as CSV."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from training.steps.folders import FACTS, FORECASTS, ORDERS, SCORES, read_json, write_json
from training.steps.program import Result, Step

COLUMNS = (
    "week_start", "store_id", "product_id", "market", "format", "velocity", "lead", "cutoff_week", "forecast", "lower",
    "upper", "suggested_order", "serving_state", "model_version", "reason", "lasso", "network", "historical_average",
    "seasonal_average",
)  # fmt: skip
KEY = ["week_start", "store_id", "product_id"]
DECIMALS = 4
ROUNDING = 1e-9  # 12.0000000001 units are 12


def publish(arguments: argparse.Namespace, output: Path) -> Result:
    """Write forecasts.csv with everything behind each number, and orders.csv with whole units to deliver."""
    rows = pd.read_parquet(arguments.results / SCORES)
    rows = rows.assign(suggested_order=suggest_order(rows)).sort_values(KEY)
    _write(
        rows[list(COLUMNS)].round(dict.fromkeys(rows.select_dtypes("float"), DECIMALS)), output / FORECASTS
    )
    _write(rows[[*KEY, "suggested_order"]], output / ORDERS)
    write_json(output / FACTS, read_json(arguments.results / FACTS))
    return Result(
        rows_in=len(rows), rows_out=len(rows), details={"units": float(rows["suggested_order"].sum())}
    )


def _write(rows: pd.DataFrame, path: Path) -> None:
    rows.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")


def suggest_order(rows: pd.DataFrame) -> pd.Series:
    """Return whole units to deliver: the order level where the model gives one, else the forecast, rounded up."""
    level = rows["order_level"].where(rows["order_level"].notna(), rows["forecast"])
    return level.sub(ROUNDING).apply(np.ceil).clip(lower=0).astype("int64")


STEP = Step(
    name="publish",
    purpose="Writes the forecasts of a cell and its order file.",
    body=publish,
    inputs=(("results", "Output of the validate_results step."),),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
