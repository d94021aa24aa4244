"""Regular prices, deals and feature ads: shared by a market's stores of one format, and known ahead."""

from dataclasses import dataclass

import numpy as np

from local.simulation.company import Company, Flags, Floats
from local.simulation.streams import stream

CYCLE_WEEKS = 6
REPRICE_WEEKS = 26
DEPTHS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35)


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Arrays of shape (n_stores of the market, n_products, n_weeks); price in US dollars, feature_ad in 0..1."""

    price: Floats
    deal: Flags
    feature_ad: Floats


def market_offers(company: Company, market: int) -> Offers:
    """Draw a market's offers for all weeks, those ahead included."""
    rng = stream(company.seed, "offers", market)
    members = company.in_market(market)
    small = (~company.stores.large[members]).astype(int)
    shape = (2, company.size.products, company.all_weeks)
    planned = _planned(rng, company.products.has_pace("fast"), shape)
    takes_part = rng.random((len(members), shape[1], 1)) < 0.92
    deal = planned[small] & takes_part
    depth = rng.choice(DEPTHS, shape)
    depth[:, :, 1::2] = depth[:, :, :-1:2][:, :, : depth[:, :, 1::2].shape[2]]
    feature = np.where(rng.random(shape) < 0.55, rng.choice([0.25, 0.5, 0.75, 1.0], shape), 0.0)
    regular = _regular_prices(company, rng) * np.where(small == 1, 1.12, 1.0)[:, None, None]
    return Offers(
        price=(regular * np.where(deal, 1 - depth[small], 1.0)).round(2),
        deal=deal,
        feature_ad=np.where(deal, feature[small], 0.0),
    )


def _planned(rng: np.random.Generator, fast: Flags, shape: tuple[int, int, int]) -> Flags:
    """Plan at most one deal of one or two weeks in each cycle."""
    formats, products, weeks = shape
    cycles = -(-weeks // CYCLE_WEEKS)
    runs = rng.random((formats, products, cycles)) < np.where(fast, 0.85, 0.5)[:, None]
    start = rng.integers(0, CYCLE_WEEKS - 1, runs.shape)
    length = rng.integers(1, 3, runs.shape)
    week = np.arange(CYCLE_WEEKS)
    inside = (week >= start[..., None]) & (week < (start + length)[..., None]) & runs[..., None]
    planned: Flags = inside.reshape(formats, products, -1)[:, :, :weeks]
    return planned


def _regular_prices(company: Company, rng: np.random.Generator) -> Floats:
    """Return regular prices that move twice a year, shape (1, n_products, n_weeks)."""
    steps = -(-company.all_weeks // REPRICE_WEEKS)
    moves = rng.choice([-0.04, 0.0, 0.03, 0.06], (company.size.products, steps)).cumsum(axis=1)
    regular = company.products.price[:, None] * (1 + moves) * rng.uniform(0.95, 1.05)
    return np.repeat(regular, REPRICE_WEEKS, axis=1)[None, :, : company.all_weeks]
