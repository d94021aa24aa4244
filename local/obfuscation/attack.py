"""Plays an adversary who has all of the client's data and wants to know who is who in the sample.

It knows the whole way of obfuscation, the shift of dates and which product is which, but not the key. What share it may
find out is judged in `check`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.obfuscation.sample import Disguise, Sample
from local.obfuscation.series import Panel
from training.dataset import Tables

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What an attack came to: of `tried` pseudonyms, the share whose best match is right."""

    name: str
    share: float
    tried: int


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Weekly patterns of series; `curves` has shape (n_series, n_weeks)."""

    stores: npt.NDArray[np.object_]
    products: npt.NDArray[np.object_]
    curves: Floats


def attack_series(
    shipments: pd.DataFrame, panel: Panel, sample: Sample, names: Disguise, main: dict[tuple[str, str], str]
) -> tuple[Attempt, Attempt, Attempt]:
    """Match patterns of weeks: each series on its own, a store's series together, a product's series together.

    A series counts as found when the best match is the one it stands for, or the one that most of its rows came from.
    Each match is tried on the patterns and on how they differ from their product's; the better try counts.
    """
    original = _originals(panel)
    found = _obfuscated(shipments, panel, sample, names)
    tries = [(found, original), (_without_product(found), _without_product(original))]
    return (
        _best("series", [_series_hits(f, o, main) for f, o in tries]),
        _best("stores by their sales", [_store_hits(f, o) for f, o in tries]),
        _best("products by their sales", [_product_hits(found, original)]),
    )


def attack_attributes(made: dict[str, pd.DataFrame], tables: Tables, names: Disguise) -> Attempt:
    """Match stores by capacity and demographics: the nearest in standardised logarithms."""
    original = _attributes(tables.stores, tables.demographics)
    found = _attributes(made["stores"], made.get("demographics")).rename(index=_inverse(names.stores))
    centre, spread = original.mean(), original.std().replace(0, 1)
    there, here = ((f - centre) / spread for f in (original, found[original.columns]))
    apart = np.nansum((here.to_numpy()[:, None] - there.to_numpy()[None]) ** 2, axis=2)
    hits = here.index.to_numpy() == there.index.to_numpy()[apart.argmin(axis=1)]
    return _best("stores by their attributes", [hits])


def attack_weather(made: pd.DataFrame, original: pd.DataFrame, names: Disguise) -> Attempt:
    """Match zip codes by the days on which they were warmer or colder than all places on average."""
    back = made.assign(
        date=made["date"] - names.shift, zip_code=made["zip_code"].map(_inverse(names.zip_codes))
    )
    here = _warmth(back)
    there = _warmth(original).reindex(columns=here.columns)
    usual = there.mean()
    known, wanted = (_normalised((f - usual).fillna(0).to_numpy()) for f in (there, here))
    best = there.index.to_numpy()[(wanted @ known.T).argmax(axis=1)]
    return _best("zip codes by their weather", [best == here.index.to_numpy()])


def _originals(panel: Panel) -> Curves:
    units = panel.values["units_shipped"][:-1, : panel.known]
    stores, products = (panel.pairs.get_level_values(n).to_numpy(dtype=object) for n in (0, 1))
    return Curves(stores=stores, products=products, curves=_logs(units))


def _obfuscated(shipments: pd.DataFrame, panel: Panel, sample: Sample, names: Disguise) -> Curves:
    pairs = pd.MultiIndex.from_product([sample.stores["store_id"], sample.products["product_id"]])
    true = shipments.assign(
        week_start=shipments["week_start"] - names.shift,
        store_id=shipments["store_id"].map(_inverse(names.stores)),
        product_id=shipments["product_id"].map(_inverse(names.products)),
    )
    wide = true.pivot(index=["store_id", "product_id"], columns="week_start", values="units_shipped")
    units = wide.reindex(index=pairs, columns=panel.weeks[: panel.known]).to_numpy(float)
    stores, products = (pairs.get_level_values(n).to_numpy(dtype=object) for n in (0, 1))
    sold = np.nansum(units, axis=1) > 0  # what sold nothing cannot be found, and is not counted as hidden
    return Curves(stores=stores[sold], products=products[sold], curves=_logs(units[sold]))


def _logs(units: Floats) -> Floats:
    return np.asarray(np.log1p(np.nan_to_num(units)))


def _without_product(series: Curves) -> Curves:
    usual = pd.DataFrame(series.curves).groupby(series.products).transform("mean").to_numpy()
    return Curves(stores=series.stores, products=series.products, curves=series.curves - usual)


def _normalised(curves: Floats) -> Floats:
    centred = curves - curves.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(length > 0, length, 1))


def _likeness(found: Curves, original: Curves) -> Floats:
    """Return the correlation of every series with every original."""
    return np.asarray(_normalised(found.curves) @ _normalised(original.curves).T)


def _series_hits(found: Curves, original: Curves, main: dict[tuple[str, str], str]) -> npt.NDArray[np.bool_]:
    best = _likeness(found, original).argmax(axis=1)
    pairs = list(zip(found.stores, found.products, strict=True))
    source = np.array([main.get(pair, pair[0]) for pair in pairs], dtype=object)
    store, product = original.stores[best], original.products[best]
    return np.asarray((product == found.products) & ((store == found.stores) | (store == source)))


def _store_hits(found: Curves, original: Curves) -> npt.NDArray[np.bool_]:
    """Add the likeness over all products, and take the store that is most like."""
    like = _likeness(found, original)
    total = pd.DataFrame(0.0, index=pd.unique(found.stores), columns=pd.unique(original.stores))
    for product in pd.unique(found.products):
        here, there = found.products == product, original.products == product
        part = pd.DataFrame(
            like[np.ix_(here, there)], index=found.stores[here], columns=original.stores[there]
        )
        total = total.add(part, fill_value=0)
    return np.asarray(total.idxmax(axis=1).to_numpy() == total.index.to_numpy())


def _product_hits(found: Curves, original: Curves) -> npt.NDArray[np.bool_]:
    here, there = (pd.DataFrame(s.curves).groupby(s.products).mean() for s in (found, original))
    like = _normalised(here.to_numpy()) @ _normalised(there.to_numpy()).T
    return np.asarray(there.index.to_numpy()[like.argmax(axis=1)] == here.index.to_numpy())


def _attributes(stores: pd.DataFrame, demographics: pd.DataFrame | None) -> pd.DataFrame:
    capacity = stores.set_index("store_id")[["storage_capacity"]]
    if demographics is None:
        return capacity.transform(np.log1p)
    latest = demographics.sort_values("as_of").groupby("store_id").last().drop(columns="as_of")
    return capacity.join(latest).astype(float).transform(np.log1p)


def _warmth(weather: pd.DataFrame) -> pd.DataFrame:
    middle = weather[["temperature_min_c", "temperature_max_c"]].mean(axis=1)
    plain = weather.assign(zip_code=weather["zip_code"].astype(str), middle=middle)
    return plain.pivot(index="zip_code", columns="date", values="middle")


def _inverse(names: dict[str, str]) -> dict[str, str]:
    return {new: true for true, new in names.items()}


def _best(name: str, tries: list[npt.NDArray[np.bool_]]) -> Attempt:
    share = max(float(hits.mean()) if len(hits) else 0.0 for hits in tries)
    return Attempt(name=name, share=share, tried=len(tries[0]))
