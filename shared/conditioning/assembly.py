"""From collected rows to delta files: sorted, each key once, what gave way set aside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shared.conditioning.batches import ROW
from shared.conditioning.outcome import DeltaPart
from shared.conditioning.plan import OutputPlan
from shared.conditioning.quarantine import REJECT_COLUMNS, as_json, reject_table
from shared.conditioning.sorting import Resolved, resolve, sort_by_key
from shared.conditioning.standard_csv import CsvFile

SUPERSEDED_COLUMNS = ("source", "file", "table", "key", "row", "earlier", "later")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose rows they are."""

    source: str
    name: str


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
    pieces: Iterator[pa.Table],
    output: OutputPlan,
    partition: str,
    *,
    origin: Origin,
    deltas: Path,
    aside: Path,
) -> Assembled:
    """Write one partition.

    Parameters
    ----------
    pieces : iterator of pa.Table
        Accepted rows in the order of the file.
    deltas, aside : Path
        Folders for the delta, and for the rows that are set aside.
    """
    stem = f"{output.table}-{output.grain}-{partition}"
    columns = [field.name for field in output.columns]
    with (
        CsvFile(deltas / f"{stem}.csv", columns) as delta,
        CsvFile(aside / f"{stem}-repeated.csv", REJECT_COLUMNS) as repeated,
        CsvFile(aside / f"{stem}-superseded.csv", SUPERSEDED_COLUMNS) as superseded,
    ):
        values = [name for name in columns if name not in output.key]
        rows = sort_by_key(pa.concat_tables(pieces).combine_chunks(), output.key)
        done = resolve(rows, output.key, values)
        delta.write(done.kept)
        repeated.write(_repeated(done.repeated, origin))
        superseded.write(_superseded(done, output, values, origin))
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
    rejects = [(record.pop(ROW), "duplicate", "", "", as_json(record)) for record in rows.to_pylist()]
    return reject_table(rejects, source=origin.source, file=origin.name)


def _superseded(done: Resolved, output: OutputPlan, values: list[str], origin: Origin) -> pa.Table:
    count = done.earlier.num_rows
    return pa.table(
        {
            "source": [origin.source] * count,
            "file": [origin.name] * count,
            "table": [output.table] * count,
            "key": _cells(done.earlier, list(output.key)),
            "row": done.earlier[ROW],
            "earlier": _cells(done.earlier, values),
            "later": _cells(done.later, values),
        }
    )


def _cells(rows: pa.Table, columns: list[str]) -> pa.Array:
    return pa.array([as_json(record) for record in rows.select(columns).to_pylist()], pa.string())
