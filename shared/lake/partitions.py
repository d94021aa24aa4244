"""Merges one partition of a table and remembers the result. Which deliveries count, and what versions are, is not here.

One partition is in memory at a time (per thread). A result is remembered beside the table with what it was made of;
it is made anew when its deltas, their order, the code, or the existence of a store or product that it names change.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shared.conditioning.formulas import harmless
from shared.errors import LakeError
from shared.lake.blobs import read_bytes, recall, write_named, write_piece
from shared.lake.layout import Layout, digest
from shared.lake.merge import Merged, corrections, merge_rows
from shared.lake.orphans import Known, orphan_reasons, unknown_values
from shared.lake.records import Delta, Part, PartitionResult, Piece, RowCounts, SourceFile
from shared.lake.rows import FINER_KEY, GRAIN, aligned, constant, decode, distinct, encode
from shared.lake.weekly import to_standard_grain
from shared.ports import BlobStore

CODE_VERSION = 1
"""Raised whenever the same deltas would give another result."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A delta and the raw file that it comes from."""

    file: SourceFile
    delta: Delta


@dataclass(frozen=True, kw_only=True)
class DeltaRows:
    """The rows of a partition's deltas.

    Attributes
    ----------
    rows : pa.Table, n_rows
        The table's columns, `date`, `line_id` and `_grain`, as text.
    deliveries : ndarray, shape (n_rows,)
        The place of each row's delivery in their order, ascending.
    files : pa.Table, n_rows
        `source` and `file` of each row.
    """

    rows: pa.Table
    deliveries: NDArray[np.int64]
    files: pa.Table

    def where(self, mask: pa.Array) -> "DeltaRows":
        """Return the rows that a mask lets through."""
        return DeltaRows(
            rows=self.rows.filter(mask),
            deliveries=self.deliveries[mask.to_numpy(zero_copy_only=False)],
            files=self.files.filter(mask),
        )


def merge_partition(
    store: BlobStore,
    layout: Layout,
    partition: str,
    deliveries: Sequence[Delivery],
    known: Known,
    *,
    folder: str,
) -> PartitionResult:
    """Merge the deltas of a partition, or recall what they came to.

    Parameters
    ----------
    deliveries : sequence of Delivery
        In the order in which they are applied.
    known : Known
        The stores and products that exist.
    folder : str
        Where the part goes, below the table.

    Raises
    ------
    LakeError
        If a delta is damaged, or rows are unaccounted for.
    """
    inputs = _inputs(layout, deliveries)
    memory = layout.path("merged", f"{partition}.json")
    recalled = recall(store, memory, PartitionResult, inputs)
    if recalled and unknown_values(recalled.named, known) == recalled.unknown:
        return recalled
    made = _Merging(store, layout, partition, folder).run(inputs, deliveries, known)
    store.put(memory, made.to_bytes())
    return made


def read_deltas(store: BlobStore, layout: Layout, deliveries: Sequence[Delivery]) -> DeltaRows:
    """Read deltas one after the other; raises LakeError for one that lacks rows."""
    tables = [_read_delta(store, layout, delivery.delta) for delivery in deliveries]
    places = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
    files = {
        "source": pa.array([d.file.source for d in deliveries], pa.string()),
        "file": pa.array([d.file.name for d in deliveries], pa.string()),
    }
    return DeltaRows(rows=pa.concat_tables(tables), deliveries=places, files=pa.table(files).take(places))


def _read_delta(store: BlobStore, layout: Layout, delta: Delta) -> pa.Table:
    rows = decode(read_bytes(store, delta.path))
    if rows.num_rows != delta.rows:
        raise LakeError(
            f"{delta.path} has {rows.num_rows} rows instead of {delta.rows}. Remove it and its receipt."
        )
    return aligned(rows, [*layout.columns, *FINER_KEY]).append_column(GRAIN, constant(delta.grain, len(rows)))


def _inputs(layout: Layout, deliveries: Sequence[Delivery]) -> str:
    stated = [(d.file.source, d.file.name, d.delta.sha256, d.delta.grain) for d in deliveries]
    return digest(CODE_VERSION, layout.name, layout.columns, stated)


