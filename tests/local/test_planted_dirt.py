"""From the sample's raw files through the lake: every planted defect is found where it was said, in exact numbers."""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from local.ingest import condition_pending, find_files, open_lake, receive
from local.simulate import SAMPLE, SAMPLE_SEED
from local.simulation.audit import Finding, audit
from local.simulation.company import found_company
from local.simulation.history import History, live
from shared.lake import DatasetVersion, Lake
from shared.profile import load_profile

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_FOLDER = ROOT / "tests" / "data" / "sample"
TRUTH = SAMPLE_FOLDER / "truth" / "dirt.json"
PROFILE = ROOT / "config" / "default.yml"


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
def findings(run) -> list[Finding]:
    return audit(run.lake, TRUTH)


@pytest.fixture(scope="module")
def history() -> History:
    return live(found_company(SAMPLE, SAMPLE_SEED))


def test_every_planted_defect_is_found_and_nothing_else(findings):
    assert [finding for finding in findings if not finding.exact] == []
    assert sum(finding.found for finding in findings) == sum(each["count"] for each in _planted()) > 1000


def test_every_kind_of_dirt_is_there(findings):
    assert {kind for finding in findings for kind in finding.kinds} == {each["kind"] for each in _planted()}
    assert {finding.reason for finding in findings if finding.found_in == "quarantine"} == {
        "duplicate", "bad_date", "below_minimum", "above_maximum", "wrong_field_count", "bad_json",
        "unmapped_value", "unknown_store", "unknown_product",
    }  # fmt: skip
    assert {finding.reason for finding in findings if finding.found_in == "repaired"} == {
        "byte_order_mark", "zip_code zeros", "store_id case", "market case", "category case", "kind case",
    }  # fmt: skip


def _planted() -> list[dict]:
    return json.loads(TRUTH.read_text())


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("quarantine/shipments/livraisons_2017-T1_20170403.csv.rejected.csv", "exact_duplicate"),
        ("quarantine/shipments/livraisons_2017-T1_20170403.csv.superseded.csv", "conflicting_correction"),
        ("quarantine/demographics/orphans-*.csv", "orphan_store"),
        ("conditioned/shipments/corrections/*.csv", "later_correction"),
        ("conditioned/returns/reports/*-oversized.csv", "oversized_return"),
    ],
)
def test_a_row_that_is_gone_is_noticed(run, tmp_path, pattern, kind):
    root = Path(shutil.copytree(run.root, tmp_path / "lake"))
    (path,) = root.glob(pattern)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    (noticed,) = [each for each in audit(open_lake(root, load_profile(PROFILE)), TRUTH) if not each.exact]
    assert (noticed.kind, noticed.found) == (kind, noticed.planted - 1)
    assert len(noticed.differing) == 1


def test_rejected_rows_keep_their_original_values(run):
    rejects = [row for r in run.lake.receipts() if r.rejects for row in run.rows(r.rejects)]
    dates = {row["value"] for row in rejects if row["reason"] == "bad_date"}
    assert {"30/02/2018", "02/30/2018", "2018-02-30", "20180230"} <= dates
    originals = [row["original"] for row in rejects if row["source"] == "shipments"]
    assert any("Crème glacée" in json.dumps(json.loads(text), ensure_ascii=False) for text in originals)


def test_corrections_of_another_file_keep_the_earlier_value(run):
    corrections = run.report("shipments", "corrections")
    assert all("correctif" in row["later_file"] for row in corrections)
    assert all(row["earlier_units_shipped"] != row["later_units_shipped"] for row in corrections)


def test_missing_weeks_and_oversized_returns_are_reported(run, history):
    missing = [f"missing_week {history.company.week_start(week)}" for week in history.missing_weeks]
    assert list(run.versions["shipments"].warnings) == missing
    oversized = run.report("returns", "oversized")
    assert all(float(row["units_returned"]) > float(row["units_shipped"]) for row in oversized)


def test_lost_zeros_are_given_back(run):
    assert {row["zip_code"] for row in run.table("stores")} == {"75201", "76102", "02108", "01608"}
    for table in ("weather_history", "weather_forecast"):
        assert {len(row["zip_code"]) for row in run.table(table)} == {5}


def test_case_and_byte_order_mark_leave_no_trace(run):
    assert {row["market"] for row in run.table("stores")} == {"North Texas", "Massachusetts"}
    assert all(row["category"].islower() for row in run.table("products"))
    assert all(row["store_id"].isupper() for row in run.table("shipments"))
    assert {row["kind"] for row in run.table("events")} == {"holiday", "special"}
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
