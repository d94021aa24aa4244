"""Accepted rows, collected per table and month, on disk when they grow too many for memory."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from shared.conditioning.coding import codes_and_values, compact, one_piece, take
from shared.conditioning.dates import SECONDS_PER_DAY, month_name, months
from shared.conditioning.outcome import Grain
from shared.conditioning.plan import OutputPlan

WHOLE = "all"
PartKey = tuple[str, Grain, str]
"""Table, grain, partition."""


@dataclass(kw_only=True)
class _Rows:
    """Rows of one partition: pieces on disk, then pieces in memory, in the order of the file."""

    files: list[Path] = field(default_factory=list)
    pieces: list[pa.Table] = field(default_factory=list)
    nbytes: int = 0


class Collector:
    """Collects accepted rows by (table, grain) and partition.

    Parameters
    ----------
    folder : Path
        Where rows are spilled.
    buffer_bytes : int
        Most bytes kept in memory.
    """

    def __init__(self, folder: Path, *, buffer_bytes: int) -> None:
        self._folder, self._buffer_bytes = folder, buffer_bytes
        self._rows: dict[PartKey, _Rows] = defaultdict(_Rows)
        self._buffered = 0
        self._spills = 0

    def add(self, output: OutputPlan, rows: pa.Table) -> None:
        """Collect a batch's accepted rows for one output."""
        for partition, piece in by_month(rows, output.partition_by):
            own = self._rows[(*output.part, partition)]
            own.pieces.append(piece)
            own.nbytes += piece.nbytes
            self._buffered += piece.nbytes
        if self._buffered > self._buffer_bytes:
            self._spill()

    def partitions(self) -> list[PartKey]:
        """List (table, grain, partition), sorted."""
        return sorted(self._rows)

    def nbytes(self, partition: PartKey) -> int:
        """Return the size of a partition's rows in memory."""
        return self._rows[partition].nbytes

    def pieces(self, partition: PartKey) -> Iterator[pa.Table]:
        """Give a partition's rows in the order of the file."""
        own = self._rows[partition]
        for path in own.files:
            yield read_rows(path)
        yield from own.pieces

    def _spill(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for own in self._rows.values():
            if own.pieces:
                path = self._folder / f"{self._spills}.arrow"
                write_rows(path, one_piece(own.pieces))
                own.files.append(path)
                own.pieces = []
                self._spills += 1
        self._buffered = 0


def write_rows(path: Path, rows: pa.Table, *, batch_rows: int | None = None) -> None:
    """Write rows to a file of our own, in batches of at most that many rows."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows, max_chunksize=batch_rows)


def read_rows(path: Path) -> pa.Table:
    """Read such a file whole."""
    with pa.OSFile(str(path), "rb") as file:
        return pa.ipc.open_file(file).read_all()


def by_month(rows: pa.Table, column: str | None) -> Iterator[tuple[str, pa.Table]]:
    """Split rows by the month of a date column, in the order of months; None: all of them are one part."""
    if rows.num_rows == 0:
        return
    if column is None:
        yield WHOLE, rows
        return
    month = _months(rows[column])
    if (month == month[0]).all():
        yield month_name(int(month[0])), rows
        return
    order = np.argsort(month, kind="stable")
    rows, month = take(rows, order), month[order]
    starts = np.flatnonzero(np.diff(month, prepend=month[0] - 1))
    for start, end in zip(starts, [*starts[1:], len(month)], strict=True):
        yield month_name(int(month[start])), compact(rows.slice(start, end - start))


def _months(column: pa.ChunkedArray) -> np.ndarray:
    codes, values = codes_and_values(column)
    if pa.types.is_timestamp(values.type):
        days = values.cast(pa.int64()).to_numpy() // SECONDS_PER_DAY
    else:
        days = values.cast(pa.int32()).to_numpy().astype(np.int64)
    return months(days)[codes]
