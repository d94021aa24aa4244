"""What a run came to: accuracy per market and per slot, rows in and out. How it looks on a terminal: local.console."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from local.cells import CellOutcome
from training.metrics import measure, reduction
from training.steps.folders import EVALUATION, FORECASTS, ORDERS

CELL = ["market", "format"]
SLOT = [*CELL, "velocity"]


def evaluation_rows(outcomes: Iterable[CellOutcome]) -> pd.DataFrame:
    """Return the held-out rows of all cells, with market and format."""
    frames = [
        pd.read_parquet(outcome.folder / "evaluate" / EVALUATION).assign(
            market=outcome.market, format=outcome.format
        )
        for outcome in outcomes
        if "evaluate" in outcome.steps and outcome.steps["evaluate"].status == "succeeded"
    ]
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else pd.DataFrame(columns=[*SLOT, "actual", "forecast"])
    )


def published(outcomes: Iterable[CellOutcome], name: str) -> pd.DataFrame:
    """Return the published rows of all cells: `FORECASTS` or `ORDERS`."""
    assert name in (FORECASTS, ORDERS)
    text = {"store_id": "str", "product_id": "str"}
    frames = [pd.read_csv(o.folder / "publish" / name, dtype=text) for o in outcomes if o.published]
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


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


def row_counts(outcomes: Iterable[CellOutcome]) -> dict[str, dict[str, int]]:
    """Return per market the rows to be scored, scored, and quarantined."""
    counts: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        market = counts.setdefault(outcome.market, {"rows_in": 0, "scored": 0, "quarantined": 0})
        for name, count in _cell_counts(outcome).items():
            market[name] += count
    return counts


def _cell_counts(outcome: CellOutcome) -> dict[str, int]:
    """Count a cell's rows; where nothing could be published, all of them are held back."""
    score, results = outcome.steps.get("score"), outcome.steps.get("validate_results")
    wanted = score.rows_in if score else 0
    scored = outcome.steps["publish"].rows_out if outcome.published else 0
    held_back = sum(results.quarantined.values()) if results and outcome.published else wanted - scored
    return {"rows_in": wanted, "scored": scored, "quarantined": held_back}


def slot_verdicts(outcomes: Iterable[CellOutcome]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what serves each slot that has series, and why."""
    found = {}
    for outcome in outcomes:
        judged = outcome.steps["evaluate"].details if "evaluate" in outcome.steps else {}
        for slot, serving in outcome.serving.items():
            if slot in judged:
                found[outcome.market, outcome.format, slot] = dict(serving)
    return found


def write_csv(frame: pd.DataFrame, path: Path, sort: Sequence[str]) -> None:
    """Write a frame as CSV, sorted, with the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.sort_values(list(sort)).to_csv(path, index=False, lineterminator="\n")
