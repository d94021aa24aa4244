"""The week after the last one of a simulated company: its last week's files, moved on by seven days.

For trying what a new week sets off. It is no part of the simulation: nothing is known about the truth behind it.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from shared.errors import ShelfcastError

WEEK = timedelta(days=7)
DAY = "%d/%m/%Y"
TITLE_ROWS = 4


def next_week(data: Path, out: Path, *, without: Collection[str] = ()) -> list[Path]:
    """Write the files of the next week.

    Parameters
    ----------
    data : Path
        Folder of a simulated company.
    out : Path
        Folder to write ``{source}/...`` to.
    without : collection of str
        Markets that have sent no shipments yet.

    Returns
    -------
    list of Path
        The new files.

    Raises
    ------
    ShelfcastError
        If `data` holds no simulated company, or no such market.
    """
    weekly = sorted((data / "shipments").glob("livraisons_*-S*.csv"))
    if not weekly:
        raise ShelfcastError(
            f"{data} holds no simulated company. Make one: python -m local simulate --out {data}"
        )
    left_out = _stores_of(data / "stores" / "stores.xlsx", set(without))
    delivered = datetime.strptime(weekly[-1].stem.rpartition("_")[2], "%Y%m%d").date() + WEEK
    return [
        _shipments(weekly[-1], out / "shipments", delivered, left_out),
        _weather_forecast(_last(data / "weather_forecast"), out / "weather_forecast", delivered),
        _weather_history(_last(data / "weather_history"), out / "weather_history", delivered),
        _promotions(_last(data / "promotions"), out / "promotions", delivered),
    ]


def _stores_of(stores: Path, markets: set[str]) -> set[str]:
    header, *rows = (
        CalamineWorkbook.from_path(str(stores)).get_sheet_by_name("Magasins").to_python()[TITLE_ROWS - 1 :]
    )
    store, market = header.index("Store No"), header.index("Market")
    found = {str(row[market]).strip().title() for row in rows}
    if markets - found:
        raise ShelfcastError(
            f"no market {', '.join(sorted(markets - found))}; there are {', '.join(sorted(found))}"
        )
    return {str(row[store]).strip().upper() for row in rows if str(row[market]).strip().title() in markets}


def _last(folder: Path) -> Path:
    return sorted(path for path in folder.iterdir() if path.is_file())[-1]


def _shipments(last: Path, folder: Path, delivered: date, left_out: set[str]) -> Path:
    lines = last.read_text("latin-1").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    kept = [row for row in rows if str(row["Magasin"]).strip().upper() not in left_out]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=rows[0].keys(), delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**row, "Livraison": _moved(row["Livraison"], DAY)} for row in kept)
    name = f"livraisons_{delivered - WEEK:%G-S%V}_{delivered:%Y%m%d}.csv"
    return _write(folder / name, text.getvalue().encode("latin-1"))


def _weather_forecast(last: Path, folder: Path, delivered: date) -> Path:
    with zipfile.ZipFile(last) as archive:
        text = archive.read(sorted(archive.namelist())[-1]).decode()
    header, *rows = csv.reader(text.splitlines())
    newest = max(row[0] for row in rows)
    moved = [
        [_moved(row[0], "%Y-%m-%dT%H:%M:%SZ"), _moved(row[1], "%Y-%m-%d"), *row[2:]]
        for row in rows
        if row[0] == newest
    ]
    path = folder / f"forecasts_{delivered:%Y%m%d}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            f"{delivered:%Y-%m-%d}.csv", "\n".join(",".join(row) for row in (header, *moved)) + "\n"
        )
    return path


def _weather_history(last: Path, folder: Path, delivered: date) -> Path:
    with gzip.open(last, "rt", encoding="utf-8") as file:
        days = [day for line in file if (day := _parsed(line)) and day["date"] < f"{delivered:%Y-%m-%d}"]
    since = f"{delivered - 2 * WEEK:%Y-%m-%d}"
    moved = [{**day, "date": _moved(day["date"], "%Y-%m-%d")} for day in days if day["date"] >= since]
    content = "".join(json.dumps(day, ensure_ascii=False) + "\n" for day in moved).encode()
    return _write(folder / f"observed_{delivered:%Y%m%d}.jsonl.gz", gzip.compress(content, mtime=0))


def _parsed(line: str) -> dict[str, Any] | None:
    """Return a day's weather; None for a line that is broken on purpose."""
    try:
        day: dict[str, Any] = json.loads(line)
        date.fromisoformat(day["date"])
    except (ValueError, KeyError, TypeError):
        return None
    return day


def _promotions(last: Path, folder: Path, delivered: date) -> Path:
    table = pq.read_table(last)
    weeks = table["Week"]
    rows = table.filter(pc.equal(weeks, pc.max(weeks)))
    moved = pa.array([week + WEEK for week in rows["Week"].to_pylist()], pa.date32())
    path = folder / f"promotions_{delivered:%Y%m%d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows.set_column(0, "Week", moved), path, compression="zstd")
    return path


def _moved(text: str, form: str) -> str:
    """Return a date's text seven days later; what is no date stays, and is rejected once more."""
    try:
        return (datetime.strptime(text.strip(), form) + WEEK).strftime(form)
    except ValueError:
        return text


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
