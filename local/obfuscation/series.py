"""Disguises the weekly series: each row comes from a random store of the group, scaled, with noise.

Noise alone does not hide a series: two years of weeks are recognised through any noise that leaves them useful. So
every row (a store's units, returns, price and deal for one product and week) is taken from a random store of the
group that carried the product then. Season, events, prices and their effects survive; whose they were does not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.obfuscation.key import Key
from local.obfuscation.sample import Disguise, Sample
from training.dataset import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MEASURES = {
    "shipments": ("units_shipped",),
    "returns": ("units_returned",),
    "promotions": ("price", "deal", "feature_ad"),
}
UNITS = ("units_shipped", "units_returned")
PAIR = ["store_id", "product_id"]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Standard deviations of the logarithms of the factors: one per series, row, product price, attribute."""

    series: float = 0.3
    row: float = 0.15
    price: float = 0.15
    attribute: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Panel:
    """All series of all stores, as they were.

    Attributes
    ----------
    pairs : MultiIndex of (store_id, product_id), n_pairs
    weeks : DatetimeIndex, n_weeks
        The sample's weeks, and those after them for which promotions are known.
    known : int
        How many of the weeks have shipments.
    values : dict of measure to ndarray, shape (n_pairs + 1, n_weeks)
        NaN = no record; the last row stands for a pair that does not exist.
    """

    pairs: pd.MultiIndex
    weeks: pd.DatetimeIndex
    known: int
    values: dict[str, Floats]

    @property
    def life(self) -> Flags:
        """Whether a week lies between a series' first and last shipment, or has a promotion ahead of them."""
        shipped = ~np.isnan(self.values["units_shipped"])
        begun = np.maximum.accumulate(shipped, axis=1)
        not_over = np.maximum.accumulate(shipped[:, ::-1], axis=1)[:, ::-1]
        ahead = np.arange(len(self.weeks)) >= self.known
        return np.where(ahead, self._promoted(), begun & not_over)

    @property
    def level(self) -> Floats:
        """Mean units of a series' records, shape (n_pairs + 1,); 1 where there is none."""
        units = self.values["units_shipped"]
        mean = np.nansum(units, axis=1) / np.maximum((~np.isnan(units)).sum(axis=1), 1)
        return np.where(mean > 0, mean, 1.0)

    def positions(self, stores: npt.ArrayLike, products: npt.ArrayLike) -> Ints:
        """Return the row of each store and product, shape (n_stores, n_products); -1 where there is none."""
        wanted = pd.MultiIndex.from_product([np.asarray(stores), np.asarray(products)])
        return np.asarray(self.pairs.get_indexer(wanted)).reshape(len(np.asarray(stores)), -1)

    def _promoted(self) -> Flags:
        known = [~np.isnan(self.values[name]) for name in MEASURES["promotions"] if name in self.values]
        return np.any(known, axis=0) if known else np.zeros_like(self.values["units_shipped"], dtype=bool)


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """The disguised series: frames per table, and for each pair of the sample the store most rows came from."""

    frames: dict[str, pd.DataFrame]
    main_source: dict[tuple[str, str], str]


def build_panel(tables: Tables, weeks: pd.DatetimeIndex) -> Panel:
    """Spread the long tables over pairs and weeks."""
    found = {name: getattr(tables, name) for name in MEASURES if getattr(tables, name) is not None}
    recent = {name: frame.loc[frame["week_start"] >= weeks[0]] for name, frame in found.items()}
    pairs = _pairs(recent["shipments"]).unique().sort_values()
    all_weeks = pd.date_range(weeks[0], max(f["week_start"].max() for f in recent.values()), freq="7D")
    values = {
        measure: _spread(frame, measure, pairs, all_weeks)
        for name, frame in recent.items()
        for measure in MEASURES[name]
    }
    return Panel(pairs=pairs, weeks=all_weeks, known=len(weeks), values=values)


def mix(panel: Panel, sample: Sample, names: Disguise, noise: Noise, key: Key) -> Mixed:
    """Make the series of the sample's stores from those of their groups."""
    rng = key.stream("series")
    products = sample.products["product_id"].to_numpy()
    price = np.exp(rng.normal(0, noise.price, len(products)))
    whole = {name: _is_whole(panel.values[name]) for name in UNITS if name in panel.values}
    rows, made = [], []
    life, level = panel.life, panel.level
    for store, group in sample.groups.items():
        at = panel.positions(group, products)
        chosen = _draw(at, life[at], rng)
        target = _levels(level, at, list(group).index(sample.size_of[store]))
        target = target * np.exp(rng.normal(0, noise.series, len(products)))
        scale = target[:, None] / level[chosen] * np.exp(rng.normal(0, noise.row, chosen.shape))
        rows.append(chosen)
        made.append(_taken(panel, chosen, scale, price, whole))
    values = {name: np.stack([one[name] for one in made]) for name in panel.values}
    return Mixed(
        frames=_frames(panel, values, sample, names),
        main_source=_main_sources(panel, np.stack(rows), sample),
    )


