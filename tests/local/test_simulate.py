"""The simulator's files as a stranger would read them: naively, with nothing but the standard library."""

import csv
import gzip
import json
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from local.simulate import SAMPLE, SAMPLE_SEED, simulate
from local.simulation.company import CompanySize, found_company
from local.simulation.history import live
from shared.profile import load_profile

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_FOLDER = ROOT / "tests" / "data" / "sample"
CORRECTION, AGAIN = "correctif", "-bis_"


@pytest.fixture(scope="module")
def history():
    """What stands behind the sample."""
    return live(found_company(SAMPLE, SAMPLE_SEED))


@pytest.fixture(scope="module")
def planted() -> Counter[tuple[str, str, str]]:
    """Planted defects by source, file and kind."""
    account = json.loads((SAMPLE_FOLDER / "truth" / "dirt.json").read_text())
    return Counter({(each["source"], each["file"], each["kind"]): each["count"] for each in account})


def _files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_sample_is_what_the_simulator_writes(tmp_path):
    simulate(tmp_path, company=SAMPLE, seed=SAMPLE_SEED)
    ours, sample = _files(tmp_path), _files(SAMPLE_FOLDER)
    assert list(ours) == list(sample)
    assert [name for name in ours if ours[name].read_bytes() != sample[name].read_bytes()] == []


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in _files(SAMPLE_FOLDER).values()) <= 1_000_000


def test_another_seed_gives_another_company_of_the_same_size(tmp_path):
    size = CompanySize(markets=1, stores=4, products=4, weeks=20)
    for seed in (1, 2):
        simulate(tmp_path / str(seed), company=size, seed=seed)
    first, second = _files(tmp_path / "1"), _files(tmp_path / "2")
    assert list(first) == list(second)
    name = "shipments/livraisons_2017-T1_20170403.csv"
    assert first[name].read_bytes() != second[name].read_bytes()


def test_the_command_line_writes_a_company(tmp_path):
    size = ["--markets", "1", "--stores", "4", "--products", "4", "--weeks", "12"]
    call = [sys.executable, "-m", "local.simulate", *size, "--seed", "3", "--out", str(tmp_path)]
    subprocess.run(call, check=True, cwd=ROOT)
    assert {path.name for path in tmp_path.iterdir()} == {*_profile().sources, "truth"}


def _profile():
    return load_profile(ROOT / "config" / "default.yml")


def test_the_shipped_profile_finds_every_file_of_the_sample():
    files = [name for name in _files(SAMPLE_FOLDER) if not name.startswith("truth/")]
    globs = [pattern for source in _profile().sources.values() for pattern in source.files]
    assert [name for name in files if sum(Path(name).match(pattern) for pattern in globs) != 1] == []


def _shipment_lines() -> dict[str, list[str]]:
    """Every file's lines without the header, in the order of delivery."""
    paths = sorted((SAMPLE_FOLDER / "shipments").iterdir(), key=lambda path: path.stem.rpartition("_")[2])
    return {path.name: path.read_text(encoding="latin-1").splitlines()[1:] for path in paths}


