"""From days and lines to one row per week. Which rows stand is decided before, in the merge."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shared.lake.rows import GRAIN, Codes, codes, numbers, texts

TOTALS = ("units_shipped", "units_returned")
"""Columns that are summed over a week; other numbers are averaged."""


def to_standard_grain(rows: pa.Table, *, key: Sequence[str], values: Sequence[str]) -> pa.Table:
    """Bring merged rows, sorted by key, to one row per key.

    Units are summed, other numbers averaged over the days or lines that have one. Rows of the table's own grain stay
    as they are, to the letter.
    """
    columns = [*key, *values]
    if not rows.num_rows or pc.all(pc.equal(rows[GRAIN], "week")).as_py():
        return rows.select(columns)
    groups = _groups(codes(rows, key))
    first = np.unique(groups, return_index=True)[1]
    made = {name: _combine(name, rows, groups) for name in values}
    return pa.table({**{name: rows[name].take(first) for name in key}, **made})


def _groups(keys: Codes) -> Codes:
    return np.cumsum(np.append(0, np.diff(keys) != 0))


def _combine(name: str, rows: pa.Table, groups: Codes) -> pa.Array:
    cells = numbers(rows[name])
    present = ~np.isnan(cells)
    size = int(groups[-1]) + 1
    sums = np.bincount(groups, weights=np.where(present, cells, 0.0), minlength=size)
    if name in TOTALS:
        return texts(sums.astype(np.float64))
    counts = np.bincount(groups, weights=present, minlength=size)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return texts(means)
