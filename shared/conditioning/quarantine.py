"""Rejected rows with their reasons and original values, as the quarantine keeps them."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.batches import ROW, Broken
from shared.conditioning.coding import plain
from shared.conditioning.formulas import harmless
from shared.conditioning.json_rows import as_json, json_rows
from shared.conditioning.reasons import CODES

REJECT_COLUMNS = ("source", "file", "row", "reason", "column", "value", "original")
_SCHEMA = pa.schema(
    [("row", pa.int64()), *((name, pa.string()) for name in ("reason", "column", "value", "original"))]
)

AtFault = dict[str, tuple[np.ndarray, str | None]]
"""For each standard column: mask of the rows that it is at fault in, and the raw column that it is made of."""


def rejects_of(rows: pa.Table, faults: np.ndarray, at_fault: AtFault) -> pa.Table:
    """Describe the rows at fault.

    Parameters
    ----------
    rows : pa.Table, n rows
        Raw text columns and `_row`.
    faults : ndarray of int8, shape (n,)
        Number of the reason, 0 for rows that are fine.
    at_fault : AtFault

    Returns
    -------
    pa.Table
        `row`, `reason`, `column`, `value`, `original`.
    """
    bad = np.flatnonzero(faults)
    if not len(bad):
        return _SCHEMA.empty_table()
    originals = plain(rows.take(pa.array(bad)))
    column = np.zeros(len(bad), dtype=np.int64)
    value = pa.array([""] * len(bad), pa.string())
    for number, (mask, raw) in enumerate(at_fault.values(), start=1):
        own = mask[bad]
        column[own] = number
        if raw is not None:
            value = pc.if_else(pa.array(own), originals[raw].combine_chunks(), value)
    return pa.table(
        [
            originals[ROW],
            pa.array(CODES).take(pa.array(faults[bad])),
            pa.array(["", *at_fault]).take(pa.array(column)),
            pc.fill_null(value, ""),
            json_rows(originals.drop_columns(ROW)),
        ],
        schema=_SCHEMA,
    )


def rejects_of_broken(broken: Iterable[Broken]) -> pa.Table:
    """Describe records that are no rows."""
    return _table([(b.row, b.reason, as_json(b.text)) for b in broken])


def reject_of_file(reason: str, detail: str) -> pa.Table:
    """Describe a file that cannot be read, as row 0."""
    return _table([(0, reason, as_json(detail))])


def rejects_repeated(rows: pa.Table) -> pa.Table:
    """Describe rows that repeat another one, by their standard values: the raw row differs at most in its writing."""
    empty = pa.array([""] * rows.num_rows, pa.string())
    reason = pa.array(["duplicate"] * rows.num_rows, pa.string())
    return pa.table([rows[ROW], reason, empty, empty, json_rows(rows.drop_columns(ROW))], schema=_SCHEMA)


def _table(rejects: list[tuple[int, str, str]]) -> pa.Table:
    rows = [
        {"row": row, "reason": reason, "column": "", "value": "", "original": o} for row, reason, o in rejects
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def in_row_order(rejects: list[pa.Table]) -> pa.Table:
    """Put rejects of the same batch in the order of their rows."""
    together = pa.concat_tables(rejects)
    return together.take(pc.sort_indices(together["row"])) if together.num_rows else together


def told(rejects: pa.Table, *, source: str, file: str) -> pa.Table:
    """Add whose they are; a value that a spreadsheet would execute gets an apostrophe before it."""
    count = rejects.num_rows
    return pa.table(
        {
            "source": pa.array([source] * count, pa.string()),
            "file": pa.array([file] * count, pa.string()),
            **{name: rejects[name] for name in ("row", "reason", "column")},
            "value": harmless(rejects["value"].combine_chunks()),
            "original": rejects["original"],
        }
    )
