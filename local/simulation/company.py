"""The company's stores and products, drawn from a seed. Demand, weather and dirt are not here."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from local.simulation.catalogue import CATEGORIES, TEMPLATES, Pace
from local.simulation.markets import Market, markets
from local.simulation.streams import stream

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FIRST_WEEK = date(2017, 1, 2)
AHEAD_WEEKS = 4  # promotions and events are known for so many weeks after the last shipment
LARGE_CAPACITY = 2_000  # cubic feet, at or above which a store is large
MEDIAN_INCOME = 67_000  # US dollars, the company's mean


@dataclass(frozen=True, kw_only=True)
class CompanySize:
    """How large a company to invent; `stores` counts those of all markets, `weeks` those with shipments."""

    markets: int = 14
    stores: int = 140
    products: int = 14
    weeks: int = 140

    def __post_init__(self) -> None:
        if self.stores < 2 * self.markets:
            raise ValueError(f"each market needs a large and a small store: {self}")
        if min(self.stores, self.products) < 4 or self.weeks < 10:
            raise ValueError(f"a company has at least 4 stores, 4 products and 10 weeks: {self}")


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Arrays of shape (n_stores,); `first_week` is the index of the first week with shipments."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    market: Ints
    zip_codes: tuple[str, ...]
    capacity: Ints
    size: Floats
    income: Floats
    population: Ints
    age: Floats
    household: Floats
    college: Floats
    delivery_day: Ints
    first_week: Ints

    @property
    def large(self) -> Flags:
        """Whether the store is a supermarket."""
        return self.capacity >= LARGE_CAPACITY


@dataclass(frozen=True, kw_only=True)
class Products:
    """Arrays of shape (n_products,); `growth` is in log units a year."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    brands: tuple[str, ...]
    category: Ints
    pace: tuple[Pace, ...]
    units: Floats
    price: Floats
    pack_size: Floats
    premium: Floats
    elasticity: Floats
    growth: Floats
    first_week: Ints

    def has_pace(self, pace: Pace) -> Flags:
        """Whether each product sells at that pace."""
        return np.array([own == pace for own in self.pace])


@dataclass(frozen=True, kw_only=True)
class Company:
    """Everything about the company that does not change from week to week."""

    size: CompanySize
    seed: int
    markets: tuple[Market, ...]
    stores: Stores
    products: Products

    @property
    def all_weeks(self) -> int:
        """Weeks with shipments and weeks known ahead, together."""
        return self.size.weeks + AHEAD_WEEKS

    def week_start(self, week: int) -> date:
        """Return the Monday of the week with that index."""
        return FIRST_WEEK + timedelta(weeks=week)

    def in_market(self, market: int) -> Ints:
        """Return the indices of the market's stores."""
        return np.flatnonzero(self.stores.market == market)


def found_company(size: CompanySize, seed: int) -> Company:
    """Draw the stores and products of a company of that size."""
    regions = markets(size.markets)
    return Company(
        size=size,
        seed=seed,
        markets=regions,
        stores=_stores(size, regions, stream(seed, "stores")),
        products=_products(size, stream(seed, "products")),
    )


def _stores(size: CompanySize, regions: tuple[Market, ...], rng: np.random.Generator) -> Stores:
    count = size.stores
    market = np.arange(count) * size.markets // count
    place = np.arange(count) - np.searchsorted(market, market)
    large = place % 2 == 0
    capacity = np.where(large, rng.integers(3_500, 11_000, count), rng.integers(450, 1_500, count))
    income = np.array([regions[m].income for m in market]) * np.exp(rng.normal(0, 0.18, count))
    return Stores(
        ids=tuple(f"ST{number:04d}" for number in range(1, count + 1)),
        names=tuple(
            _store_name(regions[m], bool(big), n) for m, big, n in zip(market, large, place, strict=True)
        ),
        market=market,
        zip_codes=tuple(regions[m].zip_codes[(n // 2) % 2] for m, n in zip(market, place, strict=True)),
        capacity=capacity,
        size=np.sqrt(capacity / 7_000),
        income=income.round(-2),
        population=rng.integers(9_000, 60_000, count),
        age=rng.normal(38.5, 3.5, count).round(1),
        household=rng.normal(2.6, 0.25, count).round(2),
        college=(0.3 * (income / MEDIAN_INCOME) + rng.normal(0, 0.04, count)).clip(0.05, 0.9).round(3),
        delivery_day=rng.integers(0, 5, count),
        first_week=_openings(size),
    )


def _store_name(region: Market, large: bool, number: int) -> str:
    return f"{'Marché' if large else 'Señor Corner'} {region.name} {number + 1}"


def _openings(size: CompanySize) -> Ints:
    """Most stores were always there; a few opened in the last tenth, and as many open next week."""
    first = np.zeros(size.stores, dtype=np.int64)
    few = max(1, size.stores // 40)
    spacing = size.stores / few
    first[(np.arange(few) * spacing + spacing / 4).astype(int)] = size.weeks - max(2, size.weeks // 12)
    first[(np.arange(few) * spacing + spacing / 2).astype(int)] = size.weeks
    return first


def _products(size: CompanySize, rng: np.random.Generator) -> Products:
    count = size.products
    templates = [TEMPLATES[index % len(TEMPLATES)] for index in range(count)]
    rounds = [index // len(TEMPLATES) for index in range(count)]
    names = [category.name for category in CATEGORIES]
    slow = np.array([template.pace != "fast" for template in templates])
    return Products(
        ids=tuple(f"SKU{number:03d}" for number in range(1, count + 1)),
        names=tuple(f"{t.name} {r + 1}" if r else t.name for t, r in zip(templates, rounds, strict=True)),
        brands=tuple(template.brand for template in templates),
        category=np.array([names.index(template.category) for template in templates]),
        pace=tuple(template.pace for template in templates),
        units=np.array([t.units for t in templates]) * np.exp(rng.normal(0, 0.12, count)),
        price=np.array([template.price for template in templates]),
        pack_size=np.array([template.pack_size for template in templates]),
        premium=np.array([template.premium for template in templates]),
        elasticity=np.where(slow, 1.3, 2.2) + rng.normal(0, 0.15, count),
        growth=rng.choice([-1.0, 1.0], count) * rng.uniform(0.05, 0.22, count),
        first_week=_launches(size),
    )


def _launches(size: CompanySize) -> Ints:
    """Most products were always sold; one came in the last fifth, and the last one comes next week."""
    first = np.zeros(size.products, dtype=np.int64)
    first[size.products // 2] = size.weeks - max(2, size.weeks // 5)
    first[-1] = size.weeks
    return first
