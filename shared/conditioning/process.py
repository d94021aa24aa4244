"""One batch of raw records through hook, mapping and rules. Reading before it and collecting after it are elsewhere."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shared.conditioning.batches import Parse
from shared.conditioning.header import require
from shared.conditioning.hooks import Hook, apply_hook
from shared.conditioning.plan import OutputPlan, raw_columns
from shared.conditioning.quarantine import in_row_order, rejects_of, rejects_of_broken
from shared.conditioning.reasons import NUMBER
from shared.conditioning.routing import Routed, route


@dataclass(frozen=True, kw_only=True)
class Processed:
    """A batch told apart: ``rows_in`` equals the accepted rows of all outputs plus the rejects.

    `columns` are the raw columns that it had, `repaired` counts by name what was repaired.
    """

    records: int
    rows_in: int
    columns: frozenset[str]
    routed: list[Routed]
    rejects: pa.Table
    repaired: Counter[str]


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way that a source's batches go."""

    outputs: tuple[OutputPlan, ...]
    hook: Hook | None = None
    hook_name: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Raw columns that the outputs need."""
        return raw_columns(self.outputs)


def process(parse: Parse, way: Way) -> Processed:
    """Parse a batch, run the hook, and route the rows.

    Raises
    ------
    UnreadableFile
        ``missing_column``, ``hook_failed`` or what the reader finds.
    """
    batch = parse()
    rows, dropped = batch.rows, batch.rows.slice(0, 0)
    if way.hook is not None:
        rows, dropped = apply_hook(rows, way.hook, way.hook_name)
    columns = frozenset(rows.column_names)
    if batch.sparse:
        rows = _completed(rows, way.wanted)
    require(way.wanted, rows.column_names)
    routed, homeless = route(rows, way.outputs)
    gone = rejects_of(dropped, np.full(dropped.num_rows, NUMBER["dropped_by_hook"], dtype=np.int8), {})
    rejects = [rejects_of_broken(batch.broken), gone, homeless, *(one.rejects for one in routed)]
    return Processed(
        records=batch.records,
        rows_in=rows.num_rows + dropped.num_rows + len(batch.broken),
        columns=columns,
        routed=routed,
        rejects=in_row_order(rejects),
        repaired=sum((Counter(one.repaired) for one in routed), Counter(batch.repaired)),
    )


def _completed(rows: pa.Table, wanted: tuple[str, ...]) -> pa.Table:
    for name in wanted:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
    return rows
