"""Last correction wins: what the deliveries of one partition say together. Where deltas lie is not here.

Shapes
------
n_rows : delta rows, in the order of their deliveries
n_kept : rows whose value stands, sorted by key
n_superseded : values that a later delivery corrected
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shared.lake.rows import FINER_KEY, GRAIN, Codes, codes

Positions = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Positions of rows after the merge.

    Attributes
    ----------
    kept : ndarray, shape (n_kept,)
    earlier, later : ndarray, shape (n_superseded,)
        The row that gave way, and the one that it gave way to.
    repeated : int
        Rows that said again what an earlier delivery had said.
    """

    kept: Positions
    earlier: Positions
    later: Positions
    repeated: int


def merge(keys: Codes, values: Codes) -> Merged:
    """Merge rows that are in the order of their deliveries; for each key the last one wins.

    Parameters
    ----------
    keys, values : ndarray, shape (n_rows,)
        Equal codes mean equal keys, equal values.
    """
    order = np.argsort(keys, kind="stable")
    key, value = keys[order], values[order]
    same = key[1:] == key[:-1]
    agrees = same & (value[1:] == value[:-1])
    corrects = same & ~agrees
    return Merged(
        kept=order[np.append(~same, True)[: len(order)]],
        earlier=order[_first_to_say_so(agrees)[corrects]],
        later=order[1:][corrects],
        repeated=int(agrees.sum()),
    )


def _first_to_say_so(agrees: NDArray[np.bool_]) -> Positions:
    """Return for each row but the last the first one of the run that agrees with it."""
    starts = np.append(True, ~agrees)[: len(agrees)]
    return np.maximum.accumulate(np.where(starts, np.arange(len(agrees)), 0))


def merge_rows(rows: pa.Table, deliveries: Positions, *, key: Sequence[str], values: Sequence[str]) -> Merged:
    """Merge the delta rows of a partition.

    Parameters
    ----------
    rows : pa.Table, n_rows
        The standard columns, `date`, `line_id` and `_grain`.
    deliveries : ndarray, shape (n_rows,)
        The place of each row's delivery in their order, ascending.
    key, values : sequence of str
        The standard table's key, and its other columns.

    Notes
    -----
    Where deliveries of different grain state the same key, the grain of the last of them takes it over.
    """
    merged = merge(codes(rows, [*key, GRAIN, *FINER_KEY]), codes(rows, values))
    if len(rows[GRAIN].unique()) <= 1:
        return merged
    return _take_over(merged, codes(rows, key), codes(rows, [GRAIN]), deliveries)


def _take_over(merged: Merged, keys: Codes, grains: Codes, deliveries: Positions) -> Merged:
    kept = merged.kept
    by_delivery = np.lexsort((grains[kept], deliveries[kept], keys[kept]))
    last = np.append(np.diff(keys[kept][by_delivery]) != 0, True)
    winners = kept[by_delivery][last]
    winner = winners[np.searchsorted(keys[winners], keys[kept])]
    stays = grains[kept] == grains[winner]
    return Merged(
        kept=kept[stays],
        earlier=np.concatenate([merged.earlier, kept[~stays]]),
        later=np.concatenate([merged.later, winner[~stays]]),
        repeated=merged.repeated,
    )


def corrections(
    rows: pa.Table, files: pa.Table, merged: Merged, *, key: Sequence[str], values: Sequence[str]
) -> pa.Table:
    """List the values that were superseded.

    Parameters
    ----------
    files : pa.Table, n_rows
        Columns `source` and `file` of each row.

    Returns
    -------
    pa.Table, n_superseded
        The key, `date` and `line_id`, then `earlier_` and `later_` of each value, source and file.
    """
    made = {name: rows[name].take(merged.earlier) for name in [*key, *FINER_KEY]}
    for when, positions in (("earlier", merged.earlier), ("later", merged.later)):
        made |= {f"{when}_{name}": rows[name].take(positions) for name in values}
        made |= {f"{when}_{name}": files[name].take(positions) for name in ("source", "file")}
    return pa.table(made)
