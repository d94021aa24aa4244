"""From receipts to one version per table: merge every partition, then apply the rules that need several tables.

The versions are a function of the receipts and the profile; in which order files arrived or were committed plays no
part. Where receipts come from, and which version is current, is not here.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.lake.layout import Layout, layouts
from shared.lake.orphans import Known
from shared.lake.partitions import Delivery, merge_partition
from shared.lake.records import DatasetVersion, Receipt, SourceFile
from shared.lake.rules import MASTERS, Tables, TableState, apply_rules, ids
from shared.lake.versions import make_version
from shared.ports import BlobStore
from shared.profile import Profile

THREADS = 2
"""Partitions that are merged, and in memory, at the same time."""


def materialise(store: BlobStore, profile: Profile, receipts: Sequence[Receipt]) -> Tables:
    """Merge what the receipts stand for.

    Parameters
    ----------
    receipts : sequence of Receipt
        In the order of delivery.

    Returns
    -------
    dict
        The state of each table that has any row delivered, by name; and of the products, where the profile keeps
        those that no list names.

    Raises
    ------
    HistoryIncomplete
        If a week has no shipment and the profile does not let it pass.
    LakeError
        If a delta is damaged, or rows are unaccounted for.
    """
    every = layouts(profile)
    tables = {name: merge_table(store, every[name], receipts, {}) for name in MASTERS}
    known = {name: ids(store, tables[name]) for name in MASTERS}
    for name in every.keys() - MASTERS.keys():
        tables[name] = merge_table(store, every[name], receipts, _known(profile, every[name], known))
    listed = {"products"} if profile.orphans.products == "keep" and tables["shipments"].files else set()
    merged = {name: tables[name] for name in every if tables[name].files or name in listed}
    return apply_rules(store, profile, merged)


def merge_table(store: BlobStore, layout: Layout, receipts: Sequence[Receipt], known: Known) -> TableState:
    """Merge a table's partitions, on both cores."""
    deliveries = _deliveries(layout.name, receipts)
    folder = "merged" if layout.name in MASTERS else "parts"

    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(
            lambda item: merge_partition(store, layout, item[0], item[1], known, folder=folder),
            sorted(deliveries.items()),
        )
        made = tuple(results)
    return TableState(
        layout=layout,
        files=_files(receipts, layout.name),
        results=made,
        parts=tuple(result.part for result in made if result.part),
    )


def describe(table: TableState) -> DatasetVersion:
    """Name the version that a table's state is."""
    return make_version(
        table.layout,
        parts=table.parts,
        sources=table.files,
        rows=table.rows,
        warnings=table.warnings,
        reports=table.reports,
    )


def _known(profile: Profile, layout: Layout, known: dict[str, frozenset[str]]) -> Known:
    kept = {"products"} if profile.orphans.products == "keep" else set()
    return {column: known[table] for column, table in layout.table.references if table not in kept}


def _deliveries(table: str, receipts: Sequence[Receipt]) -> dict[str, list[Delivery]]:
    found = defaultdict(list)
    for receipt in receipts:
        for delta in receipt.deltas:
            if delta.table == table and delta.rows:
                found[delta.partition].append(Delivery(file=_file(receipt), delta=delta))
    return found


def _files(receipts: Sequence[Receipt], table: str) -> tuple[SourceFile, ...]:
    return tuple(_file(r) for r in receipts if any(delta.table == table and delta.rows for delta in r.deltas))


def _file(receipt: Receipt) -> SourceFile:
    return SourceFile(source=receipt.source, name=receipt.name, sha256=receipt.sha256)
