"""A cell's history and known future as dense arrays: series (store x product) by weeks.

    units        (n_series, n_weeks)   weekly net demand, NaN where unknown
    promotions   (n_series, n_weeks)   price, deal, feature ad; known in advance, so future weeks too
    calendars    (n_stores, n_weeks)   events; weather by zip code and issue time

What a forecast may know of it at a cutoff is decided in `training.features`; which pairs exist in
`training.assortment`.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.errors import NotEnoughHistory
from shared.profile import Profile
from training import assortment, surroundings
from training.dataset import Tables
from training.demand import net_demand, week_axis
from training.surroundings import Attributes, Events, Promotions
from training.weather import Weather, weather

Bool = NDArray[np.bool_]
Float = NDArray[np.float32]
Index = NDArray[np.int64]

AFTER_WEEKS = 1  # an event of the week after the last one forecast may already be felt in it


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One cell (market x format).

    Attributes
    ----------
    weeks : ndarray of datetime64[D], shape (n_weeks,)
        First days of consecutive weeks; those from `n_known` on lie in the future.
    n_known : int
        Number of weeks whose shipments are known.
    series : DataFrame, n_series rows
        ``store_id``, ``product_id``, ``is_new`` (without any record), and ``store``, ``product``: row numbers in
        `stores` and `products`.
    units : ndarray, shape (n_series, n_weeks)
        Weekly net demand, clipped at 0; NaN where unknown.
    recorded : ndarray of bool, shape (n_series, n_weeks)
        Whether the source had a record.
    n_oversized : int
        Weeks of a series in which more came back than was shipped; they are 0 in `units`.
    active_weeks : int
        A pair is live while it has a record in so many last weeks.
    """

    market: str
    format: str
    weeks: NDArray[np.datetime64]
    n_known: int
    stores: pd.DataFrame
    products: pd.DataFrame
    series: pd.DataFrame
    units: Float
    recorded: Bool
    n_oversized: int
    active_weeks: int
    promotions: Promotions | None = None
    weather: Weather | None = None
    events: Events | None = None
    attributes: Attributes | None = None

    @property
    def n_series(self) -> int:
        """Number of store-product pairs."""
        return len(self.series)

    @property
    def store(self) -> Index:
        """Row of `stores` per series."""
        return self.series["store"].to_numpy()

    @property
    def product(self) -> Index:
        """Row of `products` per series."""
        return self.series["product"].to_numpy()

    @property
    def category(self) -> Index:
        """Number of its product's category per series, from 0."""
        codes = self.products["category"].astype("category").cat.codes.to_numpy()
        return codes[self.product].astype(np.int64)

    @property
    def last_known(self) -> int:
        """Index of the last week whose shipments are known."""
        return self.n_known - 1

    def week_index(self, week_start: np.datetime64 | str) -> int:
        """Return the position of a week.

        Raises
        ------
        KeyError
            If the panel has no week with that first day.
        """
        found = np.flatnonzero(self.weeks == np.datetime64(str(week_start), "D"))
        if not found.size:
            raise KeyError(f"no week {week_start} between {self.weeks[0]} and {self.weeks[-1]}")
        return int(found[0])

    def live(self, cutoff: int) -> Bool:
        """Return, per series, whether it is forecast from that cutoff: a recent record, or new."""
        recent = self.recorded[:, max(cutoff + 1 - self.active_weeks, 0) : cutoff + 1].any(axis=1)
        return recent | self.series["is_new"].to_numpy()

    def until(self, cutoff: int) -> "Panel":
        """Return the panel as it stood after the week `cutoff`: later demand is unknown."""
        units, recorded = self.units.copy(), self.recorded.copy()
        units[:, cutoff + 1 :], recorded[:, cutoff + 1 :] = np.nan, False
        return replace(self, units=units, recorded=recorded, n_known=min(self.n_known, cutoff + 1))


def cells(tables: Tables) -> list[tuple[str, str]]:
    """Return the cells that have stores, as sorted pairs of market and format."""
    pairs = tables.stores[["market", "format"]].dropna().drop_duplicates()
    return sorted((str(market), str(form)) for market, form in pairs.itertuples(index=False))


def build_panel(tables: Tables, profile: Profile, *, market: str, format: str) -> Panel:
    """Build the panel of one cell.

    Parameters
    ----------
    tables : Tables
        The company's tables; weeks without any shipment anywhere in it count as unknown, not as zero. Demand after
        the market's last known week (see `training.demand.week_axis`) is left out.
    profile : Profile
        Calendar, horizon, target and assortment.
    market, format : str
        The cell.

    Raises
    ------
    NotEnoughHistory
        If the cell has no shipments.
    """
    settings = profile.forecasting
    stores = assortment.cell_stores(tables.stores, market=market, format=format)
    records = assortment.cell_records(tables, stores)
    if not (records["shipped"] > 0).any():
        raise NotEnoughHistory(f"{market} / {format}: no shipments in {len(stores)} stores")
    weeks, n_known = _week_axis(tables, profile, market=market)
    first_judged = weeks[max(n_known - settings.evaluation_weeks, 1)]
    records, products = assortment.roll_up(records, tables.products, settings.assortment, before=first_judged)
    series, products = assortment.pair_up(tables, records, stores, products, settings.assortment)
    demand = net_demand(
        records, series, weeks[:n_known], target=settings.target, active_weeks=settings.assortment.active_weeks,
        observed=surroundings.observed_weeks(tables.shipments, weeks[:n_known]),
    )  # fmt: skip
    bare = Panel(
        market=market, format=format, weeks=weeks, n_known=n_known, stores=stores, products=products, series=series,
        units=demand.units, recorded=demand.recorded, n_oversized=demand.n_oversized,
        active_weeks=settings.assortment.active_weeks,
    )  # fmt: skip
    return _surrounded(_with_future(bare), tables)


def _surrounded(panel: Panel, tables: Tables) -> Panel:
    """Add promotions, weather, events and attributes."""
    return replace(
        panel,
        promotions=surroundings.promotions(tables.promotions, panel.series, panel.weeks),
        weather=weather(tables, panel.stores, panel.weeks),
        events=surroundings.events(tables.events, panel.stores, panel.weeks),
        attributes=surroundings.attributes(tables, panel.stores, panel.weeks),
    )


def _week_axis(tables: Tables, profile: Profile, *, market: str) -> tuple[NDArray[np.datetime64], int]:
    neighbours = tables.stores.loc[tables.stores["market"] == market, "store_id"]
    starts = tables.shipments["week_start"].to_numpy().astype("datetime64[D]")
    return week_axis(
        starts,
        starts[tables.shipments["store_id"].isin(neighbours).to_numpy()],
        completeness=profile.completeness,
        horizon=profile.forecasting.leads[-1] + AFTER_WEEKS,
    )


def _with_future(panel: Panel) -> Panel:
    """Extend the arrays over the weeks ahead, where demand is unknown."""
    more = ((0, 0), (0, len(panel.weeks) - panel.n_known))
    return replace(
        panel,
        units=np.pad(panel.units, more, constant_values=np.nan),
        recorded=np.pad(panel.recorded, more, constant_values=False),
    )
