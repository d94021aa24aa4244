"""The files of the storm: a small company's shipments in many small files, some of them corrections, a few rows bad.

It knows what has to come of them: which row stands, whatever the order in which files arrive.
"""

import csv
import io
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

FIRST_WEEK = date(2019, 1, 7)
WEEKS = 20
STORES_PER_FILE = 2
PRODUCTS = ("P1", "P2", "P3", "P4")
CORRECTED = 0.2
"""Share of the shipment files that correct earlier ones."""
BAD = 0.1
"""Share of the files with a row that cannot be read."""
COLUMNS = {
    "stores": ("store_id", "market", "state", "zip_code", "storage_capacity"),
    "products": ("product_id", "category", "brand", "pack_size"),
    "shipments": ("week_start", "store_id", "product_id", "units_shipped"),
}
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class RawFile:
    """A raw file on its way to the lake."""

    source: str
    name: str
    content: bytes

    @property
    def path(self) -> str:
        """Where it will lie."""
        return f"raw/{self.source}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class StormCompany:
    """Its files in the order of delivery, and the rows that have to come of them.

    Attributes
    ----------
    units : dict
        Units per week, store and product.
    rejected : int
        Rows that have to end in quarantine.
    """

    files: tuple[RawFile, ...]
    units: Mapping[Key, float]
    rejected: int


def storm_company(files: int, *, seed: int) -> StormCompany:
    """Invent a company whose raw files are that many."""
    chance = random.Random(seed)
    shipments = files - 2
    corrections = int(CORRECTED * shipments)
    blocks = -(-(shipments - corrections) // WEEKS)
    originals = [(week, block) for block in range(blocks) for week in range(WEEKS)][: shipments - corrections]
    corrected = chance.sample(originals, corrections)
    units: dict[Key, float] = {}
    made, rejected = [_stores(blocks), _products()], 0
    for delivery, places in ((1, originals), (2, corrected)):
        for week, block in places:
            rows = dict(_rows(week, block, delivery, chance))
            bad = chance.random() < BAD
            rejected += bad
            units |= rows
            made.append(_shipments(week, block, delivery, rows, bad=bad))
    return StormCompany(files=tuple(made), units=units, rejected=rejected)


def write_profile(path: Path) -> Path:
    """Write the company's profile."""
    profile = {
        "client": "Storm",
        "version": 1,
        "formats": {"by": "storage_capacity", "large_at": 100},
        "sources": {name: _source(name, columns) for name, columns in COLUMNS.items()},
    }
    path.write_text(yaml.safe_dump(profile))
    return path.resolve()


def _source(name: str, columns: tuple[str, ...]) -> dict[str, Any]:
    source: dict[str, Any] = {
        "files": [f"{name}/*.csv"],
        "format": {"type": "delimited"},
        "table": name,
        "cadence": "weekly" if name == "shipments" else "once",
        "columns": {column: {"from": column} for column in columns},
    }
    return source | ({"sequence": r"_(\d+)\.csv$"} if name == "shipments" else {})


def _rows(week: int, block: int, delivery: int, chance: random.Random) -> Iterator[tuple[Key, float]]:
    """Yield a file's rows; a correction has half of the products."""
    monday = (FIRST_WEEK + timedelta(weeks=week)).isoformat()
    for store in range(STORES_PER_FILE * block, STORES_PER_FILE * (block + 1)):
        for product in PRODUCTS[: len(PRODUCTS) // delivery]:
            yield (monday, f"S{store:03d}", product), float(chance.randint(1, 99))


def _shipments(week: int, block: int, delivery: int, rows: Mapping[Key, float], *, bad: bool) -> RawFile:
    lines = [[*key, f"{units:g}"] for key, units in rows.items()]
    lines += [[*next(iter(rows)), "many"]] if bad else []
    return _file("shipments", f"w{week:02d}-b{block:02d}_{delivery}.csv", lines)


def _stores(blocks: int) -> RawFile:
    numbers = range(STORES_PER_FILE * blocks)
    rows = [[f"S{n:03d}", "Dallas", "TX", "75201", "200" if n % 2 else "20"] for n in numbers]
    return _file("stores", "stores.csv", rows)


def _products() -> RawFile:
    return _file("products", "products.csv", [[product, "soda", "Good", "6"] for product in PRODUCTS])


def _file(source: str, name: str, rows: list[list[str]]) -> RawFile:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS[source], *rows])
    return RawFile(source=source, name=name, content=text.getvalue().encode())
