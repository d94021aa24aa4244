"""Accuracy per market and per slot. How it looks on a terminal: local.console."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from training.metrics import measure, reduction

CELL = ["market", "format"]
SLOT = [*CELL, "velocity"]


def accuracy(rows: pd.DataFrame, by: Sequence[str]) -> list[dict[str, Any]]:
    """Measure the served forecasts and the historical average per group, and over all rows last.

    Returns
    -------
    list of dict
        The group's names, ``mape, baseline_mape, seasonal_mape, reduction, rmse_zero, rmse_all, wape, n_used,
        n_zero``.
    """
    groups = [(names, group) for names, group in rows.groupby(list(by), sort=True)] if len(rows) else []
    return [_measured(dict(zip(by, names, strict=True)), group) for names, group in groups] + [
        _measured({by[0]: "all"} | dict.fromkeys(by[1:], ""), rows)
    ]


def _measured(names: Mapping[str, object], rows: pd.DataFrame) -> dict[str, Any]:
    found, baseline = (
        measure(rows["actual"], rows["forecast"]),
        measure(rows["actual"], rows["historical_average"]),
    )
    seasonal = measure(rows["actual"], rows["seasonal_average"])
    return {
        **names,
        "mape": found.mape,
        "baseline_mape": baseline.mape,
        "seasonal_mape": seasonal.mape,
        "reduction": reduction(found.mape, baseline.mape),
        "rmse_zero": found.rmse_zero,
        "rmse_all": found.rmse_all,
        "wape": found.wape,
        "n_used": found.n_used,
        "n_zero": found.n_zero,
    }


def write_csv(frame: pd.DataFrame, path: Path, sort: Sequence[str]) -> None:
    """Write a frame as CSV, sorted, with the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.sort_values(list(sort)).to_csv(path, index=False, lineterminator="\n")
