from datetime import date

import numpy as np
import pytest

from local.simulation.catalogue import CATEGORIES
from local.simulation.company import FIRST_WEEK
from local.simulation.events import FAIR, PARTY, Event, Scope, company_events, easter, lifts, nth_weekday

CATEGORY = {category.name: place for place, category in enumerate(CATEGORIES)}


@pytest.mark.parametrize(
    ("year", "day"), [(2017, date(2017, 4, 16)), (2018, date(2018, 4, 1)), (2019, date(2019, 4, 21))]
)
def test_easter(year, day):
    assert easter(year) == day


def test_weekdays_of_a_month_are_counted_from_either_end():
    assert nth_weekday(2018, 11, 3, 4) == date(2018, 11, 22)
    assert nth_weekday(2018, 5, 0, -1) == date(2018, 5, 28)


def _event(scope: Scope, scope_id: str, start: date = date(2017, 6, 7)) -> Event:
    lift = {"market": FAIR, "store": PARTY}[scope]
    return Event(
        event_id="E",
        name="Fair",
        kind="special",
        start=start,
        end=start,
        scope=scope,
        scope_id=scope_id,
        lift=lift,
    )


def test_a_market_event_lifts_its_own_market_alone(company):
    event = _event("market", company.markets[1].name)
    assert not lifts(company, 0, (event,)).any()
    assert (lifts(company, 1, (event,)).max(axis=2) == FAIR.during).all()


def test_a_store_event_lifts_its_own_store_alone(company):
    event = _event("store", company.stores.ids[5])
    total = lifts(company, 1, (event,))
    lifted = total.any(axis=(1, 2))
    assert [company.stores.ids[s] for s in company.in_market(1)[lifted]] == ["ST0006"]
    assert not lifts(company, 0, (event,)).any()


def test_a_feast_is_prepared_for_and_followed_by_a_quiet_week(company):
    christmas = [event for event in company_events(company) if event.name == "Christmas"][:1]
    week = (christmas[0].start - FIRST_WEEK).days // 7
    chocolate = lifts(company, 0, tuple(christmas))[0, CATEGORY["chocolate"]]
    assert chocolate[week] > chocolate[week - 1] > 0 > chocolate[week + 1]
    assert np.flatnonzero(chocolate).tolist() == [week - 1, week, week + 1]


def test_events_of_all_scopes_are_known_in_advance_and_have_ids_of_their_own(company):
    events = company_events(company)
    assert {event.scope for event in events} == {"national", "market", "store"}
    assert len({event.event_id for event in events}) == len(events)
    assert all(event.start <= event.end for event in events)
