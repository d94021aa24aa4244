"""Every value that a key has had, and the file that said so. Which value stands is decided by the merge."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from shared.errors import LakeError
from shared.lake.blobs import read_rows
from shared.lake.lake import Lake
from shared.lake.records import Delta, Receipt
from shared.schemas import TABLES, Table


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a file says of a key.

    Attributes
    ----------
    values : dict
        The row's other columns as text; `date` and `line_id` among them where it is a day or a line.
    corrected_in_file : bool
        Whether a later row of the same file says otherwise.
    """

    source: str
    file: str
    values: Mapping[str, str]
    corrected_in_file: bool


def history(lake: Lake, table: str, key: Mapping[str, str]) -> list[Statement]:
    """Find every value of a key, oldest first.

    Parameters
    ----------
    table : str
        A standard table.
    key : dict
        Its key columns as text, such as ``{"week_start": "2019-07-29", "store_id": "S1", "product_id": "P1"}``.

    Returns
    -------
    list of Statement
        In the order of delivery; the last one of each day or line stands, unless it is an orphan.

    Raises
    ------
    LakeError
        If there is no such table, or the key lacks a column.
    """
    if table not in TABLES or set(key) != set(TABLES[table].key):
        raise LakeError(f"{table} has no key {dict(key)}. Give {_known_key(table)}.")
    return [statement for receipt in lake.receipts() for statement in _stated(lake, receipt, table, key)]


def _known_key(table: str) -> str:
    return ", ".join(TABLES[table].key) if table in TABLES else f"one of the tables {', '.join(TABLES)}"


def _stated(lake: Lake, receipt: Receipt, table: str, key: Mapping[str, str]) -> Iterator[Statement]:
    if receipt.superseded:
        yield from _corrected_in_file(lake, receipt, table, key)
    partition = _partition(TABLES[table], key)
    for delta in receipt.deltas:
        if (delta.table, delta.partition) == (table, partition):
            for values in _find(lake, delta, key):
                yield Statement(
                    source=receipt.source, file=receipt.name, values=values, corrected_in_file=False
                )


def _partition(table: Table, key: Mapping[str, str]) -> str:
    return key[table.partition_by][:7] if table.partition_by else "all"


def _find(lake: Lake, delta: Delta, key: Mapping[str, str]) -> list[dict[str, str]]:
    rows = read_rows(lake.store, delta.path)
    found = rows.filter(_matches(rows, key))
    return found.drop_columns(list(key)).to_pylist()


def _matches(rows: pa.Table, key: Mapping[str, str]) -> pa.ChunkedArray:
    mask = pa.chunked_array([pa.repeat(pa.scalar(True), rows.num_rows)])
    for column, value in key.items():
        mask = pc.and_(mask, pc.equal(rows[column], value))
    return mask


def _corrected_in_file(
    lake: Lake, receipt: Receipt, table: str, key: Mapping[str, str]
) -> Iterator[Statement]:
    assert receipt.superseded
    rows = read_rows(lake.store, receipt.superseded)
    for row in rows.filter(pc.equal(rows["table"], table)).to_pylist():
        stated = {**json.loads(row["key"]), **json.loads(row["earlier"])}
        if all(str(stated[column]) == value for column, value in key.items()):
            values = {name: _text(value) for name, value in stated.items() if name not in key}
            yield Statement(source=receipt.source, file=receipt.name, values=values, corrected_in_file=True)


def _text(value: object) -> str:
    return "" if value is None else str(value)
