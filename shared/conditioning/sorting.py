"""Rows of one partition in the order of their key; of the same key, the last one stays."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from shared.conditioning.batches import ROW
from shared.conditioning.coding import one_piece, ranks, take

_MOST_COMBINED = 1 << 62
_DIGIT_BITS = 16


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Sorted rows, told apart.

    Attributes
    ----------
    kept : pa.Table
        The last row of every key.
    repeated : pa.Table
        Rows equal to the one before them with the same key.
    earlier, later : pa.Table, same length
        Rows that gave way, and those that they gave way to.
    """

    kept: pa.Table
    repeated: pa.Table
    earlier: pa.Table
    later: pa.Table


def sort_by_key(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """Sort by the key's columns, then by `_row`; text is compared by its UTF-8 bytes."""
    combined, size = _combined([ranks(rows[name]) for name in key])
    numbers = rows[ROW].to_numpy()
    if (np.diff(numbers) < 0).any():
        return take(rows, np.lexsort((numbers, combined)))
    if (np.diff(combined) >= 0).all():
        return rows
    return take(rows, _stable_order(combined, size))


def _combined(columns: list[tuple[np.ndarray, int]]) -> tuple[np.ndarray, int]:
    """Fold several ranks into one, in the same order; returns it with a bound above it."""
    combined, size = columns[0]
    for rank, count in columns[1:]:
        if size * count > _MOST_COMBINED:
            values, combined = np.unique(combined, return_inverse=True)
            size = len(values)
        combined = combined * count
        combined += rank
        size *= count
    return combined, size


def _stable_order(ranks: np.ndarray, size: int) -> np.ndarray:
    """Return the places of ranks in rising order, equal ones as they stand."""
    # 16 bits at a time, the lowest first: those are sorted by counting, faster than whole numbers by comparing.
    order = np.argsort(ranks.astype(np.uint16), kind="stable")
    for shift in range(_DIGIT_BITS, size.bit_length(), _DIGIT_BITS):
        digit = (ranks >> shift).astype(np.uint16)
        order = order[np.argsort(digit[order], kind="stable")]
    return order


def resolved(pieces: Iterable[pa.Table], key: Sequence[str], values: Sequence[str]) -> Iterator[Resolved]:
    """Tell repeated and superseded rows from the ones to keep.

    Parameters
    ----------
    pieces : iterable of pa.Table
        Together sorted by key and `_row`.
    key, values : sequence of str
        Columns that identify a row, and the others.
    """
    last: pa.Table | None = None  # the last row may still give way to the next piece's first one
    for rows in pieces:
        if rows.num_rows:
            done = _resolve(rows if last is None else one_piece([last, rows]), key, values)
            end = done.kept.num_rows - 1
            last = done.kept.slice(end)
            yield replace(done, kept=done.kept.slice(0, end))
    if last is not None:
        yield _resolve(last, key, values)


def _resolve(rows: pa.Table, key: Sequence[str], values: Sequence[str]) -> Resolved:
    again = _same_as_before(rows, key)
    if not len(again):
        nothing = rows.slice(0, 0)
        return Resolved(kept=rows, repeated=nothing, earlier=nothing, later=nothing)
    equal = _equal(rows, values, again)
    repeated, later = again[equal], again[~equal]
    earlier = _before(later, repeated, rows.num_rows)
    kept = np.ones(rows.num_rows, dtype=bool)
    kept[repeated] = kept[earlier] = False
    return Resolved(
        kept=rows.filter(pa.array(kept)),
        repeated=take(rows, repeated),
        earlier=take(rows, earlier),
        later=take(rows, later),
    )


def _before(places: np.ndarray, left_out: np.ndarray, count: int) -> np.ndarray:
    """Return for some places the nearest ones before them that are not left out."""
    others = np.delete(np.arange(count), left_out)
    return others[np.searchsorted(others, places) - 1]


def _same_as_before(rows: pa.Table, columns: Sequence[str]) -> np.ndarray:
    """Return the places of rows that are equal in some columns to the row before them."""
    *others, last = columns  # of a sorted key, the last column differs most often
    rank, _ = ranks(rows[last])
    places = np.flatnonzero(rank[1:] == rank[:-1]) + 1
    return places[_equal(rows, others, places)]


def _equal(rows: pa.Table, columns: Sequence[str], places: np.ndarray) -> np.ndarray:
    """Tell which rows are equal in some columns to the row before them."""
    same = np.ones(len(places), dtype=bool)
    pairs = take(rows.select(columns), np.concatenate((places - 1, places)))
    for name in columns:
        rank, _ = ranks(pairs[name])
        same &= rank[: len(places)] == rank[len(places) :]
    return same
