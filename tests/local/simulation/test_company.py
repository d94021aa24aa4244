import numpy as np
import pytest

from local.simulation.company import LARGE_CAPACITY, CompanySize, found_company
from local.simulation.markets import markets


def test_the_default_company_has_fourteen_markets_with_true_states_and_zip_codes():
    regions = markets(14)
    assert len({market.name for market in regions}) == 14
    assert {
        "North Texas",
        "South Texas",
        "Eastern Colorado",
        "Western Colorado",
        "Arizona",
        "New Mexico",
    } <= {market.name for market in regions}
    assert all(len(code) == 5 and code.isdigit() for market in regions for code in market.zip_codes)
    assert any(code.startswith("0") for market in regions for code in market.zip_codes)


def test_beyond_the_named_markets_a_second_round_follows():
    names = [market.name for market in markets(30)]
    assert names[14] == "North Texas 2"
    assert names[28] == "North Texas 3"
    assert len(set(names)) == 30


def test_a_company_needs_a_large_and_a_small_store_in_each_market():
    with pytest.raises(ValueError, match="large and a small"):
        CompanySize(markets=3, stores=5)


@pytest.mark.parametrize("wrong", [{"stores": 2}, {"products": 3}, {"weeks": 9}])
def test_a_company_can_be_too_small(wrong):
    with pytest.raises(ValueError, match="at least 4 stores"):
        CompanySize(**{"markets": 1, "stores": 4, "products": 4, "weeks": 10, **wrong})


def test_a_company_has_a_market():
    with pytest.raises(ValueError, match="count=0"):
        markets(0)


def test_every_market_has_large_and_small_stores():
    company = found_company(CompanySize(markets=7, stores=30, products=6, weeks=20), seed=1)
    for market in range(7):
        large = company.stores.large[company.in_market(market)]
        assert large.any()
        assert not large.all()
    assert (company.stores.capacity[company.stores.large] >= LARGE_CAPACITY).all()


def test_some_stores_and_products_start_late_and_some_have_not_started():
    company = found_company(CompanySize(), seed=3)
    for first in (company.stores.first_week, company.products.first_week):
        assert (first == 0).sum() > len(first) / 2
        assert ((first > 0) & (first < company.size.weeks)).any()
        assert (first == company.size.weeks).any()


def test_a_store_keeps_its_draws_when_products_are_added():
    few, many = (
        found_company(CompanySize(markets=2, stores=8, products=count, weeks=20), seed=5) for count in (6, 20)
    )
    np.testing.assert_array_equal(few.stores.capacity, many.stores.capacity)