def _is_date(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _fault(fields: list[str], width: int, pattern: str, units: int) -> str | None:
    if len(fields) != width:
        return "truncated_line"
    if not _is_date(fields[0], pattern):
        return "impossible_date"
    if fields[1].startswith("XX"):
        return "orphan_store"
    if fields[2].startswith("GONE"):
        return "orphan_product"
    return "negative_units" if fields[units].startswith("-") else None


def _count_in_file(lines: list[list[str]], width: int, pattern: str, units: int) -> Counter[str]:
    """Count what is wrong inside one file of shipments or returns."""
    faults = [_fault(fields, width, pattern, units) for fields in lines]
    fine = [tuple(fields) for fields, fault in zip(lines, faults, strict=True) if fault is None]
    distinct = set(fine)
    return Counter(
        {
            **Counter(fault for fault in faults if fault),
            "exact_duplicate": len(fine) - len(distinct),
            "conflicting_correction": len(distinct) - len({fields[:3] for fields in distinct}),
            "mixed_case_id": sum(fields[1].islower() for fields in fine),
        }
    )


def test_defects_inside_shipment_files_are_as_many_as_planted(planted):
    across = {"later_correction", "repeated_in_correction", "redelivered_row", "missing_week"}
    for name, lines in _shipment_lines().items():
        found = _count_in_file([line.split(";") for line in lines], 5, "%d/%m/%Y", 4)
        wanted = {k: n for (s, f, k), n in planted.items() if s == "shipments" and f == name}
        assert +found == Counter({kind: count for kind, count in wanted.items() if kind not in across}), name


def test_defects_inside_return_files_are_as_many_as_planted(planted, history):
    shipped = _sold(history, history.shipped)
    for path in sorted((SAMPLE_FOLDER / "returns").iterdir()):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8-sig").splitlines()[1:]]
        found = _count_in_file(lines, 5, "%m/%d/%Y", 3)
        sound = {tuple(fields) for fields in lines if _fault(fields, 5, "%m/%d/%Y", 3) is None}
        found["oversized_return"] = sum(
            int(units) > shipped[_monday(day, "%m/%d/%Y"), store, product]
            for day, store, product, units, _ in sound
        )
        found["byte_order_mark"] = 1
        wanted = {k: n for (s, f, k), n in planted.items() if s == "returns" and f == path.name}
        assert +found == Counter(wanted), path.name


def _monday(text: str, pattern: str):
    day = datetime.strptime(text, pattern).date()
    return day - timedelta(days=day.weekday())


def _sold(history, units) -> dict[tuple, int]:
    """Units above zero by week, store and product, without the weeks that were not delivered."""
    company = history.company
    return {
        (company.week_start(week), store, product): int(units[s, p, week])
        for s, store in enumerate(company.stores.ids)
        for p, product in enumerate(company.products.ids)
        for week in range(company.size.weeks)
        if units[s, p, week] and week not in history.missing_weeks
    }


def test_the_last_sound_shipment_is_what_was_shipped_and_corrections_are_as_many_as_planted(planted, history):
    kept: dict[tuple, int] = {}
    changed, again = Counter(), Counter()
    for name, lines in _shipment_lines().items():
        fields = [line.split(";") for line in lines]
        sound = [row for row in fields if _fault(row, 5, "%d/%m/%Y", 4) is None]
        mine = {
            (_monday(day, "%d/%m/%Y"), store.upper(), product): int(units.removesuffix(",0").replace(".", ""))
            for day, store, product, _, units in sound
        }
        changed[name] += sum(key in kept and kept[key] != units for key, units in mine.items())
        again[name] += sum(key in kept and kept[key] == units for key, units in mine.items())
        kept |= mine
    assert kept == _sold(history, history.shipped)
    of_kind = Counter({kind: count for (_, _, kind), count in planted.items()})
    assert changed.total() == of_kind["later_correction"] > 0
    assert {name for name, count in changed.items() if count} == {n for n in changed if CORRECTION in n}
    repeated = {name: count for name, count in again.items() if count}
    assert {n: c for n, c in repeated.items() if AGAIN not in n} == {
        next(n for n in again if CORRECTION in n): of_kind["repeated_in_correction"]
    }
    assert sum(c for n, c in repeated.items() if AGAIN in n) == of_kind["redelivered_row"]


def test_whole_weeks_are_missing(planted, history):
    weeks = {week for week, *_ in _sold(history, history.shipped)}
    every = {history.company.week_start(week) for week in range(SAMPLE.weeks)}
    assert len(every - weeks) == planted["shipments", "", "missing_week"] == 2


def test_zip_codes_of_massachusetts_have_lost_their_zeros(planted):
    page = openpyxl.load_workbook(SAMPLE_FOLDER / "stores" / "stores.xlsx")["Magasins"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=5)]
    lost = {row[0] for row in rows if row[3] == "MA" and len(str(row[4])) == 4}
    assert len(lost) == planted["stores", "stores.xlsx", "lost_leading_zero"] > 0
    distinct = {tuple(row) for row in rows}
    assert len(rows) - len(distinct) == planted["stores", "stores.xlsx", "exact_duplicate"]
    assert len(distinct) - SAMPLE.stores == planted["stores", "stores.xlsx", "conflicting_correction"]
    capitals = {row[0] for row in rows if str(row[2]).isupper()}
    assert len(capitals) == planted["stores", "stores.xlsx", "mixed_case_market"]


