"""Shipments as semicolon-separated Latin-1 with decimal commas, returns as tabs with a byte-order mark."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from local.simulation.company import FIRST_WEEK, Ints
from local.simulation.dirt import Blemish, Defect, Planted, plant, replace_field, same, truncate
from local.simulation.files import write_text
from local.simulation.history import History
from local.simulation.streams import stream

SHIPMENTS_HEADER = "Livraison;Magasin;Article;Désignation;Quantité"
RETURNS_HEADER = "Pickup\tStore\tItem\tUnits\tNote"
_SATURDAY = 5


def french(units: int) -> str:
    """Write a number as the shipments do: 1.124,0."""
    return f"{units:,}".replace(",", ".") + ",0"


def _units(text: str) -> int:
    return int(text.removesuffix(",0").replace(".", ""))


_SHIPMENT_PLAN: tuple[tuple[Blemish, int], ...] = (
    (Blemish(kind="exact_duplicate", found_in="quarantine", reason="duplicate", spoil=same, place="end"), 4),
    (
        Blemish(
            kind="conflicting_correction",
            found_in="superseded",
            place="before",
            spoil=replace_field(";", 4, lambda text, n: french(_units(text) + 3 + n)),
        ),
        3,
    ),
    (
        Blemish(
            kind="negative_units",
            found_in="quarantine",
            reason="below_minimum",
            spoil=replace_field(";", 4, lambda text, n: f"-{text}"),
        ),
        3,
    ),
    (
        Blemish(
            kind="impossible_date",
            found_in="quarantine",
            reason="bad_date",
            spoil=replace_field(";", 0, lambda text, n: f"30/02/{text[-4:]}"),
        ),
        2,
    ),
    (
        Blemish(
            kind="orphan_store",
            found_in="quarantine",
            reason="unknown_store",
            spoil=replace_field(";", 1, lambda text, n: f"XX{n:04d}"),
        ),
        2,
    ),
    (
        Blemish(
            kind="orphan_product",
            found_in="quarantine",
            reason="unknown_product",
            spoil=replace_field(";", 2, lambda text, n: f"GONE{n:02d}"),
        ),
        2,
    ),
    (
        Blemish(
            kind="truncated_line",
            found_in="quarantine",
            reason="wrong_field_count",
            spoil=truncate(";", 4),
        ),
        2,
    ),
    (
        Blemish(
            kind="mixed_case_id",
            found_in="repaired",
            place="instead",
            spoil=replace_field(";", 1, lambda text, n: text.lower()),
        ),
        5,
    ),
)
_CORRECTED = Blemish(
    kind="later_correction",
    found_in="corrections",
    place="instead",
    spoil=replace_field(";", 4, lambda text, n: french(_units(text) + 2 + n)),
)
_REPEATED = Blemish(kind="repeated_in_correction", found_in="repeated", place="instead", spoil=same)

_RETURN_PLAN: tuple[tuple[Blemish, int], ...] = (
    (Blemish(kind="exact_duplicate", found_in="quarantine", reason="duplicate", spoil=same, place="end"), 3),
    (
        Blemish(
            kind="negative_units",
            found_in="quarantine",
            reason="below_minimum",
            spoil=replace_field("\t", 3, lambda text, n: f"-{text}"),
        ),
        2,
    ),
    (
        Blemish(
            kind="impossible_date",
            found_in="quarantine",
            reason="bad_date",
            spoil=replace_field("\t", 0, lambda text, n: f"02/30/{text[-4:]}"),
        ),
        1,
    ),
    (
        Blemish(
            kind="orphan_store",
            found_in="quarantine",
            reason="unknown_store",
            spoil=replace_field("\t", 1, lambda text, n: f"XX{n:04d}"),
        ),
        1,
    ),
    (
        Blemish(
            kind="truncated_line",
            found_in="quarantine",
            reason="wrong_field_count",
            spoil=truncate("\t", 2),
        ),
        1,
    ),
)
OVERSIZED_RETURNS = 6


def write_shipments(history: History, folder: Path) -> list[Defect]:
    """Write one file a quarter, one a week since the last whole quarter, a correction, and one file twice."""
    periods = list(_periods(history))
    quarters = [name for name, _ in periods if "-T" in name]
    found: list[Defect] = []
    for name, weeks in periods:
        lines = _shipment_lines(history, weeks)
        corrected = name == quarters[-1] if quarters else False
        planted = _plant_shipments(history, name, lines, corrected=corrected)
        write_text(folder / name, [SHIPMENTS_HEADER, *planted.lines], encoding="latin-1")
        found += planted.defects
        if corrected:
            _write_correction(folder / _later(name, "correctif"), planted)
    if len(quarters) > 1:
        found.append(_redeliver(folder, quarters[0]))
    missing = len(history.missing_weeks)
    lost = Defect(kind="missing_week", source="shipments", file="", count=missing, found_in="warning")
    return [*found, *([lost] if missing else [])]


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
    plan = [*_SHIPMENT_PLAN] if "-T" in name else []
    if corrected:
        plan += [(_CORRECTED, 8), (_REPEATED, 4)]
    rng = stream(history.company.seed, "dirt", "shipments", name)
    return plant(lines, plan, source="shipments", file=name, rng=rng)


def _write_correction(path: Path, planted: Planted) -> None:
    lines = sorted({*planted.chosen[_CORRECTED.kind], *planted.chosen[_REPEATED.kind]})
    write_text(path, [SHIPMENTS_HEADER, *lines], encoding="latin-1")


def _redeliver(folder: Path, name: str) -> Defect:
    again = _later(name, "bis")
    shutil.copyfile(folder / name, folder / again)
    return Defect(kind="redelivered_file", source="shipments", file=again, count=1, found_in="repeated")


def _shipment_lines(history: History, weeks: list[int]) -> list[str]:
    """Return the sound lines of those weeks, by week, store and product; no shipment, no line."""
    company = history.company
    week, store, product = _rows(history.shipped, weeks, history.missing_weeks)
    units = history.shipped[store, product, week]
    return _joined(
        ";",
        _days(7 * week + company.stores.delivery_day[store], "%d/%m/%Y"),
        pa.array(company.stores.ids).take(store),
        pa.array(company.products.ids).take(product),
        pa.array(company.products.names).take(product),
        _numbers(units, french),
    )


def _rows(units: np.ndarray, weeks: list[int], missing: tuple[int, ...]) -> tuple[Ints, Ints, Ints]:
    """Return week, store and product of every value above zero, sorted, without the missing weeks."""
    kept = np.array([week for week in weeks if week not in missing], dtype=np.int64)
    place, store, product = np.nonzero(units[:, :, kept].transpose(2, 0, 1))
    return kept[place], store, product


def _joined(delimiter: str, *columns: pa.Array) -> list[str]:
    lines: list[str] = pc.binary_join_element_wise(*columns, delimiter).to_pylist()
    return lines


def _days(days: Ints, pattern: str) -> pa.Array:
    """Return dates as text, from days since the first week's Monday."""
    distinct, place = np.unique(days, return_inverse=True)
    texts = [(FIRST_WEEK + timedelta(days=int(day))).strftime(pattern) for day in distinct]
    return pa.array(texts, pa.string()).take(place)


