"""What customers want each week, what they get, and what is shipped and returned. Dirt is not here.

Expected demand of store s, product p, week t is the exponential of a sum of effects in log units:
size and taste of the store + growth and level shifts + season + weather + price, deal and feature ad + events.
Wanted units are Poisson-gamma around it; sold units are the wanted ones, cut off where the shelf ran empty.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local.simulation.catalogue import CATEGORIES
from local.simulation.company import MEDIAN_INCOME, Company, Floats, Ints
from local.simulation.promotions import Offers
from local.simulation.streams import stream
from local.simulation.weather import Weather

Units = npt.NDArray[np.int32]

WEEKS_PER_YEAR = 52.18
DISPERSION = {"fast": 32.0, "slow": 50.0, "intermittent": 12.0}  # gamma shape: larger is calmer
SHELF_SHARE = {"fast": 1.0, "slow": 0.35, "intermittent": 0.4}  # power of the store's size
PROMOTION = {"fast": (0.25, 0.40), "slow": (0.15, 0.25), "intermittent": (0.1, 0.1)}  # deal, full feature
EMPTY_SHELF = 0.015  # share of weeks in which supply falls short
STOCKPILE = 0.15  # log units lost in the week after a deal


@dataclass(frozen=True, kw_only=True)
class Trade:
    """One market's weeks; units have shape (n_stores, n_products, n_weeks), expectations all weeks, also ahead.

    `lost` are units wanted and not found on the shelf.
    """

    expected: Floats
    shipped: Units
    returned: Units
    lost: Units


def expected_demand(
    company: Company, market: int, *, weather: dict[str, Weather], offers: Offers, lifts: Floats
) -> Floats:
    """Return expected demand, units a week, shape (n_stores of the market, n_products, n_weeks).

    Parameters
    ----------
    weather : dict of str to Weather
        What came, per zip code of the market.
    lifts : ndarray, shape (n_stores of the market, n_categories, n_weeks)
        Log lift of events.
    """
    category = company.products.category
    effects = (
        _levels(company, market),
        _movement(company, market),
        _season(company, market)[:, category],
        _weather_response(company, market, weather)[:, category],
        _offer_response(company, offers),
        lifts[:, category],
    )
    return np.exp(sum(effects)) * _maturity(company, market)


def _levels(company: Company, market: int) -> Floats:
    """Store size, income against the product's premium, and local taste; shape (n_stores, n_products, 1)."""
    members, products = company.in_market(market), company.products
    rng = stream(company.seed, "taste", market)
    share = np.array([SHELF_SHARE[pace] for pace in products.pace])
    wealth = np.log(company.stores.income[members] / MEDIAN_INCOME)
    taste = rng.normal(0, 0.15, (len(members), len(products.ids)))
    level = np.log(products.units) + np.log(company.stores.size[members])[:, None] * share
    return (level + wealth[:, None] * products.premium + taste)[:, :, None]


def _movement(company: Company, market: int) -> Floats:
    """Growth of the product, and slow shifts of its level in this market; shape (1, n_products, n_weeks)."""
    rng = stream(company.seed, "shifts", market)
    weeks = np.arange(company.all_weeks)
    years = (weeks - company.size.weeks / 2) / WEEKS_PER_YEAR
    shape = (company.size.products, 2, 1)
    centre, size = rng.uniform(0, company.all_weeks, shape), rng.normal(0, 0.18, shape)
    shifts = (size / (1 + np.exp(-(weeks - centre) / 3.0))).sum(axis=1)
    return (company.products.growth[:, None] * years + shifts)[None]


def _season(company: Company, market: int) -> Floats:
    """Yearly wave of each category, higher where summers and winters differ more; (1, n_categories, n_weeks)."""
    contrast = 0.75 + company.markets[market].swing_c / 40
    weeks = np.arange(company.all_weeks)
    height = np.array([category.season for category in CATEGORIES])[:, None]
    peak = np.array([category.peak_week for category in CATEGORIES])[:, None]
    angle = 2 * np.pi * (weeks - peak) / WEEKS_PER_YEAR
    return (contrast * height * (np.cos(angle) + 0.15 * np.cos(2 * angle)))[None]


