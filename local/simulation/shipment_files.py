"""Shipments: semicolons, Latin-1, decimal commas and day-first dates; quarters, then weeks, and a correction."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from local.simulation.dirt import (
    DUPLICATE,
    FEWEST_LINES,
    Blemish,
    Defect,
    Planted,
    plant,
    rejected,
    replace_field,
    same,
    truncate,
)
from local.simulation.files import write_text
from local.simulation.history import History
from local.simulation.lines import day_texts, joined, number_texts, positive_rows
from local.simulation.streams import stream

HEADER = "Livraison;Magasin;Article;Désignation;Quantité"
_DAY, _STORE, _PRODUCT, _UNITS = 0, 1, 2, 4  # positions of fields


def french(units: int) -> str:
    """Write a number as the shipments do: 1.124,0."""
    return f"{units:,}".replace(",", ".") + ",0"


def _units(text: str) -> int:
    return int(text.removesuffix(",0").replace(".", ""))


_PLAN = (
    (DUPLICATE, 4),
    (
        Blemish(
            kind="conflicting_correction",
            found_in="superseded",
            place="before",
            spoil=replace_field(";", _UNITS, lambda text, n: french(_units(text) + 3 + n)),
        ),
        3,
    ),
    (rejected("negative_units", "below_minimum", replace_field(";", _UNITS, lambda text, n: f"-{text}")), 3),
    (
        rejected(
            "impossible_date", "bad_date", replace_field(";", _DAY, lambda text, n: f"30/02/{text[-4:]}")
        ),
        2,
    ),
    (rejected("orphan_store", "unknown_store", replace_field(";", _STORE, lambda text, n: f"XX{n:04d}")), 2),
    (
        rejected(
            "orphan_product", "unknown_product", replace_field(";", _PRODUCT, lambda text, n: f"GONE{n}")
        ),
        2,
    ),
    (rejected("truncated_line", "wrong_field_count", truncate(";", fields=4)), 2),
    (
        Blemish(
            kind="mixed_case_id",
            found_in="repaired",
            reason="store_id case",
            place="instead",
            spoil=replace_field(";", _STORE, lambda text, n: text.lower()),
        ),
        5,
    ),
)
_CORRECTED = Blemish(
    kind="later_correction",
    found_in="corrections",
    place="instead",
    spoil=replace_field(";", _UNITS, lambda text, n: french(_units(text) + 2 + n)),
)
_REPEATED = Blemish(kind="repeated_in_correction", found_in="repeated", place="instead", spoil=same)


def write_shipments(history: History, folder: Path) -> list[Defect]:
    """Write one file a quarter, one a week since the last whole quarter, a correction, and one file twice."""
    periods = list(_periods(history))
    quarters = [name for name, _ in periods if "-T" in name]
    found = _missing_weeks(history)
    for name, weeks in periods:
        corrected = bool(quarters) and name == quarters[-1]
        planted = _plant_shipments(history, name, _shipment_lines(history, weeks), corrected=corrected)
        write_text(folder / name, [HEADER, *planted.lines], encoding="latin-1")
        found += planted.defects
        if corrected:
            _write_correction(folder / _later(name, "correctif"), planted)
        elif name in quarters[:1]:
            found += _redeliver(folder, name, planted)
    return found


def _missing_weeks(history: History) -> list[Defect]:
    count = len(history.missing_weeks)
    missing = Defect(
        kind="missing_week",
        source="shipments",
        file="",
        count=count,
        found_in="warning",
        reason="missing_week",
    )
    return [missing] if count else []


def _periods(history: History) -> Iterator[tuple[str, list[int]]]:
    """Return file names and their weeks; the name ends in the day of delivery, the Monday after."""
    company = history.company
    weeks = range(company.size.weeks)
    end = company.week_start(company.size.weeks)
    for (year, quarter), group in groupby(weeks, key=lambda week: _quarter(company.week_start(week))):
        own = list(group)
        after = company.week_start(own[-1] + 1)
        if _quarter(end) != (year, quarter):
            yield f"livraisons_{year}-T{quarter}_{after:%Y%m%d}.csv", own
            continue
        for week in own:
            monday = company.week_start(week + 1)
            yield f"livraisons_{company.week_start(week):%G-S%V}_{monday:%Y%m%d}.csv", [week]


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def _later(name: str, label: str) -> str:
    """Return the name of a delivery nine days after the named one."""
    stem, _, day = name.removesuffix(".csv").rpartition("_")
    delivered = date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}") + timedelta(days=9)
    return f"{stem}-{label}_{delivered:%Y%m%d}.csv"


def _plant_shipments(history: History, name: str, lines: list[str], *, corrected: bool) -> Planted:
    """Plant everything into a quarter, and nothing into a week's file."""
    plan = [*_PLAN] if "-T" in name and len(lines) >= FEWEST_LINES else []
    if corrected and plan:
        plan += [(_CORRECTED, 8), (_REPEATED, 4)]
    rng = stream(history.company.seed, "dirt", "shipments", name)
    return plant(lines, plan, source="shipments", file=name, rng=rng)


def _write_correction(path: Path, planted: Planted) -> None:
    kinds = (_CORRECTED.kind, _REPEATED.kind)
    lines = [line for kind in kinds for line in planted.chosen.get(kind, ())]
    write_text(path, [HEADER, *lines], encoding="latin-1")


def _redeliver(folder: Path, name: str, planted: Planted) -> list[Defect]:
    """Deliver the same bytes under another name; what is wrong with them is wrong again."""
    again = _later(name, "bis")
    shutil.copyfile(folder / name, folder / again)
    copies = [replace(defect, file=again) for defect in planted.defects]
    set_aside = sum(d.count for d in copies if d.found_in in ("quarantine", "superseded"))
    repeated = Defect(
        kind="redelivered_row",
        source="shipments",
        file=again,
        count=len(planted.lines) - set_aside,
        found_in="repeated",
    )
    return [*copies, repeated]


def _shipment_lines(history: History, weeks: Sequence[int]) -> list[str]:
    """Return the sound lines of those weeks, by week, store and product; no shipment, no line."""
    company = history.company
    week, store, product = positive_rows(history.shipped, weeks, history.missing_weeks)
    return joined(
        ";",
        day_texts(7 * week + company.stores.delivery_day[store], "%d/%m/%Y"),
        pa.array(company.stores.ids).take(store),
        pa.array(company.products.ids).take(product),
        pa.array(company.products.names).take(product),
        number_texts(history.shipped[store, product, week], french),
    )
