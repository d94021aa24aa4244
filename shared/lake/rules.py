"""Rules that need several tables: formats, unlisted products, missing weeks, oversized returns. Merging is not here."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from shared.errors import HistoryIncomplete
from shared.lake.blobs import read_rows, write_named
from shared.lake.checks import missing_weeks, oversized_returns
from shared.lake.formats import assign_formats, count_assortments
from shared.lake.layout import Layout
from shared.lake.records import Part, PartitionResult, Piece, RowCounts, SourceFile
from shared.lake.rows import aligned, codes, constant, encode
from shared.ports import BlobStore
from shared.profile import Profile

MASTERS = {"stores": "store_id", "products": "product_id"}
"""The tables that others refer to, with their key."""


@dataclass(frozen=True, kw_only=True)
class TableState:
    """A table after its partitions are merged.

    Attributes
    ----------
    files : tuple of SourceFile
        The raw files that it is made of, in the order of delivery.
    results : tuple of PartitionResult
        By partition.
    parts : tuple of Part
        Its rows.
    warnings : tuple of str
    found : dict
        Reports beside corrections and orphans.
    """

    layout: Layout
    files: tuple[SourceFile, ...]
    results: tuple[PartitionResult, ...]
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()
    found: dict[str, list[Piece]] = field(default_factory=dict)

    @property
    def rows(self) -> RowCounts:
        """Counts of all partitions."""
        counts = sum((result.rows for result in self.results), RowCounts())
        return counts.model_copy(update={"weekly_rows": sum(part.rows for part in self.parts)})

    @property
    def reports(self) -> dict[str, list[Piece]]:
        """Pieces of each report: ``corrections``, ``orphans/{source}``, and what rules found."""
        sources = sorted({source for result in self.results for source in result.orphans})
        orphans = {f"orphans/{s}": [r.orphans[s] for r in self.results if s in r.orphans] for s in sources}
        return {
            "corrections": [r.corrections for r in self.results if r.corrections],
            **orphans,
            **self.found,
        }

    def warn(self, *warnings: str) -> "TableState":
        """Return the state with further warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))


Tables = dict[str, TableState]


def ids(store: BlobStore, table: TableState) -> frozenset[str]:
    """Return the keys of a table that others refer to."""
    key = MASTERS[table.layout.name]
    return frozenset(name for part in table.parts for name in read_rows(store, part.path)[key].to_pylist())


def apply_rules(store: BlobStore, profile: Profile, tables: Tables) -> Tables:
    """Apply the rules that need several tables; raises HistoryIncomplete."""
    made = dict(tables)
    if "shipments" in tables:
        made["shipments"] = _check_weeks(profile, tables["shipments"])
    if "returns" in tables:
        made["returns"] = _check_returns(store, tables)
    if "stores" in tables:
        made["stores"] = _give_formats(store, profile, tables)
    if "products" in tables:
        made["products"] = _list_products(store, profile, tables)
    return made


def _check_weeks(profile: Profile, shipments: TableState) -> TableState:
    missing = missing_weeks(week for result in shipments.results for week in result.weeks)
    if missing and profile.completeness.missing_week == "fail":
        raise HistoryIncomplete(
            f"No shipment lies in {len(missing)} weeks of the history: {', '.join(missing)}. Deliver them, or let them "
            "pass with 'completeness: {missing_week: warn}'."
        )
    return shipments.warn(*(f"missing_week {week}" for week in missing))


def _check_returns(store: BlobStore, tables: Tables) -> TableState:
    returns = tables["returns"]
    shipped = tables["shipments"].parts if "shipments" in tables else ()
    pieces = oversized_returns(store, returns.layout, returns.parts, shipped)
    rows = sum(piece.rows for piece in pieces)
    checked = replace(returns, found={**returns.found, "oversized": pieces})
    return checked.warn(f"oversized_returns {rows}") if rows else checked


def _give_formats(store: BlobStore, profile: Profile, tables: Tables) -> TableState:
    stores = tables["stores"]
    shipped = tables.get("shipments")
    assortments = {}
    if profile.formats.by == "assortment" and shipped:
        assortments = count_assortments(store, stores.layout, shipped.parts)
    rows, warnings = assign_formats(_read(store, stores), profile.formats, assortments)
    return _with_rows(store, stores, rows).warn(*warnings)


def _list_products(store: BlobStore, profile: Profile, tables: Tables) -> TableState:
    """List what was sold and is in no product list, where the profile keeps it."""
    products = tables["products"]
    rows = _read(store, products)
    unlisted = sorted(_sold(tables) - set(rows["product_id"].to_pylist()))
    if not unlisted or profile.orphans.products == "quarantine":
        return _with_rows(store, products, rows)
    added = pa.table({"product_id": unlisted, "category": constant(profile.orphans.category, len(unlisted))})
    every = pa.concat_tables([rows, aligned(added, products.layout.columns)])
    ordered = every.take(np.argsort(codes(every, products.layout.key)))
    return _with_rows(store, products, ordered).warn(f"unlisted_products {len(unlisted)}")


def _sold(tables: Tables) -> set[str]:
    referring = [table for table in tables.values() if table.layout.name != "products"]
    return {product for table in referring for result in table.results for product in result.products}


def _read(store: BlobStore, table: TableState) -> pa.Table:
    """Read a master table, which has one part; none where nothing was delivered, as when only sales name products."""
    if not table.parts:
        return aligned(
            pa.table({name: pa.array([], pa.string()) for name in table.layout.key}), table.layout.columns
        )
    (part,) = table.parts
    return read_rows(store, part.path)


def _with_rows(store: BlobStore, table: TableState, rows: pa.Table) -> TableState:
    content = encode(rows)
    sha256 = hashlib.sha256(content).hexdigest()
    path = table.layout.path("parts", f"all-{sha256}.csv")
    write_named(store, path, content)
    return replace(table, parts=(Part(path=path, partition="all", sha256=sha256, rows=rows.num_rows),))