def disturbed(values: Floats, scale: Floats, *, whole: bool) -> Floats:
    """Scale units: zero and no record stay what they are, whole numbers stay whole, what was sold stays sold."""
    made = np.maximum(np.round(values * scale), 1) if whole else np.round(values * scale, 3)
    return np.where(values > 0, made, values)


def _pairs(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[PAIR].astype(str))


def _spread(frame: pd.DataFrame, measure: str, pairs: pd.MultiIndex, weeks: pd.DatetimeIndex) -> Floats:
    values = np.full((len(pairs) + 1, len(weeks)), np.nan)
    row, column = pairs.get_indexer(_pairs(frame)), weeks.get_indexer(pd.Index(frame["week_start"]))
    known = row >= 0
    values[row[known], column[known]] = frame[measure].to_numpy(float)[known]
    return values


def _draw(at: Ints, alive: Flags, rng: np.random.Generator) -> Ints:
    """Draw a row of the panel per product and week from the group's living series, shape (n_products, n_weeks)."""
    store = np.where(alive, rng.random(alive.shape), -1.0).argmax(axis=0)
    chosen = at[store, np.arange(at.shape[1])[:, None]]
    return np.where(alive.any(axis=0), chosen, -1)


def _levels(level: Floats, at: Ints, size_of: int) -> Floats:
    """Return the group's mean level per product, times how far one member as a whole lies from it."""
    carried = at >= 0
    count = np.maximum(carried.sum(axis=0), 1)
    logs = np.where(carried, np.log(level[at]), 0.0)
    apart = np.where(carried, logs - logs.sum(axis=0) / count, 0.0)[size_of]
    return np.exp(logs.sum(axis=0) / count + apart.sum() / max(carried[size_of].sum(), 1))


def _taken(
    panel: Panel, chosen: Ints, scale: Floats, price: Floats, whole: dict[str, bool]
) -> dict[str, Floats]:
    week = np.arange(len(panel.weeks))
    taken = {name: values[chosen, week] for name, values in panel.values.items()}
    units = {name: disturbed(taken[name], scale, whole=is_whole) for name, is_whole in whole.items()}
    prices = {"price": np.round(taken["price"] * price[:, None], 2)} if "price" in taken else {}
    return {**taken, **units, **prices}


def _frames(
    panel: Panel, values: dict[str, Floats], sample: Sample, names: Disguise
) -> dict[str, pd.DataFrame]:
    tables = {t: columns for t, columns in MEASURES.items() if columns[0] in values}
    return {
        table: _long({name: values[name] for name in columns}, panel, sample, names)
        for table, columns in tables.items()
    }


def _long(values: dict[str, Floats], panel: Panel, sample: Sample, names: Disguise) -> pd.DataFrame:
    store, product, week = np.nonzero(np.any([~np.isnan(v) for v in values.values()], axis=0))
    frame = pd.DataFrame(
        {
            "week_start": panel.weeks[week] + names.shift,
            "store_id": sample.stores["store_id"].map(names.stores).to_numpy()[store],
            "product_id": sample.products["product_id"].map(names.products).to_numpy()[product],
            **{name: array[store, product, week] for name, array in values.items()},
        }
    )
    return frame.sort_values(["week_start", *PAIR], ignore_index=True)


def _main_sources(panel: Panel, rows: Ints, sample: Sample) -> dict[tuple[str, str], str]:
    """Name the store that most rows of each pair came from; a pair without rows has none."""
    stores = panel.pairs.get_level_values(0)
    pairs = pd.MultiIndex.from_product([sample.stores["store_id"], sample.products["product_id"]])
    flat = rows[:, :, : panel.known].reshape(len(pairs), -1)
    found = ((pair, row[row >= 0]) for pair, row in zip(pairs, flat, strict=True))
    return {pair: str(stores[int(np.bincount(row).argmax())]) for pair, row in found if len(row)}


def _is_whole(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool((known == np.round(known)).all())
