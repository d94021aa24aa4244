"""What surrounds a cell's demand, laid out on its weeks: promotions, events, demographic and other attributes.

Weather has its own module, `training.weather`. What of all this a forecast may know at a cutoff is decided in
`training.features`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.dataset import Tables
from training.demand import Weeks, week_positions
from training.windows import group_mean

Float = NDArray[np.float32]
Index = NDArray[np.int64]
WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True, kw_only=True)
class Promotions:
    """Known in advance; each of shape (n_series, n_weeks).

    Attributes
    ----------
    price : ndarray
        Price per unit; where none is given, as the product's in other stores; NaN before the first.
    deal, feature_ad : ndarray
        0 to 1; where none is given, the product's mean in other stores, else 0.
    """

    price: Float
    deal: Float
    feature_ad: Float


@dataclass(frozen=True, kw_only=True)
class Events:
    """Known in advance.

    Attributes
    ----------
    shares : dict of kind and of scope to ndarray, shape (n_stores, n_weeks)
        Share of the week's days on which such an event is on.
    name : ndarray of int, shape (n_stores, n_weeks)
        Position in `names` of the week's longest event; 0 = none.
    names : tuple of str
        Event names; the first is empty.
    """

    shares: dict[str, Float]
    name: Index
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Numbers that describe stores, as known at the end of each week; NaN before their first date.

    Attributes
    ----------
    values : ndarray, shape (n_attributes, n_stores, n_weeks)
    names : tuple of str
    """

    values: Float
    names: tuple[str, ...]


def observed_weeks(shipments: pd.DataFrame, weeks: Weeks) -> NDArray[np.bool_]:
    """Return the weeks in which the company has any shipment."""
    return np.isin(weeks, shipments["week_start"].drop_duplicates().to_numpy().astype("datetime64[D]"))


def promotions(table: pd.DataFrame | None, series: pd.DataFrame, weeks: Weeks) -> Promotions | None:
    """Lay the promotions of the series out; None where the client has none for them."""
    if table is None:
        return None
    wanted = pd.MultiIndex.from_frame(series[["store_id", "product_id"]])
    row = wanted.get_indexer(pd.MultiIndex.from_frame(table[["store_id", "product_id"]].astype("str")))
    column = week_positions(table["week_start"], weeks)
    inside = (row >= 0) & (column >= 0) & (column < len(weeks))
    if not inside.any():
        return None
    laid_out = {}
    for name in ("price", "deal", "feature_ad"):
        laid_out[name] = np.full((len(series), len(weeks)), np.nan, dtype=np.float32)
        laid_out[name][row[inside], column[inside]] = table[name].to_numpy(dtype=np.float32)[inside]
    product = series["product"].to_numpy()
    price = np.log(np.where(laid_out["price"] > 0, laid_out["price"], np.nan))
    deal, feature_ad = (_filled_by_product(laid_out[name], product) for name in ("deal", "feature_ad"))
    return Promotions(price=np.exp(_filled_prices(price, product)), deal=deal, feature_ad=feature_ad)


def _filled_by_product(values: Float, product: Index) -> Float:
    """Fill gaps with the product's mean in other stores that week, else with 0."""
    return np.where(np.isfinite(values), values, np.nan_to_num(_product_mean(values, product)))


def _filled_prices(logs: Float, product: Index) -> Float:
    """Fill gaps with the product's mean in other stores at the store's last known distance from it."""
    usual = _carry_forward(_product_mean(logs, product))
    distance = np.nan_to_num(_carry_forward(logs - usual))
    return np.where(np.isfinite(logs), logs, usual + distance)


def _product_mean(values: Float, product: Index) -> Float:
    return group_mean(values, product, int(product.max()) + 1)


def _carry_forward(values: Float) -> Float:
    """Fill gaps along the last axis with the last value before them."""
    position = np.where(np.isfinite(values), np.arange(values.shape[-1]), 0)
    return np.take_along_axis(values, np.maximum.accumulate(position, axis=-1), axis=-1)


def events(table: pd.DataFrame | None, stores: pd.DataFrame, weeks: Weeks) -> Events | None:
    """Lay the events out per store; None where the client has none."""
    if table is None or table.empty:
        return None
    keys = sorted(set(table["kind"]) | set(table["scope"]))
    shares = {key: np.zeros((len(stores), len(weeks)), dtype=np.float32) for key in keys}
    names = ("", *sorted(set(table["name"])))
    longest, name = (
        np.zeros((len(stores), len(weeks)), dtype=np.float32),
        np.zeros((len(stores), len(weeks)), dtype=np.int64),
    )
    for event in table.sort_values("event_id").itertuples(index=False):
        share = np.outer(_reach(event, stores), _overlap(event, weeks)).astype(np.float32)
        for key in (event.kind, event.scope):
            shares[key] = np.minimum(shares[key] + share, 1.0)
        name = np.where(share > longest, names.index(event.name), name)
        longest = np.maximum(longest, share)
    return Events(shares=shares, name=name, names=names)


def _reach(event: Any, stores: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the stores in the event's scope."""
    if event.scope == "national":
        return np.ones(len(stores), dtype=bool)
    column = {"market": "market", "store": "store_id"}[event.scope]
    return (stores[column] == event.scope_id).to_numpy(dtype=bool)


def _overlap(event: Any, weeks: Weeks) -> Float:
    """Return the share of each week's days on which the event is on."""
    first, last = (np.datetime64(day, "D") for day in (event.start_date, event.end_date))
    days = np.minimum(last + 1, weeks + WEEK) - np.maximum(first, weeks)
    return np.maximum(days / WEEK, 0.0).astype(np.float32)


def attributes(tables: Tables, stores: pd.DataFrame, weeks: Weeks) -> Attributes | None:
    """Lay demographics (by store and by zip code) and storage capacity out; None where nothing tells stores apart."""
    found: dict[str, Float] = {}
    for table, key in ((tables.demographics, "store_id"), (tables.demographics_by_zip, "zip_code")):
        if table is not None:
            found |= _as_of(table, key, stores[key], weeks)
    if stores["storage_capacity"].notna().any():
        capacity = stores["storage_capacity"].to_numpy(dtype=np.float32)
        found["storage_capacity"] = np.repeat(capacity[:, None], len(weeks), axis=1)
    telling = {name: values for name, values in found.items() if np.isfinite(values).any()}
    return Attributes(values=np.stack(list(telling.values())), names=tuple(telling)) if telling else None


def _as_of(table: pd.DataFrame, column: str, keys: pd.Series, weeks: Weeks) -> dict[str, Float]:
    """Return each numeric column per store and week: the last value dated at or before the week's end."""
    names = [c for c in table.columns if c not in (column, "as_of")]
    values = np.full((len(names), len(keys), len(weeks)), np.nan, dtype=np.float32)
    ends = weeks + WEEK
    ordered = table[table[column].isin(keys)].sort_values("as_of")
    for key, rows in ordered.groupby(column, observed=True):
        last = np.searchsorted(rows["as_of"].to_numpy().astype("datetime64[D]"), ends, side="left") - 1
        known = rows[names].to_numpy(dtype=np.float32).T[:, np.maximum(last, 0)]
        values[:, (keys == key).to_numpy(dtype=bool)] = np.where(last >= 0, known, np.nan)[:, None, :]
    return dict(zip(names, values, strict=True))
