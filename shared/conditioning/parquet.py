"""Reads Parquet by row groups and gives every cell as text. Structs get dotted names; lists become JSON."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from shared.conditioning.batches import Parse, RawBatch, text_table
from shared.conditioning.header import named, too_many_columns
from shared.conditioning.json_rows import as_json
from shared.conditioning.limits import Limits
from shared.errors import UnreadableFile

_MAGIC = b"PAR1"
_BATCH_ROWS = 65_536


def read_parquet(path: Path, *, first_row: int, limits: Limits) -> Iterator[tuple[int, Parse]]:
    """Read a Parquet file; yields the number of records, and what gives them.

    Raises
    ------
    UnreadableFile
        ``empty``, ``wrong_format``, ``damaged``, ``too_many_columns``, ``too_large_when_unpacked``.
    """
    _refuse_other_formats(path)
    try:
        with pyarrow.parquet.ParquetFile(path) as plain:
            _refuse_explosions(plain.metadata, path.stat().st_size, limits)
            texts = [f.name for f in plain.schema_arrow if _is_text(f.type)]
        with pyarrow.parquet.ParquetFile(path, read_dictionary=texts) as file:
            yield _given(_batch(file.schema_arrow.empty_table(), first_row, limits))
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                yield _given(_batch(pa.table(batch), first_row, limits))
                first_row += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, LookupError) as exc:
        raise UnreadableFile(
            "damaged", f"The Parquet file cannot be read ({exc}). Write or deliver it again"
        ) from exc


def _given(batch: RawBatch) -> tuple[int, Parse]:
    return batch.records, lambda: batch


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:
        raise UnreadableFile("empty", "The file has no bytes. Deliver it again")
    if head != _MAGIC:
        raise UnreadableFile(
            "wrong_format",
            f"Parquet is expected, but the file begins with {head!r}. Correct the source's format",
        )


def _refuse_explosions(meta: pyarrow.parquet.FileMetaData, packed_bytes: int, limits: Limits) -> None:
    if meta.num_columns > limits.columns:
        raise too_many_columns(meta.num_columns, limits)
    largest = max((meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)), default=0)
    # A dictionary of one value can stand for any number of rows: every cell counts as a byte at least.
    cells = meta.num_rows * meta.num_columns
    if largest > limits.row_group_bytes or cells > max(limits.free_bytes, packed_bytes * limits.expansion):
        raise _too_large(f"{meta.num_rows:,} rows, row groups of up to {largest:,} bytes")


def _too_large(what: str) -> UnreadableFile:
    return UnreadableFile(
        "too_large_when_unpacked", f"The Parquet file grows too large: {what}. Write smaller row groups"
    )


def _batch(table: pa.Table, first_row: int, limits: Limits) -> RawBatch:
    table.validate(full=True)
    _refuse_large_dictionaries(table, limits)
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    names = named(table.column_names, limits)
    columns = [_text(column.combine_chunks()) for column in table.columns]
    numbers = pa.array(np.arange(first_row, first_row + table.num_rows))
    return RawBatch(rows=text_table(names, columns, numbers))


def _refuse_large_dictionaries(table: pa.Table, limits: Limits) -> None:
    for name, column in zip(table.column_names, table.columns, strict=True):
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type) and len(chunk):
                size = pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
                if size > limits.row_group_bytes:
                    raise _too_large(f"column {name!r} has {size:,} bytes in {len(chunk):,} rows")


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        # What has no value is written as NaN by many programs.
        return pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    if pa.types.is_timestamp(kind):
        seconds = column.cast(pa.timestamp("s", tz=kind.tz), safe=False)
        return pc.strftime(seconds, "%Y-%m-%dT%H:%M:%S" + ("%z" if kind.tz else ""))
    if pa.types.is_nested(kind):
        return pa.array(
            [None if value is None else as_json(value) for value in column.to_pylist()], pa.string()
        )
    return column.cast(pa.string())
