from dataclasses import replace

import numpy as np
import pytest

from local.simulation.catalogue import CATEGORIES
from local.simulation.demand import draw_trade, expected_demand
from local.simulation.events import company_events, lifts
from local.simulation.promotions import market_offers
from local.simulation.weather import observe

MARKET = 0


@pytest.fixture(scope="module")
def parts(company):
    """What expected demand is made of."""
    region = company.markets[MARKET]
    return {
        "weather": {code: observe(company, region, code) for code in region.zip_codes},
        "offers": market_offers(company, MARKET),
        "lifts": lifts(company, MARKET, company_events(company)),
    }


def _expected(company, parts, **changed):
    return expected_demand(company, MARKET, **{**parts, **changed})


def _ratio(company, parts, **changed):
    """Demand with the change over demand without it, where there is any."""
    plain, other = _expected(company, parts), _expected(company, parts, **changed)
    return np.divide(other, plain, out=np.ones_like(plain), where=plain > 0)


def _of_category(company, name):
    return company.products.category == [category.name for category in CATEGORIES].index(name)


def test_a_promotion_lifts_fast_movers_two_to_fourfold(company, parts):
    offers, week = parts["offers"], 30
    base = replace(
        offers,
        price=offers.price * 0 + company.products.price[:, None],
        deal=offers.deal & False,
        feature_ad=0 * offers.price,
    )
    price, deal, feature = base.price.copy(), base.deal.copy(), base.feature_ad.copy()
    fast = int(np.flatnonzero(company.products.has_pace("fast"))[0])
    price[:, fast, week] *= 0.75
    deal[:, fast, week] = True
    feature[:, fast, week] = 0.75
    promoted = replace(base, price=price, deal=deal, feature_ad=feature)
    ratio = _ratio(company, {**parts, "offers": base}, offers=promoted)
    is_open = company.stores.first_week[company.in_market(MARKET)] < week
    assert (ratio[is_open, fast, week] > 2).all()
    assert (ratio[is_open, fast, week] < 4).all()
    assert (ratio[is_open, fast, week + 1] < 1).all(), "customers have stocked up"
    rivals = (company.products.category == company.products.category[fast]) & (np.arange(14) != fast)
    live = _expected(company, parts)[:, rivals, week] > 0
    assert (ratio[:, rivals, week][live] < 1).all(), "rivals lose"


def test_heat_sells_ice_cream_and_spoils_soup(company, parts):
    hot = {
        code: replace(came, low_c=came.low_c + 5, high_c=came.high_c + 5)
        for code, came in parts["weather"].items()
    }
    ratio = _ratio(company, parts, weather=hot)
    assert ratio[:, _of_category(company, "ice cream")].max(axis=(0, 2)).min() > 1.1
    assert ratio[:, _of_category(company, "soup")].min(axis=(0, 2)).max() < 0.95


def test_rain_keeps_customers_from_barbecues(company, parts):
    wet = {code: replace(came, rain_mm=came.rain_mm + 5) for code, came in parts["weather"].items()}
    assert _ratio(company, parts, weather=wet)[:, _of_category(company, "barbecue sauce")].min() < 0.95


def test_ice_cream_peaks_in_summer_and_soup_in_winter(company, parts):
    demand = _expected(company, parts)
    summer, winter = demand[:, :, 24:34].mean(axis=2), demand[:, :, :8].mean(axis=2)
    sold = (winter > 0) & (summer > 0)
    ice, soup = (_of_category(company, name) & sold.all(axis=0) for name in ("ice cream", "soup"))
    assert (summer[:, ice] > 1.5 * winter[:, ice]).all()
    assert (winter[:, soup] > 1.5 * summer[:, soup]).all()


def test_wealthy_customers_buy_premium_products(company, parts):
    rich = replace(company, stores=replace(company.stores, income=company.stores.income * 1.5))
    plain, wealthy = _expected(company, parts), expected_demand(rich, MARKET, **parts)
    premium = company.products.premium > 0.7
    sold = plain[:, premium] > 0
    assert (wealthy[:, premium][sold] > 1.2 * plain[:, premium][sold]).all()


def test_nothing_is_sold_before_a_store_or_product_starts(company, parts):
    trade = draw_trade(company, MARKET, _expected(company, parts))
    new = company.products.first_week == company.size.weeks
    assert not trade.shipped[:, new].any()
    assert trade.expected[:, new, company.size.weeks :].any()


def test_returns_never_exceed_shipments_and_net_demand_follows_expectations(company, parts):
    expected = _expected(company, parts)
    trade = draw_trade(company, MARKET, expected)
    net = trade.shipped - trade.returned
    assert (net >= 0).all()
    assert trade.returned.any()
    assert net.sum() == pytest.approx(expected[:, :, : company.size.weeks].sum(), rel=0.05)


def test_shelves_run_empty_now_and_then(company, parts):
    trade = draw_trade(company, MARKET, _expected(company, parts))
    fast = company.products.has_pace("fast")
    assert 0.005 < (trade.lost[:, fast] > 0).mean() < 0.06


def test_intermittent_products_have_true_zeros_and_fast_ones_do_not(company, parts):
    trade = draw_trade(company, MARKET, _expected(company, parts))
    always = company.products.first_week == 0
    open_stores = company.stores.first_week[company.in_market(MARKET)] == 0
    sold = trade.shipped[open_stores]
    intermittent, fast = (company.products.has_pace(pace) & always for pace in ("intermittent", "fast"))
    assert (sold[:, intermittent] == 0).mean() > 0.2
    assert (sold[:, fast] == 0).mean() < 0.005
