"""Gives stores the format that their source does not say. How formats are used is not here."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.blobs import read_rows, recall
from shared.lake.layout import Layout, digest
from shared.lake.records import Assortments, Part
from shared.lake.rows import codes, numbers
from shared.ports import BlobStore
from shared.profile import Formats

_PAIR = ["store_id", "product_id"]


def assign_formats(
    stores: pa.Table, formats: Formats, assortments: dict[str, int]
) -> tuple[pa.Table, tuple[str, ...]]:
    """Fill in the formats of stores without one.

    A store is large when its measure is at or above `large_at`. By assortment without `large_at`, it is large when it
    has more products than the median of its market's stores that were ever shipped anything; at the median it is small.
    A store without a measure is small, and counted in a warning.

    Parameters
    ----------
    stores : pa.Table, n_stores
        The stores table, as text.
    assortments : dict
        Number of different products per store; used by assortment only.

    Returns
    -------
    stores : pa.Table, n_stores
    warnings : tuple of str
    """
    lacking = pc.equal(stores["format"], "")
    measure = _measure(stores, formats, assortments)
    border = formats.large_at if formats.large_at is not None else _medians(stores, measure)
    large = measure >= border if formats.large_at is not None else measure > border
    filled = pc.if_else(lacking, np.where(large, "large", "small"), stores["format"])
    position = stores.column_names.index("format")
    unmeasured = int((np.isnan(measure) & lacking.to_numpy()).sum())
    warnings = (f"no_{formats.by} {unmeasured}",) if unmeasured else ()
    return stores.set_column(position, "format", filled), warnings


def _measure(stores: pa.Table, formats: Formats, assortments: dict[str, int]) -> np.ndarray:
    if formats.by == "storage_capacity":
        return numbers(stores["storage_capacity"])
    return pd.Series(stores["store_id"].to_pylist(), dtype=object).map(assortments).to_numpy(float)


def _medians(stores: pa.Table, measure: np.ndarray) -> np.ndarray:
    """Return each store's market's median, of the stores that have a measure."""
    markets = pd.Series(stores["market"].to_pylist(), dtype=object)
    return pd.Series(measure).groupby(markets).transform("median").to_numpy(float)


def count_assortments(store: BlobStore, layout: Layout, parts: Sequence[Part]) -> dict[str, int]:
    """Count the different products that each store was ever shipped, in the parts of the shipments.

    The counts are remembered beside the table until a part changes.
    """
    inputs = digest([part.sha256 for part in parts])
    memory = layout.path("merged", "assortments.json")
    recalled = recall(store, memory, Assortments, inputs)
    if recalled:
        return recalled.products
    made = Assortments(inputs=inputs, products=_count(store, parts) if parts else {})
    store.put(memory, made.to_bytes())
    return made.products


def _count(store: BlobStore, parts: Sequence[Part]) -> dict[str, int]:
    pairs = pa.concat_tables([_pairs(read_rows(store, part.path)) for part in parts])
    different = np.unique(codes(pairs, _PAIR), return_index=True)[1]
    counted = pc.value_counts(pairs["store_id"].take(different)).to_pylist()
    return {count["values"]: count["counts"] for count in sorted(counted, key=lambda c: c["values"])}


def _pairs(rows: pa.Table) -> pa.Table:
    """Return the different pairs of store and product that were shipped something, in little memory."""
    shipped = rows.filter(pa.array(numbers(rows["units_shipped"]) > 0)).select(_PAIR)
    different = np.unique(codes(shipped, _PAIR), return_index=True)[1]
    taken = shipped.take(different)
    return pa.table({name: taken[name].dictionary_encode() for name in _PAIR})
