"""What the company has after a run: the forecasts that stand, the accuracy of their models, what became of all rows.

Cells that a run had nothing to do for are part of it, by the run that did. It is read from the lake alone. How it looks
on a terminal is in local.console.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from local.summary import SLOT, accuracy, write_csv
from shared.errors import ShelfcastError
from shared.lake import Lake, QualityReport, quality_report
from shared.lake.blobs import read_bytes
from shared.messages import CellOutcome, RunSummary
from shared.ports import BlobStore
from shared.runs.layout import CURRENT, FORECASTS, ORDERS, cell_prediction, outcome_path, trained_path
from shared.runs.records import CurrentForecast, Training, read_message
from shared.runs.summary import read_plan, read_summary
from training.steps.folders import EVALUATION, write_json

KEY = ("market", "format", "week_start", "store_id", "product_id")


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What a run came to.

    Attributes
    ----------
    folder : Path
        Where summary.json, evaluation.csv, forecasts.csv and orders.csv lie.
    run : RunSummary
        Of the run itself, which need not have done every cell.
    markets, slots : list of dict
        Accuracy per market and per slot, see `local.summary.accuracy`; the last entry is over all.
    rows : dict of market to counts
        ``rows_in, scored, quarantined``.
    left_out : int
        Shipment rows of markets that the profile does not name.
    failures : list of str
        Cells that could not be done, each with its reason.
    """

    folder: Path
    run: RunSummary
    versions: Mapping[str, str]
    markets: Sequence[dict[str, Any]]
    slots: Sequence[dict[str, Any]]
    rows: Mapping[str, Mapping[str, int]]
    left_out: int
    serving: Mapping[tuple[str, str, str], Mapping[str, Any]]
    quality: QualityReport
    failures: Sequence[str]
    evaluation: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """What stands for a cell: the outcome that published its forecast, and the one of its newest training."""

    published: CellOutcome
    trained: CellOutcome | None


def read_result(lake: Lake, run: str, folder: Path) -> RunResult:
    """Read what stands after a run, and write it below a folder, where people look at it.

    Raises
    ------
    ShelfcastError
        If the run failed before any cell had a forecast.
    """
    store, summary = lake.store, read_summary(lake.store, run)
    assert summary, f"{run} has not ended"
    cells = _cells(store)
    if not cells:
        raise ShelfcastError(f"nothing came out: {summary.error or '; '.join(summary.failures)}")
    evaluation = _evaluation(store, cells)
    plan = read_plan(store, run)
    result = RunResult(
        folder=folder / run,
        run=summary,
        versions=summary.versions,
        markets=accuracy(evaluation, ["market"]),
        slots=accuracy(evaluation, SLOT),
        rows=_rows(cells),
        left_out=plan.left_out if plan else 0,
        serving=_serving(cells, evaluation),
        quality=quality_report(lake),
        failures=[*summary.failures, *([summary.error] if summary.error else [])],
        evaluation=evaluation,
    )
    write_csv(_published(store, cells, FORECASTS), result.folder / FORECASTS, KEY)
    write_csv(_published(store, cells, ORDERS), result.folder / ORDERS, KEY[2:])
    write_csv(evaluation, result.folder / "evaluation.csv", [c for c in (*KEY, "lead") if c in evaluation])
    write_json(result.folder / "summary.json", _to_json(result))
    return result


def _cells(store: BlobStore) -> list[_Cell]:
    found = []
    for blob in store.list(CURRENT):
        cell = blob.path.removeprefix(CURRENT).removesuffix(".json")
        current, training = read_message(store, blob.path, CurrentForecast), _training(store, cell)
        published = read_message(store, outcome_path(current.run, cell), CellOutcome) if current else None
        if published:
            found.append(_Cell(published=published, trained=training))
    return sorted(found, key=lambda c: (c.published.market, c.published.format))


def _training(store: BlobStore, cell: str) -> CellOutcome | None:
    newest = read_message(store, trained_path(cell), Training)
    return read_message(store, outcome_path(newest.run, cell), CellOutcome) if newest else None


def _evaluation(store: BlobStore, cells: Sequence[_Cell]) -> pd.DataFrame:
    """Return the held-out rows of the newest trainings, with market and format."""
    frames = [
        pd.read_parquet(
            io.BytesIO(read_bytes(store, f"{outcome.training.output}/evaluate/{EVALUATION}"))
        ).assign(market=outcome.market, format=outcome.format)
        for outcome in (cell.trained for cell in cells)
        if outcome and outcome.training
    ]
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else pd.DataFrame(columns=[*SLOT, "actual", "forecast"])
    )


def _published(store: BlobStore, cells: Sequence[_Cell], name: str) -> pd.DataFrame:
    paths = [cell_prediction(cell.published.run, cell.published.cell, name) for cell in cells]
    text = {"store_id": "str", "product_id": "str"}
    frames = [pd.read_csv(io.BytesIO(read_bytes(store, path)), dtype=text) for path in paths]
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _rows(cells: Sequence[_Cell]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for cell in cells:
        market = counts.setdefault(
            cell.published.market, dict.fromkeys(("rows_in", "scored", "quarantined"), 0)
        )
        for name in market:
            market[name] += getattr(cell.published, name)
    return counts


def _serving(cells: Sequence[_Cell], evaluation: pd.DataFrame) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what serves each slot that has series, and why."""
    judged = {
        (str(m), str(f), str(v)) for m, f, v in evaluation[SLOT].drop_duplicates().itertuples(index=False)
    }
    return {
        slot: chosen.to_json()
        for cell in cells
        for velocity, chosen in cell.published.serving.items()
        if (slot := (cell.published.market, cell.published.format, velocity)) in judged
    }


def _to_json(result: RunResult) -> dict[str, Any]:
    return {
        "run": result.run.to_json(),
        "versions": result.versions,
        "markets": result.markets,
        "slots": result.slots,
        "rows": result.rows,
        "shipment_rows_left_out": result.left_out,
        "serving": {"/".join(slot): decision for slot, decision in result.serving.items()},
        "quality": {name: asdict(counts) for name, counts in result.quality.sources.items()},
        "warnings": result.quality.warnings,
        "failures": result.failures,
    }
