"""Rows as tables of text, and codes to sort and compare them by.

Cells stay the text that conditioning wrote, so that what is merged is never reformatted. Text sorts by its bytes, and
so do ISO dates. What rows mean is not here.
"""

from collections.abc import Sequence
from csv import reader

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

Codes = NDArray[np.int64]

GRAIN = "_grain"
FINER_KEY = ("date", "line_id")
"""Columns beyond a table's own that identify a day's or a line's row."""

_BLOCK_BYTES = 16 << 20
_LARGEST_CODE = 1 << 62


def decode(content: bytes) -> pa.Table:
    """Read standard CSV; every column is text, an absent value is empty text."""
    names = next(reader([content[: content.index(b"\n")].decode()]))
    return csv.read_csv(
        pa.BufferReader(content),
        read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )


def encode(rows: pa.Table) -> bytes:
    """Write standard CSV; only cells that need quotes have them."""
    header = ",".join(rows.column_names) + "\n"
    if not rows.num_rows:
        return header.encode()
    cells = [_quoted(rows[name]) for name in rows.column_names]
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*cells, ","), "", "\n")
    return header.encode() + b"".join(_bytes(chunk) for chunk in lines.chunks)


def aligned(rows: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return the named columns in that order; those that the rows lack are empty."""
    empty = pa.repeat(pa.scalar(""), rows.num_rows)
    have = set(rows.column_names)
    return pa.table({name: rows[name] if name in have else empty for name in columns})


def constant(text: str, length: int) -> pa.Array:
    """Return a column that says the same in every row."""
    return pa.repeat(pa.scalar(text), length)


def codes(rows: pa.Table, columns: Sequence[str]) -> Codes:
    """Number the rows by some columns.

    Returns
    -------
    ndarray, shape (n_rows,)
        Equal for rows that are equal in these columns, and in the order of their text otherwise.
    """
    combined, size = np.zeros(rows.num_rows, dtype=np.int64), 1
    for name in columns:
        ranks, cardinality = _ranks(rows[name])
        if size > _LARGEST_CODE // max(cardinality, 1):
            combined = _dense(combined)
            size = int(combined.max(initial=0)) + 1
        combined = combined * cardinality + ranks
        size *= max(cardinality, 1)
    return combined


def distinct(column: pa.ChunkedArray) -> list[str]:
    """Return a column's values, each once, sorted."""
    return sorted(pc.unique(column).to_pylist())


def numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Parse a column of numbers; an absent one is NaN."""
    present = pc.if_else(pc.equal(column, ""), None, column)
    return pc.cast(present, pa.float64()).to_numpy(zero_copy_only=False)


def texts(values: NDArray[np.float64]) -> pa.Array:
    """Write numbers as standard CSV has them: 12, 0.5; NaN is empty."""
    present = pa.array(values, from_pandas=True)
    return pc.fill_null(pc.cast(present, pa.string()), "")


def _ranks(column: pa.ChunkedArray) -> tuple[Codes, int]:
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[encoded.indices.to_numpy()], len(order)


def _dense(values: Codes) -> Codes:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _bytes(column: pa.StringArray) -> bytes:
    """Return all texts of a column, one after the other, as they lie in memory."""
    _, ends, content = column.buffers()
    bounds = np.frombuffer(ends, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return content.to_pybytes()[bounds[0] : bounds[-1]] if len(column) else b""


def _quoted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    needs = pc.match_substring_regex(column, '[",\r\n]')
    if not pc.any(needs).as_py():
        return column
    inside = pc.replace_substring(column, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', inside, '"', ""), column)