def test_observed_weather_is_nested_json_with_planted_defects(planted):
    for path in sorted((SAMPLE_FOLDER / "weather_history").iterdir()):
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        distinct = dict.fromkeys(lines)
        whole = [json.loads(line) for line in distinct if line.endswith("}}")]
        dated = [each for each in whole if _is_date(each["date"], "%Y-%m-%d")]
        found = {
            "exact_duplicate": len(lines) - len(distinct),
            "truncated_line": len(distinct) - len(whole),
            "impossible_date": len(whole) - len(dated),
            "lost_leading_zero": sum(each["station"]["zip"] < 10_000 for each in dated),
        }
        assert found == {
            k: n for (s, f, k), n in planted.items() if s == "weather_history" and f == path.name
        }


def test_forecasts_are_an_archive_of_csv_files(planted):
    for path in sorted((SAMPLE_FOLDER / "weather_forecast").iterdir()):
        with zipfile.ZipFile(path) as archive:
            lines = [line for n in archive.namelist() for line in archive.read(n).decode().splitlines()[1:]]
        rows = [line.split(",") for line in dict.fromkeys(lines)]
        found = {
            "exact_duplicate": len(lines) - len(rows),
            "sentinel_temperature": sum(row[4] == "999.9" for row in rows),
            "lost_leading_zero": len({tuple(row[:3]) for row in rows if len(row[2]) == 4}),
        }
        assert found == {
            k: n for (s, f, k), n in planted.items() if s == "weather_forecast" and f == path.name
        }


def test_promotions_are_parquet_and_known_in_advance(planted, history):
    last = max(_files(SAMPLE_FOLDER / "promotions").values())
    table = pq.read_table(last)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert max(row[0] for row in rows) >= history.company.week_start(SAMPLE.weeks + 1)
    found = {
        "exact_duplicate": len(rows) - len(set(rows)),
        "orphan_store": sum(row[1].startswith("XX") for row in rows),
        "negative_price": sum(row[3] < 0 for row in rows),
    }
    assert found == {k: n for (s, f, k), n in planted.items() if s == "promotions" and f == last.name}


def test_demographics_have_fixed_positions(planted):
    for path in sorted((SAMPLE_FOLDER / "demographics").iterdir()):
        lines = path.read_text(encoding="latin-1").splitlines()[1:]
        assert {len(line) for line in lines} == {51}
        found = {
            "exact_duplicate": len(lines) - len(set(lines)),
            "impossible_date": sum(not _is_date(line[8:16], "%Y%m%d") for line in lines),
            "orphan_store": sum(line.startswith("XX") for line in lines),
        }
        assert found == {k: n for (s, f, k), n in planted.items() if s == "demographics" and f == path.name}


def test_products_and_events_carry_their_defects(planted):
    products = _csv(SAMPLE_FOLDER / "products" / "products.csv", "latin-1")
    assert len(products) - len(set(products)) == planted["products", "products.csv", "exact_duplicate"]
    shouted = {row for row in products if not row[2].islower()}
    assert len(shouted) == planted["products", "products.csv", "mixed_case_category"]
    events = _csv(SAMPLE_FOLDER / "events" / "calendar.csv", "utf-8")
    distinct = set(events)
    assert len(events) - len(distinct) == planted["events", "calendar.csv", "exact_duplicate"]
    conflicts = len(distinct) - len({row[0] for row in distinct})
    assert conflicts == planted["events", "calendar.csv", "conflicting_correction"]
    assert sum(row[5] == "galaxy" for row in events) == planted["events", "calendar.csv", "unknown_scope"]
    assert sum(row[2].isupper() for row in events) == planted["events", "calendar.csv", "mixed_case_kind"]


def _csv(path: Path, encoding: str) -> list[tuple[str, ...]]:
    with path.open(encoding=encoding, newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]
