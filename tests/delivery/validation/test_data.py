"""Whatever is wrong with the data of a lake is found by the check that is there for it."""

import json
from pathlib import Path

import pytest

from delivery.validation.data import DataValidation
from delivery.validation.report import Check
from shared.settings import ROOT

TRUTH = ROOT / "tests/data/sample/truth/dirt.json"


def failed(lake, config, **more) -> dict[str, str]:
    """Return what is found by each check that fails."""
    checks: list[Check] = DataValidation(lake=lake, config=config, **more).checks()
    return {check.name: check.found for check in checks if not check.passed}


def test_the_sample_is_sound(lake, tiny):
    assert failed(lake, tiny, truth=TRUTH) == {}


def find(lake, table: str, column: str) -> Path:
    """Return a part of the table's current version."""
    from shared.lake import read_current

    version = read_current(lake.store, table)
    assert version
    assert column in version.columns
    return lake.store._root / version.parts[-1].path


def test_a_person_in_a_table_is_found(lake, tiny):
    path = find(lake, "events", "name")
    header, first, rest = path.read_text("utf-8").split("\n", 2)
    cells = first.split(",")
    cells[1] = "ann@example.org"
    path.write_text("\n".join([header, ",".join(cells), rest]), "utf-8")
    found = failed(lake, tiny)
    assert "events.name: 1 values hold a person's e-mail" in found["no personal data"]
    assert "its bytes are not those that were written" in found["parts are as they were written"]


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("shipments", "units_shipped", "-1", "shipments.units_shipped: goes from -1.0"),
        ("shipments", "units_shipped", "many", "shipments.units_shipped: is no number in places"),
        ("shipments", "week_start", "09.07.2018", "shipments.week_start: is no date in places"),
        ("events", "kind", "party", "events.kind: is none of holiday, special in places"),
        ("stores", "market", "", "stores.market: 1 rows have none"),
        ("weather_forecast", "issued_at", "today", "weather_forecast.issued_at: is no timestamp in places"),
    ],
)
def test_a_value_off_the_schema_is_found(lake, tiny, table, column, value, said):
    path = find(lake, table, column)
    header, first, rest = path.read_text("utf-8").split("\n", 2)
    cells = first.split(",")
    cells[header.split(",").index(column)] = value
    path.write_text("\n".join([header, ",".join(cells), rest]), "utf-8")
    assert said in failed(lake, tiny)["schema"]


def test_a_row_that_is_there_twice_is_found(lake, tiny):
    path = find(lake, "stores", "store_id")
    path.write_text(path.read_text("utf-8") + path.read_text("utf-8").splitlines()[1] + "\n", "utf-8")
    found = failed(lake, tiny)
    assert found["schema"] == "stores: 1 rows repeat a key"
    assert "rows of" in found["parts are as they were written"]


def test_a_row_that_is_not_accounted_for_is_found(lake, tiny):
    receipt = next(path for path in sorted(lake.store._root.rglob("receipts/shipments/*.json")))
    content = json.loads(receipt.read_text())
    content["report"]["rows_in"] += 1
    receipt.write_text(json.dumps(content))
    found = failed(lake, tiny)
    assert "rows came in" in found["row conservation"]


def test_a_planted_defect_that_is_not_found_is_told(lake, tiny, tmp_path):
    planted = json.loads(TRUTH.read_text())
    planted[0]["count"] += 1
    truth = tmp_path / "dirt.json"
    truth.write_text(json.dumps(planted))
    assert "planted" in failed(lake, tiny, truth=truth)["planted defects"]


def test_too_many_rejected_rows_are_told(lake, tiny):
    strict = tiny.model_copy(update={"max_rejected": 0.001})
    assert "of all rows are rejected, 0.1% may be" in failed(lake, strict)["rejected rows"]


def test_a_file_that_was_not_conditioned_and_a_source_that_has_not_come_are_told(lake, tiny):
    (lake.store._root / "raw" / "events" / "later.csv").write_text("Id\n")
    assert "1 raw files are not conditioned" in failed(lake, tiny)["completeness"]


def test_a_lake_without_any_version_has_no_data(tiny, tmp_path):
    from local.ingest import open_lake
    from shared.profile import load_profile

    empty = open_lake(tmp_path / "empty", load_profile(ROOT / "config" / "default.yml"))
    assert failed(empty, tiny) == {"dataset versions": "the lake has none"}


def test_only_the_newest_parts_are_read_where_a_lake_is_large(lake, tiny):
    found = {c.name: c.found for c in DataValidation(lake=lake, config=tiny, newest_parts=1).checks()}
    everything = {c.name: c.found for c in DataValidation(lake=lake, config=tiny).checks()}
    rows = "parts are as they were written"
    assert int(found[rows].split()[0]) < int(everything[rows].split()[0])
