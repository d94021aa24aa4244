"""Rejected rows with their reasons and original values, as the quarantine keeps them."""

import json
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.batches import ROW, Broken
from shared.conditioning.reasons import CODES

REJECT_COLUMNS = ("source", "file", "row", "reason", "column", "value", "original")
_EXECUTED = r"^[=@\t\r+-]"

Reject = tuple[int, str, str, str, str]
"""Row, reason, column, value, original."""
Rejects = list[Reject]


def rejects_of(
    rows: pa.Table, faults: np.ndarray, at_fault: dict[str, tuple[np.ndarray, str | None]]
) -> Rejects:
    """Describe the rows at fault.

    Parameters
    ----------
    rows : pa.Table, n rows
        Raw text columns and `_row`.
    faults : ndarray of int8, shape (n,)
        Number of the reason, 0 for rows that are fine.
    at_fault : dict
        For each standard column: where it is at fault, and the raw column it is made of.
    """
    places = np.flatnonzero(faults)
    if not len(places):
        return []
    where = {place: (name, raw) for name, (mask, raw) in at_fault.items() for place in np.flatnonzero(mask)}
    records = rows.take(pa.array(places)).to_pylist()
    return [
        _reject(record, CODES[faults[place]], *where.get(place, ("", None)))
        for place, record in zip(places, records, strict=True)
    ]


def _reject(record: dict[str, object], reason: str, column: str, raw: str | None) -> Reject:
    row = record.pop(ROW)
    value = record.get(raw) if raw else None
    return int(str(row)), reason, column, str(value or ""), as_json(record)


def rejects_of_broken(broken: Iterable[Broken]) -> Rejects:
    """Describe records that are no rows."""
    return [(b.row, b.reason, "", "", as_json(b.text)) for b in broken]


def reject_table(rejects: Rejects, *, source: str, file: str) -> pa.Table:
    """Make the quarantine's table; a value that a spreadsheet would execute gets an apostrophe before it."""
    row, reason, column, value, original = zip(*rejects, strict=True) if rejects else ((),) * 5
    return pa.table(
        {
            "source": pa.array([source] * len(row), pa.string()),
            "file": pa.array([file] * len(row), pa.string()),
            "row": pa.array(row, pa.int64()),
            "reason": pa.array(reason, pa.string()),
            "column": pa.array(column, pa.string()),
            "value": harmless(pa.array(value, pa.string())),
            "original": pa.array(original, pa.string()),
        }
    )


def harmless(text: pa.Array) -> pa.Array:
    """Put an apostrophe before text that a spreadsheet would execute."""
    return pc.if_else(
        pc.match_substring_regex(text, _EXECUTED), pc.binary_join_element_wise("'", text, ""), text
    )


def as_json(value: object) -> str:
    """Write JSON on one line; it begins with a brace, a bracket or a quote, so that no spreadsheet executes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