def _weather_response(company: Company, market: int, weather: dict[str, Weather]) -> Floats:
    """Response to warmth and wet days; shape (n_stores, n_categories, n_weeks)."""
    weeks = company.all_weeks
    zips = [company.stores.zip_codes[store] for store in company.in_market(market)]
    warmth = np.stack([weather[code].weekly_warmth[:weeks] for code in zips])[:, None]
    usual = 7 * company.markets[market].wet_share
    wet = np.stack([weather[code].weekly_wet_days[:weeks] for code in zips])[:, None] - usual
    per_degree = np.array([category.warmth for category in CATEGORIES])[:, None]
    per_wet_day = np.array([category.rain for category in CATEGORIES])[:, None]
    return per_degree * warmth + per_wet_day * wet


def _offer_response(company: Company, offers: Offers) -> Floats:
    """Own price, rivals' prices, deal, feature ad, and the quiet week after; (n_stores, n_products, n_weeks)."""
    products = company.products
    deal_lift, feature_lift = np.array([PROMOTION[pace] for pace in products.pace]).T[:, :, None]
    cheapness = np.log(products.price)[:, None] - np.log(offers.price)
    after = np.zeros_like(offers.deal)
    after[:, :, 1:] = offers.deal[:, :, :-1] & ~offers.deal[:, :, 1:]
    own = products.elasticity[:, None] * cheapness
    return (
        own
        - 0.35 * _rivals(products.category, cheapness)
        + deal_lift * offers.deal
        + feature_lift * offers.feature_ad
        - STOCKPILE * after
    )


def _rivals(category: Ints, cheapness: Floats) -> Floats:
    """Mean cheapness of the category's other products, 0 where there are none; same shape."""
    same = (category[:, None] == category) & ~np.eye(len(category), dtype=bool)
    weights = same / np.maximum(same.sum(axis=1, keepdims=True), 1)
    return np.einsum("pq,sqt->spt", weights, cheapness)


def _maturity(company: Company, market: int) -> Floats:
    """0 before a series starts, then rising to 1 as customers find it; (n_stores, n_products, n_weeks)."""
    stores = company.stores.first_week[company.in_market(market)][:, None]
    first = np.maximum(stores, company.products.first_week)[:, :, None]
    age = np.arange(company.all_weeks) - first
    ramp = 1 - 0.6 * np.exp(-(age + 1) / 4.0)
    return np.where(age >= 0, np.where(first > 0, ramp, 1.0), 0.0)


def draw_trade(company: Company, market: int, expected: Floats) -> Trade:
    """Draw what was wanted, found, shipped and returned in the weeks up to the last shipment.

    A return never exceeds its week's shipment; net demand is shipped minus returned, the units sold.
    """
    rng = stream(company.seed, "trade", market)
    mean = expected[:, :, : company.size.weeks]
    shape = np.array([DISPERSION[pace] for pace in company.products.pace])[:, None]
    wanted = rng.poisson(mean * rng.gamma(shape, 1 / shape, mean.shape))
    short = rng.random(mean.shape) < EMPTY_SHELF
    supply = np.where(short, mean * rng.uniform(0.4, 0.8, mean.shape), 3.5 * mean + 6).astype(np.int64)
    sold = np.minimum(wanted, supply)
    surplus = rng.binomial(np.maximum(sold, 1), 0.12) * (rng.random(mean.shape) < 0.12) * (mean > 0) * ~short
    return Trade(
        expected=expected,
        shipped=(sold + surplus).astype(np.int32),
        returned=surplus.astype(np.int32),
        lost=(wanted - sold).astype(np.int32),
    )
