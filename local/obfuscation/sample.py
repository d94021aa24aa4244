"""Chooses the sample: stores, products, weeks, and for each store the others that it might as well be.

A store of the sample is a mixture of the stores of its group. The groups of a format are disjoint, and within a group
everything is drawn without regard to who is who: with a group of twenty, the best guess is right one time in twenty.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from local.obfuscation.key import Key
from shared.errors import ShelfcastError
from training.dataset import Tables

ANONYMITY = 2
"""Stores that share market, format and storage capacity, at least."""
LEAST_RECORDS = 0.1
"""A product has at least this share of the records of the one with most: of rarer ones, nothing could be learned."""
LONGEST_SHIFT_YEARS = 4
WEEKS_OF_A_YEAR = 52


@dataclass(frozen=True, kw_only=True)
class SampleSize:
    """How large a sample to take; `weeks` are the last ones with shipments."""

    stores: int = 8
    products: int = 8
    weeks: int = 80

    def __post_init__(self) -> None:
        if self.stores < ANONYMITY or self.products < 1 or self.weeks < 4:
            raise ShelfcastError(f"a sample has at least {ANONYMITY} stores, 1 product and 4 weeks: {self}")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was chosen, under its true names.

    Attributes
    ----------
    stores, products : DataFrame
        Rows of the standard tables, sorted by id.
    weeks : DatetimeIndex
        The sample's weeks, first to last with shipments.
    groups : dict of store to array of stores
        Whom a store is mixed from, itself included.
    size_of : dict of store to store
        The member of its group whose size it has.
    """

    stores: pd.DataFrame
    products: pd.DataFrame
    weeks: pd.DatetimeIndex
    groups: dict[str, np.ndarray]
    size_of: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Disguise:
    """What each true name became, and by how much dates were moved."""

    stores: dict[str, str]
    products: dict[str, str]
    zip_codes: dict[str, str]
    markets: dict[str, str]
    shift: pd.Timedelta


def choose(tables: Tables, size: SampleSize, *, group_stores: int, key: Key) -> Sample:
    """Choose stores evenly over cells, products evenly over categories.

    Raises
    ------
    ShelfcastError
        If no market has two stores of a format that were shipped something in those weeks.
    """
    weeks = _last_weeks(tables.shipments["week_start"], size.weeks)
    recent = tables.shipments.loc[tables.shipments["week_start"] >= weeks[0]]
    open_stores = tables.stores.loc[tables.stores["store_id"].isin(recent["store_id"].unique())]
    records = tables.products["product_id"].map(recent["product_id"].astype(str).value_counts())
    known = tables.products.loc[records >= LEAST_RECORDS * records.max()]
    stores = _choose_stores(open_stores, size.stores, key.stream("stores"))
    groups = _groups(open_stores, group_stores, key.stream("groups"))
    rng = key.stream("sizes")
    return Sample(
        stores=stores,
        products=_choose_products(known, size.products, key.stream("products")),
        weeks=weeks,
        groups={store: groups[store] for store in stores["store_id"]},
        size_of={store: str(rng.choice(groups[store])) for store in stores["store_id"]},
    )


def disguise(sample: Sample, tables: Tables, *, move_dates: bool, key: Key) -> Disguise:
    """Name everything anew; dates move back by whole years of 52 weeks, so that the seasons hold."""
    years = int(key.stream("shift").integers(1, LONGEST_SHIFT_YEARS + 1)) if move_dates else 0
    return Disguise(
        stores=key.pseudonyms("store", sample.stores["store_id"], prefix="S", letters=7),
        products=key.pseudonyms("product", sample.products["product_id"], prefix="P", letters=7),
        # Five characters like any other zip code, but no digit comes first: nobody takes it for a place.
        zip_codes=key.pseudonyms("zip", sample.stores["zip_code"].dropna(), prefix="Z", letters=4),
        markets=key.neutral("Market", sample.stores["market"], taken=set(tables.stores["market"])),
        shift=pd.Timedelta(weeks=-WEEKS_OF_A_YEAR * years),
    )


def _last_weeks(weeks: pd.Series, count: int) -> pd.DatetimeIndex:
    first = max(weeks.min(), weeks.max() - pd.Timedelta(weeks=count - 1))
    return pd.date_range(first, weeks.max(), freq="7D")


def _choose_stores(stores: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Choose at least two stores of each of so many cells that they fit, whole markets first."""
    shuffled = _shuffled(stores, "store_id", rng)
    cells = shuffled.groupby(["market", "format"])
    eligible = shuffled.assign(
        market_rank=pd.factorize(shuffled["market"])[0],
        place=cells.cumcount(),
    ).loc[cells["store_id"].transform("size") >= ANONYMITY]
    if eligible.empty:
        raise ShelfcastError(
            f"no market has {ANONYMITY} stores of one format with shipments: nobody can hide there. "
            "Take more weeks, or a larger company."
        )
    cell = eligible.groupby(["market_rank", "format"]).ngroup()
    some = eligible.assign(cell=cell).loc[cell < count // ANONYMITY]
    chosen = some.sort_values(["place", "cell"]).head(count)
    return chosen[stores.columns].sort_values("store_id", ignore_index=True)


def _choose_products(products: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    shuffled = _shuffled(products, "product_id", rng)
    order = shuffled.assign(place=shuffled.groupby("category").cumcount()).sort_values("place", kind="stable")
    return order[products.columns].head(count).sort_values("product_id", ignore_index=True)


def _shuffled(frame: pd.DataFrame, key: str, rng: np.random.Generator) -> pd.DataFrame:
    return frame.sort_values(key, ignore_index=True).iloc[rng.permutation(len(frame))]


def _groups(stores: pd.DataFrame, least: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Divide the stores of each format into groups of at least so many, neighbours of a market together."""
    markets = pd.Series(sorted(stores["market"].unique()))
    rank = dict(zip(rng.permutation(markets), range(len(markets)), strict=True))
    ordered = stores.assign(rank=stores["market"].map(rank)).sort_values(["format", "rank", "store_id"])
    return {
        store: group
        for _, ids in ordered.groupby("format")["store_id"]
        for group in np.array_split(ids.to_numpy(dtype=object), max(1, len(ids) // least))
        for store in group
    }
