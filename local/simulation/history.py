"""The company's whole history in arrays: what the sources report and what stands behind it. Files are not here."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local.simulation.company import Company
from local.simulation.demand import Units, draw_trade, expected_demand
from local.simulation.events import Event, company_events, lifts
from local.simulation.promotions import market_offers
from local.simulation.weather import Weather, foresee, observe

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class History:
    """Arrays of shape (n_stores, n_products, n_weeks): units up to the last shipment, the rest also ahead of it.

    `missing_weeks` are indices of weeks whose shipments and returns were never delivered as files.
    """

    company: Company
    events: tuple[Event, ...]
    weather: dict[str, Weather]
    forecasts: dict[str, Weather]
    price: Singles
    deal: npt.NDArray[np.bool_]
    feature_ad: Singles
    expected: Singles
    shipped: Units
    returned: Units
    missing_weeks: tuple[int, ...]


def live(company: Company) -> History:
    """Let all markets trade through all weeks; one market at a time, so that memory stays small."""
    events = company_events(company)
    weather = {
        code: observe(company, market, code) for market in company.markets for code in market.zip_codes
    }
    size = company.size
    ahead = (size.stores, size.products, company.all_weeks)
    price, feature, expected = (np.empty(ahead, dtype=np.float32) for _ in range(3))
    deal = np.empty(ahead, dtype=bool)
    shipped, returned = (np.empty((*ahead[:2], size.weeks), dtype=np.int32) for _ in range(2))
    for market in range(size.markets):
        members = company.in_market(market)
        offers = market_offers(company, market)
        mean = expected_demand(
            company, market, weather=weather, offers=offers, lifts=lifts(company, market, events)
        )
        trade = draw_trade(company, market, mean)
        price[members], deal[members], feature[members] = offers.price, offers.deal, offers.feature_ad
        expected[members], shipped[members], returned[members] = mean, trade.shipped, trade.returned
    return History(
        company=company,
        events=events,
        weather=weather,
        forecasts={code: foresee(company, code, came) for code, came in weather.items()},
        price=price,
        deal=deal,
        feature_ad=feature,
        expected=expected,
        shipped=shipped,
        returned=returned,
        missing_weeks=(round(size.weeks * 0.35), round(size.weeks * 0.6)) if size.weeks >= 40 else (),
    )
