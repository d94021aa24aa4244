"""Which stores, products and pairs a cell has: best sellers and roll-ups, live pairs, new stores and new products.

Demand values are laid out in `training.demand`.
"""

import pandas as pd

from shared.profile.forecasting import Assortment
from training.dataset import Tables

KEY = ["week_start", "store_id", "product_id"]


def cell_stores(stores: pd.DataFrame, *, market: str, format: str) -> pd.DataFrame:
    """Return the cell's stores, sorted by id."""
    chosen = stores[(stores["market"] == market) & (stores["format"] == format)]
    return chosen.sort_values("store_id").reset_index(drop=True)


def cell_records(tables: Tables, stores: pd.DataFrame) -> pd.DataFrame:
    """Return shipments and returns of the stores side by side: ``KEY``, ``shipped``, ``returned``."""
    shipped = _of_stores(tables.shipments, stores).rename(columns={"units_shipped": "shipped"})
    if tables.returns is None:
        return shipped.assign(returned=0.0)
    returned = _of_stores(tables.returns, stores).rename(columns={"units_returned": "returned"})
    return shipped.merge(returned, on=KEY, how="outer").fillna({"shipped": 0.0, "returned": 0.0})


def _of_stores(records: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    chosen = records[records["store_id"].isin(stores["store_id"])]
    return chosen.astype({"store_id": "str", "product_id": "str"})


def roll_up(
    records: pd.DataFrame, products: pd.DataFrame, settings: Assortment, *, before: object
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the best sellers of the weeks before `before`, and sum the others by category.

    Returns
    -------
    records, products : DataFrame
        The products that the records name, in the order of their ids; a sum is the product
        ``all other {category}`` of that category.
    """
    if settings.keep_best_sellers is None:
        return records, _named(products, records)
    ranking = records[records["week_start"] < before].groupby("product_id")["shipped"].sum()
    kept = ranking.sort_values(ascending=False, kind="stable").index[: settings.keep_best_sellers]
    category = products.set_index("product_id")["category"]
    others = ("all other " + category[~category.index.isin(kept)].astype("str")).to_dict()
    renamed = records.assign(product_id=records["product_id"].map(lambda p: others.get(p, p)))
    summed = renamed.groupby(KEY, as_index=False)[["shipped", "returned"]].sum()
    sums = pd.DataFrame({"product_id": pd.Series(sorted(set(others.values())), dtype="str")})
    sums = sums.assign(category=sums["product_id"].str.removeprefix("all other "))
    return summed, _named(pd.concat([products, sums], ignore_index=True), summed)


def _named(products: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    chosen = products[products["product_id"].isin(records["product_id"].unique())]
    return chosen.sort_values("product_id").reset_index(drop=True)


def pair_up(
    tables: Tables, records: pd.DataFrame, stores: pd.DataFrame, products: pd.DataFrame, settings: Assortment
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cell's series, and its products with the new ones appended.

    A store without any record gets the products that at least half of the cell's other stores carry; a product
    without any record in the company goes to the stores that carry its category, or to all where none does, unless
    best sellers are rolled up.

    Returns
    -------
    series : DataFrame
        ``store_id``, ``product_id``, ``is_new``, ``store``, ``product``, sorted by the ids.
    products : DataFrame
    """
    known = records[["store_id", "product_id"]].drop_duplicates()
    fresh = _new_products(tables, settings)
    pairs = [known.assign(is_new=False)]
    if settings.new_stores:
        pairs.append(_for_new_stores(known, stores))
    if len(fresh):
        pairs.append(_for_new_products(known, products, fresh))
    products = (
        pd.concat([products, fresh], ignore_index=True).sort_values("product_id").reset_index(drop=True)
    )
    series = pd.concat(pairs, ignore_index=True).drop_duplicates(["store_id", "product_id"])
    series = series.sort_values(["store_id", "product_id"]).reset_index(drop=True)
    rows = {"store": (stores, "store_id"), "product": (products, "product_id")}
    return series.assign(
        **{name: pd.Index(frame[key]).get_indexer(series[key]) for name, (frame, key) in rows.items()}
    ), products


def _new_products(tables: Tables, settings: Assortment) -> pd.DataFrame:
    if not settings.new_products or settings.keep_best_sellers is not None:
        return tables.products.iloc[:0]
    return tables.products[~tables.products["product_id"].isin(tables.shipments["product_id"].unique())]


def _for_new_stores(known: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    fresh = stores.loc[~stores["store_id"].isin(known["store_id"]), ["store_id"]]
    carriers = known.groupby("product_id")["store_id"].nunique()
    usual = carriers[carriers * 2 >= known["store_id"].nunique()].index
    return fresh.merge(pd.DataFrame({"product_id": usual}), how="cross").assign(is_new=True)


def _for_new_products(known: pd.DataFrame, products: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    carried = known.merge(products[["product_id", "category"]], on="product_id")
    carried = carried[["store_id", "category"]].drop_duplicates()
    pairs = carried.merge(fresh[["product_id", "category"]], on="category")
    of_new_category = fresh.loc[~fresh["category"].isin(carried["category"]), ["product_id"]]
    everywhere = known[["store_id"]].drop_duplicates().merge(of_new_category, how="cross")
    return pd.concat([pairs[["store_id", "product_id"]], everywhere], ignore_index=True).assign(is_new=True)
