"""What looks wrong only when tables are complete: missing weeks, returns above shipments. Nothing is changed here."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.blobs import read_rows, recall, write_piece
from shared.lake.layout import Layout, digest
from shared.lake.records import Oversized, Part, Piece
from shared.lake.rows import codes, constant, numbers
from shared.ports import BlobStore

WEEK = timedelta(days=7)


def missing_weeks(weeks: Iterable[str]) -> list[str]:
    """Return the weeks without any row between the first and the last, as ISO dates."""
    present = {date.fromisoformat(week) for week in weeks}
    if not present:
        return []
    span = (max(present) - min(present)) // WEEK
    expected = (min(present) + number * WEEK for number in range(span))
    return [week.isoformat() for week in expected if week not in present]


def oversized_returns(
    store: BlobStore, layout: Layout, returns: Sequence[Part], shipments: Sequence[Part]
) -> list[Piece]:
    """Find the returns above what was shipped in the same week, or without any shipment.

    Parameters
    ----------
    layout : Layout
        Of the returns; what is found is remembered there, by the hashes of the two parts.

    Returns
    -------
    list of Piece
        CSV ``week_start,store_id,product_id,units_returned,units_shipped``; the last is empty without a shipment.
    """
    shipped = {part.partition: part for part in shipments}
    found = [_oversized_in(store, layout, part, shipped.get(part.partition)) for part in returns]
    return [piece for piece in found if piece]


def _oversized_in(store: BlobStore, layout: Layout, returned: Part, shipped: Part | None) -> Piece | None:
    inputs = digest(returned.sha256, shipped and shipped.sha256)
    memory = layout.path("merged", f"{returned.partition}-oversized.json")
    recalled = recall(store, memory, Oversized, inputs)
    if recalled:
        return recalled.found
    rows = read_rows(store, returned.path)
    beside = read_rows(store, shipped.path) if shipped else None
    piece = write_piece(store, layout.path("merged"), compare(rows, beside, layout.key))
    store.put(memory, Oversized(inputs=inputs, found=piece).to_bytes())
    return piece


def compare(returns: pa.Table, shipments: pa.Table | None, key: Sequence[str]) -> pa.Table:
    """Return the returns that exceed their shipment, with it."""
    beside = _beside(returns, shipments, key)
    shipped = numbers(beside)
    above = np.isnan(shipped) | (numbers(returns["units_returned"]) > shipped)
    return returns.append_column("units_shipped", beside).filter(pa.array(above))


def _beside(returns: pa.Table, shipments: pa.Table | None, key: Sequence[str]) -> pa.ChunkedArray:
    """Return the units shipped of each return's key, as text; empty where there are none. Both are sorted by key."""
    if shipments is None or not shipments.num_rows:
        return pa.chunked_array([constant("", returns.num_rows)])
    both = codes(pa.concat_tables([returns.select(key), shipments.select(key)]), key)
    wanted, have = both[: returns.num_rows], both[returns.num_rows :]
    places = np.minimum(np.searchsorted(have, wanted), len(have) - 1)
    units = shipments["units_shipped"].take(pa.array(places))
    return pc.if_else(pa.array(have[places] == wanted), units, "")
