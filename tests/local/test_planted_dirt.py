"""From the sample's raw files through the lake: every planted defect is found where it was said, in exact numbers."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from local.ingest import condition_pending, find_files, open_lake, receive
from local.simulate import SAMPLE, SAMPLE_SEED
from local.simulation.company import found_company
from local.simulation.history import History, live
from shared.lake import DatasetVersion, Lake
from shared.profile import load_profile

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_FOLDER = ROOT / "tests" / "data" / "sample"
PROFILE = ROOT / "config" / "default.yml"
ORPHANS = ("unknown_store", "unknown_product")


@dataclass(frozen=True, kw_only=True)
class Run:
    """The sample, conditioned and materialised."""

    root: Path
    lake: Lake
    versions: dict[str, DatasetVersion]

    def rows(self, path: str) -> Iterator[dict[str, str]]:
        """Read one CSV of the lake."""
        with (self.root / path).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def table(self, name: str) -> list[dict[str, str]]:
        """Read a table's current version."""
        return [row for part in self.versions[name].parts for row in self.rows(part.path)]

    def report(self, table: str, name: str) -> list[dict[str, str]]:
        """Read a report of a table's current version."""
        return list(self.rows(self.versions[table].reports[name].path))


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    root = tmp_path_factory.mktemp("lake")
    profile = load_profile(PROFILE)
    lake = open_lake(root, profile)
    receive(lake, find_files(profile, SAMPLE_FOLDER), advance=lambda: None)
    failed = [(n, error) for n, error in condition_pending(lake, profile, PROFILE, root, workers=2) if error]
    assert failed == []
    return Run(root=root, lake=lake, versions=lake.materialise())


@pytest.fixture(scope="module")
def planted() -> list[dict]:
    return json.loads((SAMPLE_FOLDER / "truth" / "dirt.json").read_text())


@pytest.fixture(scope="module")
def history() -> History:
    return live(found_company(SAMPLE, SAMPLE_SEED))


def _wanted(planted: list[dict], found_in: str, *names: str) -> Counter:
    counts: Counter = Counter()
    for each in planted:
        if each["found_in"] == found_in:
            counts[tuple(each[name] for name in names)] += each["count"]
    return counts


def _file(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def test_every_rejected_row_was_planted_and_every_planted_one_is_rejected(run, planted):
    found: Counter = Counter()
    for receipt in run.lake.receipts():
        for row in run.rows(receipt.rejects) if receipt.rejects else ():
            found[row["source"], _file(row["file"]), row["reason"]] += 1
    for version in run.versions.values():
        for name in version.reports:
            if name.startswith("orphans/"):
                orphans = run.report(version.table, name)
                found.update((row["source"], _file(row["file"]), row["reason"]) for row in orphans)
    assert found == _wanted(planted, "quarantine", "source", "file", "reason")
    assert {reason for *_, reason in found} >= {
        *ORPHANS, "duplicate", "bad_date", "below_minimum", "wrong_field_count", "bad_json", "unmapped_value",
    }  # fmt: skip


def test_rejected_rows_keep_their_original_values(run):
    rejects = [row for r in run.lake.receipts() if r.rejects for row in run.rows(r.rejects)]
    dates = {row["value"] for row in rejects if row["reason"] == "bad_date"}
    assert {"30/02/2018", "02/30/2018", "2018-02-30", "20180230"} <= dates
    originals = [row["original"] for row in rejects if row["source"] == "shipments"]
    assert any("Crème glacée" in json.dumps(json.loads(text), ensure_ascii=False) for text in originals)


def test_corrections_inside_a_file_keep_the_earlier_value(run, planted):
    found = Counter(
        (receipt.source, _file(receipt.name))
        for receipt in run.lake.receipts()
        if receipt.superseded
        for _ in run.rows(receipt.superseded)
    )
    assert found == _wanted(planted, "superseded", "source", "file")


def test_corrections_of_another_file_keep_the_earlier_value(run, planted):
    corrections = run.report("shipments", "corrections")
    found = Counter(("shipments", _file(row["earlier_file"])) for row in corrections)
    assert found == _wanted(planted, "corrections", "source", "file")
    assert all("correctif" in row["later_file"] for row in corrections)
    assert all(row["earlier_units_shipped"] != row["later_units_shipped"] for row in corrections)


def test_what_was_delivered_again_changes_nothing(run, planted):
    assert run.versions["shipments"].rows.repeated == _wanted(planted, "repeated", "source")[("shipments",)]


def test_missing_weeks_and_oversized_returns_are_reported(run, planted, history):
    missing = [f"missing_week {history.company.week_start(week)}" for week in history.missing_weeks]
    assert len(missing) == _wanted(planted, "warning", "source")[("shipments",)]
    assert list(run.versions["shipments"].warnings) == missing
    oversized = run.report("returns", "oversized")
    assert len(oversized) == _wanted(planted, "report", "source")[("returns",)]
    assert all(float(row["units_returned"]) > float(row["units_shipped"]) for row in oversized)


def test_lost_zeros_are_given_back_and_counted(run, planted):
    found = {
        (receipt.source, _file(receipt.name)): int(warning.rpartition(" ")[2])
        for receipt in run.lake.receipts()
        for warning in receipt.report["warnings"]
        if warning.startswith("repaired: zip_code")
    }
    zeros = [each for each in planted if each["kind"] == "lost_leading_zero"]
    assert found == {(each["source"], each["file"]): each["count"] for each in zeros}
    assert {row["zip_code"] for row in run.table("stores")} == {"75201", "76102", "02108", "01608"}
    for table in ("weather_history", "weather_forecast"):
        assert {len(row["zip_code"]) for row in run.table(table)} == {5}


def test_case_and_byte_order_mark_leave_no_trace(run):
    assert {row["market"] for row in run.table("stores")} == {"North Texas", "Massachusetts"}
    assert all(row["category"].islower() for row in run.table("products"))
    assert all(row["store_id"].isupper() for row in run.table("shipments"))
    assert "Café Étoile" in {row["brand"] for row in run.table("products")}


@pytest.mark.parametrize("name", ["shipments", "returns"])
def test_what_is_left_is_exactly_what_was_traded(run, history, name):
    units = {"shipments": history.shipped, "returns": history.returned}[name]
    column = {"shipments": "units_shipped", "returns": "units_returned"}[name]
    oversized = {_key(row) for row in run.report("returns", "oversized")} if name == "returns" else set()
    found = {_key(row): float(row[column]) for row in run.table(name) if _key(row) not in oversized}
    company = history.company
    assert found == {
        (company.week_start(week), store, product): units[s, p, week]
        for s, store in enumerate(company.stores.ids)
        for p, product in enumerate(company.products.ids)
        for week in range(company.size.weeks)
        if units[s, p, week] and week not in history.missing_weeks
    }


def _key(row: dict[str, str]) -> tuple[date, str, str]:
    return date.fromisoformat(row["week_start"]), row["store_id"], row["product_id"]


def test_rows_are_conserved_from_file_to_table(run):
    for receipt in run.lake.receipts():
        report = receipt.report
        out = sum(report["accepted"].values()) + sum(report["rejected"].values()) + report["superseded"]
        assert report["rows_read"] == report["rows_in"] == out, receipt.name
    for name, version in run.versions.items():
        rows = version.rows
        accepted = sum(receipt.report["accepted"].get(name, 0) for receipt in run.lake.receipts())
        assert accepted == rows.kept + rows.superseded + rows.repeated + rows.orphaned
        assert rows.kept == rows.weekly_rows == len(run.table(name))
