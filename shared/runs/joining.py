"""Joins what cells published into one file each, sorted by key, the same bytes every time, a cell in memory at once.

forecasts.csv    by market, format, week, store, product: cell after cell, as each is sorted already
orders.csv       by week, store, product over all cells
evaluation.csv   the held-out weeks of the cells that were trained, by market, format, week, store, product, lead
"""

import csv
import heapq
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, TextIO

import pandas as pd

from shared.lake.blobs import read_bytes
from shared.messages import CellOutcome
from shared.ports import BlobStore
from shared.runs.layout import EVALUATION, FORECASTS, ORDERS, cell_prediction, prediction_path
from shared.runs.outputs import read_report
from shared.runs.records import read_many

KEY = ("market", "format", "week_start", "store_id", "product_id")
ORDER_KEY = 3
"""The first columns of orders.csv that its rows are sorted by: week, store, product."""


def join_forecasts(store: BlobStore, run: str, published: Sequence[CellOutcome]) -> None:
    """Join the forecasts of cells that are given by market and format."""
    with TemporaryDirectory(prefix="shelfcast-") as folder:
        joined = Path(folder, FORECASTS)
        with joined.open("wb") as out:
            for number, outcome in enumerate(published):
                with store.open(cell_prediction(run, outcome.cell, FORECASTS)) as blob:
                    _append(blob.read(), out, header=number == 0)
        store.put(prediction_path(run, FORECASTS), joined)


def _append(content: bytes, out: BinaryIO, *, header: bool) -> None:
    first, _, rest = content.partition(b"\n")
    out.write(first + b"\n" + rest if header else rest)


def join_orders(store: BlobStore, run: str, published: Sequence[CellOutcome]) -> None:
    """Merge the order files of cells, each sorted, into one."""
    with TemporaryDirectory(prefix="shelfcast-") as folder, ExitStack() as stack:
        streams = [stack.enter_context(_fetched(store, run, outcome, Path(folder))) for outcome in published]
        readers: list[Iterator[list[str]]] = [csv.reader(stream) for stream in streams]
        headers = [next(reader) for reader in readers]
        joined = Path(folder, ORDERS)
        with joined.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(headers[0])
            rows: Iterator[list[str]] = heapq.merge(*readers, key=_order_key)
            writer.writerows(rows)
        store.put(prediction_path(run, ORDERS), joined)


def _order_key(row: list[str]) -> list[str]:
    return row[:ORDER_KEY]


def _fetched(store: BlobStore, run: str, outcome: CellOutcome, folder: Path) -> TextIO:
    path = folder / f"{outcome.cell}.csv"
    path.write_bytes(read_bytes(store, cell_prediction(run, outcome.cell, ORDERS)))
    return path.open(encoding="utf-8", newline="")


def join_evaluation(store: BlobStore, run: str, outcomes: Sequence[CellOutcome]) -> None:
    """Join the held-out rows of the cells whose evaluation succeeded; no file where there are none."""
    ordered = sorted(outcomes, key=lambda outcome: (outcome.market, outcome.format))
    reports = read_many(lambda outcome: read_report(store, outcome.training, "evaluate"), ordered)
    judged = [o for o, r in zip(ordered, reports, strict=True) if r.get("status") == "succeeded"]
    if not judged:
        return
    with TemporaryDirectory(prefix="shelfcast-") as folder:
        joined = Path(folder, EVALUATION)
        with joined.open("w", encoding="utf-8", newline="") as out:
            for number, rows in enumerate(_evaluations(store, judged)):
                rows.to_csv(out, index=False, lineterminator="\n", header=number == 0)
        store.put(prediction_path(run, EVALUATION), joined)


def _evaluations(store: BlobStore, judged: Sequence[CellOutcome]) -> Iterator[pd.DataFrame]:
    """Read cell after cell, with the columns of the first."""
    columns: list[str] = []
    for outcome in judged:
        assert outcome.training
        content = read_bytes(store, f"{outcome.training.output}/evaluate/evaluation.parquet")
        rows = pd.read_parquet(io.BytesIO(content)).assign(market=outcome.market, format=outcome.format)
        columns = columns or list(rows.columns)
        yield rows.sort_values([c for c in (*KEY, "lead") if c in rows]).reindex(columns=columns)