@dataclass(frozen=True)
class _Merging:
    store: BlobStore
    layout: Layout
    partition: str
    folder: str

    def run(self, inputs: str, deliveries: Sequence[Delivery], known: Known) -> PartitionResult:
        everything = read_deltas(self.store, self.layout, deliveries)
        reasons = orphan_reasons(everything.rows, known)
        settled = everything.where(pc.equal(reasons, ""))
        merged = merge_rows(settled.rows, settled.deliveries, key=self.layout.key, values=self.layout.values)
        named = {
            column: tuple(distinct(everything.rows[column])) for column, _ in self.layout.table.references
        }
        standard = to_standard_grain(
            settled.rows.take(merged.kept), key=self.layout.key, values=self.layout.values
        )
        return PartitionResult(
            partition=self.partition,
            inputs=inputs,
            part=self._write_part(standard, deliveries, merged),
            rows=self._count(everything, settled, merged, standard),
            corrections=self._write_corrections(settled, merged),
            orphans=self._write_orphans(everything, reasons, known),
            named=named,
            unknown=unknown_values(named, known),
            weeks=_distinct_where_given(standard, "week_start"),
            products=_distinct_where_given(standard, "product_id"),
        )

    def _count(
        self, everything: DeltaRows, settled: DeltaRows, merged: Merged, standard: pa.Table
    ) -> RowCounts:
        counts = RowCounts(
            delta_rows=everything.rows.num_rows,
            kept=len(merged.kept),
            superseded=len(merged.earlier),
            repeated=merged.repeated,
            orphaned=everything.rows.num_rows - settled.rows.num_rows,
            weekly_rows=standard.num_rows,
        )
        counts.verify(f"{self.layout.name} {self.partition}")
        return counts

    def _write_part(self, standard: pa.Table, deliveries: Sequence[Delivery], merged: Merged) -> Part | None:
        if not standard.num_rows:
            return None
        content = self._untouched(deliveries, merged) or encode(standard)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.layout.path(self.folder, f"{self.partition}-{sha256}.csv")
        write_named(self.store, path, content)
        return Part(path=path, partition=self.partition, sha256=sha256, rows=standard.num_rows)

    def _untouched(self, deliveries: Sequence[Delivery], merged: Merged) -> bytes | None:
        """Return the bytes of the only delta where nothing about it has changed."""
        delta = deliveries[0].delta
        rows = np.arange(delta.rows)
        if len(deliveries) > 1 or delta.grain != "week" or not np.array_equal(merged.kept, rows):
            return None
        content = read_bytes(self.store, delta.path)
        header = decode(content[: content.index(b"\n") + 1]).column_names
        return content if tuple(header) == self.layout.columns else None

    def _write_corrections(self, settled: DeltaRows, merged: Merged) -> Piece | None:
        made = corrections(
            settled.rows, settled.files, merged, key=self.layout.key, values=self.layout.values
        )
        return write_piece(self.store, self.layout.path("merged"), made)

    def _write_orphans(self, everything: DeltaRows, reasons: pa.Array, known: Known) -> dict[str, Piece]:
        orphan = pc.not_equal(reasons, "")
        found = everything.where(orphan)
        described = pa.table(
            {
                "source": found.files["source"],
                "file": found.files["file"],
                "table": constant(self.layout.name, len(found.rows)),
                "reason": reasons.filter(orphan),
                **{name: found.rows[name] for name in (*self.layout.columns, *FINER_KEY)},
                **{name: harmless(found.rows[name].combine_chunks()) for name in known},
            }
        )
        pieces = {
            source: write_piece(
                self.store,
                self.layout.path("merged"),
                described.filter(pc.equal(described["source"], source)),
            )
            for source in distinct(described["source"])
        }
        return {source: piece for source, piece in pieces.items() if piece}


def _distinct_where_given(rows: pa.Table, column: str) -> tuple[str, ...]:
    return tuple(distinct(rows[column])) if column in rows.column_names else ()
