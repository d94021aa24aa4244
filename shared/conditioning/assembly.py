"""From collected rows to delta files: sorted, each key once, what gave way set aside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shared.conditioning.batches import ROW
from shared.conditioning.json_rows import json_rows
from shared.conditioning.outcome import DeltaPart
from shared.conditioning.plan import OutputPlan
from shared.conditioning.quarantine import REJECT_COLUMNS, rejects_repeated, told
from shared.conditioning.sorting import resolved
from shared.conditioning.standard_csv import CsvFile

_ROWS_AT_ONCE = 1 << 16
SUPERSEDED_COLUMNS = ("source", "file", "table", "key", "row", "earlier", "later")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose rows they are."""

    source: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where deltas go, and rows that are set aside."""

    deltas: Path
    aside: Path


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """A finished partition.

    Attributes
    ----------
    repeated, superseded : CsvFile
        Closed files with the rows that were set aside.
    """

    delta: DeltaPart
    repeated: CsvFile
    superseded: CsvFile


def assemble(
    rows: Iterator[pa.Table], output: OutputPlan, partition: str, *, origin: Origin, folders: Folders
) -> Assembled:
    """Write one partition.

    Parameters
    ----------
    rows : iterator of pa.Table
        Accepted rows sorted by key and `_row`.
    """
    stem = f"{output.table}-{output.grain}-{partition}"
    columns = [field.name for field in output.columns]
    values = [name for name in columns if name not in output.key]
    with (
        CsvFile(folders.deltas / f"{stem}.csv", columns) as delta,
        CsvFile(folders.aside / f"{stem}-repeated.csv", REJECT_COLUMNS) as repeated,
        CsvFile(folders.aside / f"{stem}-superseded.csv", SUPERSEDED_COLUMNS) as superseded,
    ):
        for done in resolved(rows, output.key, values):
            delta.write(done.kept)
            for again in _slices(done.repeated):
                repeated.write(_repeated(again, origin))
            for earlier, later in zip(_slices(done.earlier), _slices(done.later), strict=True):
                superseded.write(_superseded(earlier, later, output, origin))
    return Assembled(
        delta=DeltaPart(
            table=output.table,
            partition=partition,
            path=delta.path,
            rows=delta.rows,
            sha256=delta.sha256,
            grain=output.grain,
        ),
        repeated=repeated,
        superseded=superseded,
    )


def _repeated(rows: pa.Table, origin: Origin) -> pa.Table:
    return told(rejects_repeated(rows), source=origin.source, file=origin.name)


def _slices(rows: pa.Table) -> Iterator[pa.Table]:
    return (rows.slice(start, _ROWS_AT_ONCE) for start in range(0, rows.num_rows, _ROWS_AT_ONCE))


def _superseded(earlier: pa.Table, later: pa.Table, output: OutputPlan, origin: Origin) -> pa.Table:
    count = earlier.num_rows
    values = [field.name for field in output.columns if field.name not in output.key]
    return pa.table(
        {
            "source": pa.array([origin.source] * count, pa.string()),
            "file": pa.array([origin.name] * count, pa.string()),
            "table": pa.array([output.table] * count, pa.string()),
            "key": json_rows(earlier.select(list(output.key))),
            "row": earlier[ROW],
            "earlier": json_rows(earlier.select(values)),
            "later": json_rows(later.select(values)),
        }
    )
