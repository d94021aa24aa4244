"""Stores as Excel with title rows, products as quoted Latin-1, demographics in fixed width, events as plain CSV."""

import csv
import io
from pathlib import Path

from local.simulation.catalogue import CATEGORIES
from local.simulation.company import FIRST_WEEK, Company
from local.simulation.dirt import DUPLICATE, Blemish, Defect, FoundIn, plant, rejected
from local.simulation.events import Event
from local.simulation.files import write_excel, write_text
from local.simulation.history import History
from local.simulation.streams import stream

Cell = str | int | float | None
StoreRow = tuple[Cell, ...]

_SCOPES = {"national": "US", "market": "region", "store": "store"}


def write_stores(history: History, folder: Path) -> list[Defect]:
    """Write the store list: two title rows, zip codes as numbers in two rows of three, some markets in capitals."""
    company = history.company
    rows: list[StoreRow] = [
        ("Südwind store master",),
        ("Storage in cubic feet; printed on Mondays",),
        (),
        ("Store No", "Store name", "Market", "State", "ZIP", "Storage"),
    ]
    stores = [_store_row(company, store) for store in range(company.size.stores)]
    capitals = range(0, len(stores), 11)
    for place in capitals:
        stores[place] = (*stores[place][:2], str(stores[place][2]).upper(), *stores[place][3:])
    outdated = (*stores[2][:5], int(company.stores.capacity[2]) + 50)
    written = [*stores[:2], outdated, *stores[2:], stores[1]]
    write_excel(folder / "stores.xlsx", [*rows, *written], sheet="Magasins")
    zeros = sum(isinstance(row[4], int) and row[4] < 10_000 for row in written)
    return [
        _defect("stores", "stores.xlsx", "exact_duplicate", 1, "quarantine", "duplicate"),
        _defect("stores", "stores.xlsx", "conflicting_correction", 1, "superseded"),
        _defect("stores", "stores.xlsx", "mixed_case_market", len(capitals), "repaired", "market case"),
        *_lost_zeros(zeros),
    ]


def _lost_zeros(count: int) -> list[Defect]:
    lost = _defect("stores", "stores.xlsx", "lost_leading_zero", count, "repaired", "zip_code zeros")
    return [lost] if count else []


def _store_row(company: Company, store: int) -> StoreRow:
    stores, market = company.stores, company.markets[company.stores.market[store]]
    code = stores.zip_codes[store]
    return (
        stores.ids[store],
        stores.names[store],
        market.name,
        market.state,
        int(code) if store % 3 else code,
        int(stores.capacity[store]),
    )


def _defect(source: str, file: str, kind: str, count: int, found_in: FoundIn, reason: str = "") -> Defect:
    return Defect(kind=kind, source=source, file=file, count=count, found_in=found_in, reason=reason)


def write_products(history: History, folder: Path) -> list[Defect]:
    """Write the product list, quoted, its categories in every case that people type."""
    products = history.company.products
    cases = (str.lower, str.upper, str.title, str.lower)
    lines = [
        _csv_line(
            identity,
            f"{name}, {pack:g} per pack",
            cases[place % 4](CATEGORIES[category].name),
            brand,
            f"{pack:g}",
        )
        for place, (identity, name, category, brand, pack) in enumerate(
            zip(
                products.ids,
                products.names,
                products.category,
                products.brands,
                products.pack_size,
                strict=True,
            )
        )
    ]
    lower = [place for place in range(len(lines)) if place % 4 in (0, 3)]
    plan = [(DUPLICATE, 1)]
    rng = stream(history.company.seed, "dirt", "products")
    planted = plant(lines, plan, source="products", file="products.csv", rng=rng, among=lower)
    header = "Item,Description,Category,Brand,Pack"
    write_text(folder / "products.csv", [header, *planted.lines], encoding="latin-1")
    shouted = len(lines) - len(lower)
    return [
        *planted.defects,
        _defect("products", "products.csv", "mixed_case_category", shouted, "repaired", "category case"),
    ]


def _csv_line(*fields: str) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_MINIMAL, lineterminator="").writerow(fields)
    return line.getvalue()


def write_demographics(history: History, folder: Path) -> list[Defect]:
    """Write one fixed-width file a year: store, day, population, income, age, household size, college share."""
    company = history.company
    found: list[Defect] = []
    last = company.week_start(company.size.weeks - 1).year
    for year in range(FIRST_WEEK.year, last + 1):
        name = f"census_{year}.txt"
        lines = [_demographic_line(company, store, year) for store in range(company.size.stores)]
        rng = stream(company.seed, "dirt", "demographics", year)
        planted = plant(lines, _DEMOGRAPHIC_PLAN, source="demographics", file=name, rng=rng)
        write_text(folder / name, [_DEMOGRAPHIC_TITLE, *planted.lines], encoding="latin-1")
        found += planted.defects
    return found


_DEMOGRAPHIC_TITLE = "STORE   AS-OF   POPULATION  INCOME  AGE HHSIZE COLL"


def _demographic_line(company: Company, store: int, year: int) -> str:
    stores, later = company.stores, year - FIRST_WEEK.year
    return (
        f"{stores.ids[store]:<8}{year}0101{round(stores.population[store] * 1.01**later):>10}"
        f"{round(stores.income[store] * 1.02**later):>8}{stores.age[store] + 0.1 * later:>5.1f}"
        f"{stores.household[store]:>7.2f}{100 * stores.college[store]:>5.1f}"
    )


_DEMOGRAPHIC_PLAN = (
    (DUPLICATE, 1),
    (rejected("impossible_date", "bad_date", lambda line, n: f"{line[:12]}0230{line[16:]}"), 1),
    (rejected("orphan_store", "unknown_store", lambda line, n: f"XX{n:04d}{line[6:]}"), 1),
)


def write_events(history: History, folder: Path) -> list[Defect]:
    """Write the calendar: some lines stand twice or in capitals, one was corrected, one names an unknown scope."""
    lines = [_event_line(event) for event in history.events]
    others = len(lines) - sum(count for _, count in _EVENT_PLAN)
    plan = (*_EVENT_PLAN, (_SHOUTED_KIND, max(0, others) // 3))
    rng = stream(history.company.seed, "dirt", "events")
    planted = plant(lines, plan, source="events", file="calendar.csv", rng=rng)
    header = "Id,Name,Kind,First day,Last day,Where,Which"
    write_text(folder / "calendar.csv", [header, *planted.lines], encoding="utf-8")
    return list(planted.defects)


def _draft(line: str, number: int) -> str:
    return line.replace(",", ",Draft of ", 1).replace('Draft of "', '"Draft of ')


def _shouted(line: str, number: int) -> str:
    fields = next(csv.reader([line]))
    return _csv_line(*fields[:2], fields[2].upper(), *fields[3:])


_EVENT_PLAN = (
    (DUPLICATE, 2),
    (Blemish(kind="conflicting_correction", found_in="superseded", place="before", spoil=_draft), 1),
    (rejected("unknown_scope", "unmapped_value", lambda line, n: f"X{line.rsplit(',', 2)[0]},galaxy,"), 1),
)
_SHOUTED_KIND = Blemish(
    kind="mixed_case_kind", found_in="repaired", reason="kind case", place="instead", spoil=_shouted
)


def _event_line(event: Event) -> str:
    days = (event.start.isoformat(), event.end.isoformat())
    return _csv_line(event.event_id, event.name, event.kind, *days, _SCOPES[event.scope], event.scope_id)
