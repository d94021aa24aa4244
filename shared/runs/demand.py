"""How many demand rows each cell has, and a digest that tells whether any of them changed.

Each part of a table is read once, and remembered as one line per store and week: parts never change. The digest of a
set of rows is the sum of their hashes modulo 2**64, so that their order, and how they are cut into parts, play no part.
Which cells are trained is not here.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from shared.errors import RowsLost
from shared.lake import DatasetVersion
from shared.lake.blobs import read_bytes, read_rows
from shared.lake.records import Part
from shared.plan import Cell
from shared.ports import BlobStore
from shared.runs.layout import demand_path
from shared.runs.records import read_many

DEMAND = ("shipments", "returns", "promotions")
"""Tables whose rows are a cell's demand."""
PARTS = 4
"""Parts that are in memory at the same time."""
STORE_WEEK = ["store_id", "week_start"]
CELL = ["market", "format"]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """The demand of a company by cell and week.

    Attributes
    ----------
    rows : DataFrame
        ``market, format, table, week_start`` (ISO), ``rows``, ``digest`` (uint64), one line each.
    """

    rows: pd.DataFrame

    @cached_property
    def shipment_rows(self) -> dict[Cell, int]:
        """Shipment rows of each cell that has any."""
        shipments = self.rows[self.rows["table"] == "shipments"]
        counted = shipments.groupby(CELL, as_index=False)["rows"].sum()
        return {(market, form): int(n) for market, form, n in counted.itertuples(index=False)}

    @cached_property
    def last_weeks(self) -> dict[Cell, str]:
        """The last week with shipments of each cell that has any."""
        shipments = self.rows[self.rows["table"] == "shipments"]
        newest = shipments.groupby(CELL, as_index=False)["week_start"].max()
        return {(market, form): str(week) for market, form, week in newest.itertuples(index=False)}

    def digests(self, until: Mapping[Cell, str]) -> dict[Cell, str]:
        """Return the digest of each cell's rows up to, and with, a week of its own; cells without rows have one too.

        What is known of a week that has no shipments yet, such as its promotions, does not count: nothing can be
        learned from it.
        """
        last = self.last_weeks
        bounded = [(*cell, min(week, last.get(cell, ""))) for cell, week in until.items()]
        bounds = pd.DataFrame(bounded, columns=[*CELL, "until"])
        known = self.rows.merge(bounds, on=CELL)
        known = known[known["week_start"] <= known["until"]]
        sums = known.groupby([*CELL, "table"], as_index=False)[["rows", "digest"]].sum()
        texts: dict[Cell, str] = dict.fromkeys(until, "")
        for market, form, table, rows, digest in sums.itertuples(index=False):
            texts[market, form] += f"{table} {rows} {digest:016x}\n"
        return {cell: hashlib.sha256(text.encode()).hexdigest()[:16] for cell, text in texts.items()}


def read_stores(
    store: BlobStore, version: DatasetVersion, clusters: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Read ``store_id, market, format``; a cluster's stores are in a market of its name.

    Raises
    ------
    RowsLost
        If a store has no market or no format, and so would be in no cell.
    """
    tables = [read_rows(store, part.path).select(["store_id", *CELL]) for part in version.parts]
    stores = pa.concat_tables(tables).to_pandas()
    cluster = {name: market for market, names in clusters.items() for name in names}
    market = [cluster.get(name, own) for name, own in zip(stores["store_id"], stores["market"], strict=True)]
    stores = stores.assign(market=market)
    homeless = stores.loc[(stores[CELL] == "").any(axis=1), "store_id"]
    if len(homeless):
        raise RowsLost(f"{len(homeless)} stores have no market or no format, such as {homeless.iloc[0]}")
    return stores


def read_demand(store: BlobStore, versions: Mapping[str, DatasetVersion], stores: pd.DataFrame) -> Demand:
    """Read the demand of every cell.

    Raises
    ------
    RowsLost
        If rows name a store that is not among the stores.
    """
    parts = [
        (versions[table], part) for table in DEMAND if table in versions for part in versions[table].parts
    ]
    cells = stores.set_index("store_id")[CELL]
    frames = read_many(
        lambda item: _by_cell(_by_store(store, *item), item[0].table, cells), parts, at_once=PARTS
    )
    every = pd.concat(frames, ignore_index=True)
    return Demand(
        rows=every.groupby([*CELL, "table", "week_start"], as_index=False)[["rows", "digest"]].sum()
    )


def _by_cell(counted: pd.DataFrame, table: str, cells: pd.DataFrame) -> pd.DataFrame:
    placed = counted.join(cells, on="store_id")
    lost = placed.loc[placed["market"].isna(), "store_id"]
    if len(lost):
        raise RowsLost(
            f"{table} has rows of {lost.nunique()} stores that are not known, such as {lost.iloc[0]}"
        )
    sums = placed.groupby([*CELL, "week_start"], as_index=False)[["rows", "digest"]].sum()
    return sums.assign(table=table)


def _by_store(store: BlobStore, version: DatasetVersion, part: Part) -> pd.DataFrame:
    """Return ``store_id, week_start, rows, digest`` of a part, from memory where it was read before."""
    memory = demand_path(version.table, part.partition, part.sha256)
    if store.stat(memory):
        return pd.read_parquet(io.BytesIO(read_bytes(store, memory)))
    counted = hash_rows(_read_text(store, part.path, version.columns))
    content = io.BytesIO()
    counted.to_parquet(content, index=False)
    store.put(memory, content.getvalue())
    return counted


def hash_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``store_id, week_start, rows, digest``; every column of a row is in its hash."""
    digests = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    counted = rows[STORE_WEEK].assign(rows=np.int64(1), digest=digests)
    sums = counted.groupby(STORE_WEEK, as_index=False, observed=True)[["rows", "digest"]].sum()
    return sums.astype(dict.fromkeys(STORE_WEEK, "str"))


def _read_text(store: BlobStore, path: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a part as categories of text, which is small in memory and quick to hash."""
    text = csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
    with store.open(path) as blob:
        return csv.read_csv(blob, convert_options=text).to_pandas(strings_to_categorical=True)
