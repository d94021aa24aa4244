"""Holidays and special events, and how much more is sold before, during and after them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from local.simulation.catalogue import CATEGORIES
from local.simulation.company import FIRST_WEEK, Company, Floats
from local.simulation.streams import stream

Scope = Literal["national", "market", "store"]
MOODS = np.array([[category.outdoor, category.festive] for category in CATEGORIES])  # (n_categories, 2)


@dataclass(frozen=True, kw_only=True)
class Lift:
    """Log lift of the week before, of those that the event touches, and of the week after, at full sensitivity."""

    before: float
    during: float
    after: float
    mood: Literal["outdoor", "festive", "any"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A holiday or special event; `scope_id` is a market's name or a store's id, empty for the nation."""

    event_id: str
    name: str
    kind: Literal["holiday", "special"]
    start: date
    end: date
    scope: Scope
    scope_id: str
    lift: Lift


SUMMER = Lift(before=0.30, during=0.55, after=-0.20, mood="outdoor")
SMALL_SUMMER = Lift(before=0.20, during=0.35, after=-0.10, mood="outdoor")
FEAST = Lift(before=0.55, during=0.60, after=-0.30, mood="festive")
SMALL_FEAST = Lift(before=0.30, during=0.25, after=-0.15, mood="festive")
FAIR = Lift(before=0.0, during=0.45, after=-0.05, mood="any")
PARTY = Lift(before=0.0, during=0.35, after=0.0, mood="any")


def company_events(company: Company) -> tuple[Event, ...]:
    """Return all events that touch the simulated weeks, sorted by id; those ahead are known too."""
    last = company.week_start(company.all_weeks)
    every = [
        event
        for year in range(FIRST_WEEK.year, last.year + 1)
        for scope in (_holidays(year), _market_events(company, year), _store_events(company, year))
        for event in scope
    ]
    return tuple(sorted((e for e in every if FIRST_WEEK <= e.start < last), key=lambda e: e.event_id))


def _holidays(year: int) -> Iterator[Event]:
    days = (
        ("New Year's Day", date(year, 1, 1), SMALL_FEAST),
        ("Super Bowl Sunday", nth_weekday(year, 2, 6, 1), SMALL_SUMMER),
        ("Valentine's Day", date(year, 2, 14), SMALL_FEAST),
        ("Easter Sunday", easter(year), SMALL_FEAST),
        ("Memorial Day", nth_weekday(year, 5, 0, -1), SUMMER),
        ("Independence Day", date(year, 7, 4), SUMMER),
        ("Labor Day", nth_weekday(year, 9, 0, 1), SUMMER),
        ("Halloween", date(year, 10, 31), SMALL_FEAST),
        ("Thanksgiving", nth_weekday(year, 11, 3, 4), FEAST),
        ("Christmas", date(year, 12, 25), FEAST),
    )
    for name, day, lift in days:
        kind: Literal["holiday", "special"] = "special" if name.startswith("Super") else "holiday"
        yield Event(
            event_id=f"H-{day.isoformat()}",
            name=name,
            kind=kind,
            start=day,
            end=day,
            scope="national",
            scope_id="",
            lift=lift,
        )


def _market_events(company: Company, year: int) -> Iterator[Event]:
    for number, market in enumerate(company.markets):
        rng = stream(company.seed, "market events", number)
        for name, first, length in (
            ("State fair", int(rng.integers(28, 40)), 10),
            ("Fête de la musique", int(rng.integers(14, 26)), 4),
        ):
            start = date(year, 1, 1) + timedelta(weeks=first) + timedelta(days=int(rng.integers(0, 7)))
            yield Event(
                event_id=f"M-{start.isoformat()}-{number + 1:03d}",
                name=f"{name}, {market.name}",
                kind="special",
                start=start,
                end=start + timedelta(days=length - 1),
                scope="market",
                scope_id=market.name,
                lift=FAIR,
            )


def _store_events(company: Company, year: int) -> Iterator[Event]:
    """Every third store keeps its anniversary."""
    for number, store in enumerate(company.stores.ids):
        if number % 3:
            continue
        rng = stream(company.seed, "store events", number)
        start = date(year, 1, 8) + timedelta(days=int(rng.integers(0, 340)))
        yield Event(
            event_id=f"S-{start.isoformat()}-{store}",
            name="Store anniversary",
            kind="special",
            start=start,
            end=start + timedelta(days=2),
            scope="store",
            scope_id=store,
            lift=PARTY,
        )


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth such weekday (Monday = 0) of a month; -1 is its last."""
    if nth < 0:
        return nth_weekday(year, month + 1, weekday, 1) - timedelta(weeks=-nth)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Return Easter Sunday (anonymous Gregorian algorithm, after Meeus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def lifts(company: Company, market: int, events: tuple[Event, ...]) -> Floats:
    """Return the events' log lift in one market, shape (n_stores of the market, n_categories, n_weeks)."""
    members = company.in_market(market)
    places = {company.stores.ids[store]: place for place, store in enumerate(members)}
    total = np.zeros((len(members), len(CATEGORIES), company.all_weeks))
    for event in events:
        if event.scope == "store" and event.scope_id in places:
            _add(total[places[event.scope_id]], event)
        elif event.scope == "national" or event.scope_id == company.markets[market].name:
            _add(total, event)
    return total


def _add(total: Floats, event: Event) -> None:
    """Add the event's lift to an array of shape (..., n_categories, n_weeks) in place."""
    first, last = ((day - FIRST_WEEK).days // 7 for day in (event.start, event.end))
    lift = event.lift
    share = _sensitivity(lift.mood)[:, None]
    for week, size in ((first - 1, lift.before), (last + 1, lift.after)):
        if 0 <= week < total.shape[-1]:
            total[..., week : week + 1] += share * size
    total[..., first : last + 1] += share * lift.during


def _sensitivity(mood: str) -> Floats:
    if mood == "any":
        return np.ones(len(CATEGORIES))
    sensitivity: Floats = MOODS[:, 0] if mood == "outdoor" else MOODS[:, 1]
    return sensitivity