def _numbers(values: np.ndarray, text: Callable[[int], str]) -> pa.Array:
    distinct, place = np.unique(values, return_inverse=True)
    return pa.array([text(int(value)) for value in distinct], pa.string()).take(place)


def write_returns(history: History, folder: Path) -> list[Defect]:
    """Write one file a year; what was picked up on Saturdays, with a few returns above their shipment."""
    company = history.company
    found: list[Defect] = []
    weeks = range(company.size.weeks)
    for year, group in groupby(weeks, key=lambda week: company.week_start(week).year):
        name, own = f"returns_{year}.tsv", list(group)
        rng = stream(company.seed, "dirt", "returns", name)
        lines = _return_lines(history, own)
        plan = [(blemish, count) for blemish, count in _RETURN_PLAN if len(lines) > 50]
        planted = plant(lines, plan, source="returns", file=name, rng=rng)
        oversized = _oversized(history, own, rng)
        write_text(
            folder / name,
            ["\ufeff" + RETURNS_HEADER, *planted.lines, *oversized],
            encoding="utf-8",
            newline="\r\n",
        )
        found += planted.defects
        found += [
            Defect(kind=kind, source="returns", file=name, count=count, found_in=where)  # type: ignore[arg-type]
            for kind, count, where in (
                ("byte_order_mark", 1, "repaired"),
                ("oversized_return", len(oversized), "report"),
            )
            if count
        ]
    return found


def _return_lines(history: History, weeks: list[int]) -> list[str]:
    week, store, product = _rows(history.returned, weeks, history.missing_weeks)
    return _return_text(history, week, store, product, history.returned[store, product, week])


def _oversized(history: History, weeks: list[int], rng: np.random.Generator) -> list[str]:
    """Return lines that give back more than their week's shipment, for rows without a return of their own."""
    without = history.shipped * (history.returned == 0)
    week, store, product = _rows(without, weeks, history.missing_weeks)
    if len(week) < OVERSIZED_RETURNS:
        return []
    chosen = np.sort(rng.choice(len(week), OVERSIZED_RETURNS, replace=False))
    week, store, product = week[chosen], store[chosen], product[chosen]
    return _return_text(history, week, store, product, 2 * history.shipped[store, product, week] + 5)


def _return_text(history: History, week: Ints, store: Ints, product: Ints, units: np.ndarray) -> list[str]:
    company = history.company
    return _joined(
        "\t",
        _days(7 * week + _SATURDAY, "%m/%d/%Y"),
        pa.array(company.stores.ids).take(store),
        pa.array(company.products.ids).take(product),
        _numbers(units, str),
        pa.array(["invendu"]).take(np.zeros(len(week), dtype=np.int64)),
    )
