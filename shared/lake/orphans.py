"""Rows that name a store or product which the master data do not know. They heal when the master data arrive."""

import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.rows import constant

Known = dict[str, frozenset[str]]
"""For a column, the values that exist; a column that is not named here may say anything."""

REASONS = {"store_id": "unknown_store", "product_id": "unknown_product"}


def orphan_reasons(rows: pa.Table, known: Known) -> pa.Array:
    """Say for each row why it is an orphan; empty text for one that is none. An unknown store comes first."""
    reasons = constant("", rows.num_rows)
    for column in reversed(known):
        exists = pc.is_in(rows[column].combine_chunks(), value_set=pa.array(known[column], pa.string()))
        reasons = pc.if_else(exists, reasons, REASONS[column])
    return reasons


def unknown_values(named: dict[str, tuple[str, ...]], known: Known) -> dict[str, tuple[str, ...]]:
    """Return, of the values that are named, those that do not exist."""
    return {column: tuple(v for v in named[column] if v not in known[column]) for column in known}
