"""Returns: tab-separated text with a byte-order mark, a file a year, picked up on Saturdays."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from local.simulation.dirt import DUPLICATE, FEWEST_LINES, Defect, plant, rejected, replace_field, truncate
from local.simulation.files import write_text
from local.simulation.history import History
from local.simulation.lines import Places, day_texts, joined, number_texts, positive_rows
from local.simulation.streams import stream

HEADER = "Pickup\tStore\tItem\tUnits\tNote"
OVERSIZED = 6  # returns above their shipment, in each file
_DAY, _STORE, _UNITS = 0, 1, 3  # positions of fields
_SATURDAY = 5

_PLAN = (
    (DUPLICATE, 3),
    (rejected("negative_units", "below_minimum", replace_field("\t", _UNITS, lambda text, n: f"-{text}")), 2),
    (
        rejected(
            "impossible_date", "bad_date", replace_field("\t", _DAY, lambda text, n: f"02/30/{text[-4:]}")
        ),
        1,
    ),
    (rejected("orphan_store", "unknown_store", replace_field("\t", _STORE, lambda text, n: f"XX{n:04d}")), 1),
    (rejected("truncated_line", "wrong_field_count", truncate("\t", fields=2)), 1),
)


def write_returns(history: History, folder: Path) -> list[Defect]:
    """Write what came back, with a few returns above their shipment; such a row had no return of its own."""
    company = history.company
    found: list[Defect] = []
    for year, group in groupby(range(company.size.weeks), key=lambda week: company.week_start(week).year):
        name, weeks = f"returns_{year}.tsv", list(group)
        rng = stream(company.seed, "dirt", "returns", name)
        sound = positive_rows(history.returned, weeks, history.missing_weeks)
        lines = _lines(history, sound, history.returned[sound[1], sound[2], sound[0]])
        plan = _PLAN if len(lines) >= FEWEST_LINES else ()
        planted = plant(lines, plan, source="returns", file=name, rng=rng)
        oversized = _oversized(history, weeks, rng)
        content = ["\ufeff" + HEADER, *planted.lines, *oversized]
        write_text(folder / name, content, encoding="utf-8", newline="\r\n")
        found += [*planted.defects, *_of_the_file(name, len(oversized))]
    return found


def _of_the_file(name: str, oversized: int) -> list[Defect]:
    mark = Defect(
        kind="byte_order_mark",
        source="returns",
        file=name,
        count=1,
        found_in="repaired",
        reason="byte_order_mark",
    )
    above = Defect(
        kind="oversized_return",
        source="returns",
        file=name,
        count=oversized,
        found_in="report",
        reason="oversized",
    )
    return [mark, above] if oversized else [mark]


def _oversized(history: History, weeks: Sequence[int], rng: np.random.Generator) -> list[str]:
    week, store, product = positive_rows(
        history.shipped * (history.returned == 0), weeks, history.missing_weeks
    )
    chosen = np.sort(rng.choice(len(week), min(OVERSIZED, len(week)), replace=False))
    week, store, product = week[chosen], store[chosen], product[chosen]
    return _lines(history, (week, store, product), 2 * history.shipped[store, product, week] + 5)


def _lines(history: History, places: Places, units: np.ndarray) -> list[str]:
    week, store, product = places
    company = history.company
    return joined(
        "\t",
        day_texts(7 * week + _SATURDAY, "%m/%d/%Y"),
        pa.array(company.stores.ids).take(store),
        pa.array(company.products.ids).take(product),
        number_texts(units, str),
        number_texts(np.zeros(len(week)), lambda _: "invendu"),
    )
