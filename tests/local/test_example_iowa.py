"""The Iowa profile on small files of the same shape: invoice lines become shipments and returns per week."""

from pathlib import Path

import pandas as pd
import pytest

from local.ingest import condition_pending, open_lake, receive
from shared.lake import DatasetVersion
from shared.profile import load_profile
from training.dataset import Tables, read_tables

REPOSITORY = Path(__file__).parents[2]
PROFILE = REPOSITORY / "config" / "examples" / "iowa.yml"
FILES = REPOSITORY / "tests" / "data" / "sources" / "iowa"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="module")
def versions(root: Path) -> dict[str, DatasetVersion]:
    profile = load_profile(PROFILE)
    lake = open_lake(root, profile)
    files = {
        source: sorted(path for path in (FILES / source).iterdir() if path.is_file())
        for source in profile.sources
    }
    receive(lake, files, advance=lambda: None)
    errors = [error for _, error in condition_pending(lake, profile, PROFILE, root, workers=1) if error]
    assert not errors
    return lake.materialise()


@pytest.fixture(scope="module")
def tables(root: Path, versions: dict[str, DatasetVersion]) -> Tables:
    return read_tables(root / "conditioned", {table: v.version for table, v in versions.items()})


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(map(str, row)) for row in frame[list(columns)].to_numpy()]


def test_lines_of_an_item_are_summed_to_the_week_that_starts_on_monday(tables: Tables) -> None:
    assert rows(tables.shipments, "week_start", "store_id", "product_id", "units_shipped") == [
        ("2022-07-18 00:00:00", "3001", "70001", "18.0"),
        ("2022-07-18 00:00:00", "3001", "70003", "6.0"),
        ("2022-07-18 00:00:00", "3001", "79999", "3.0"),
        ("2022-07-18 00:00:00", "3003", "70002", "24.0"),
    ]


def test_negative_bottles_are_returns(tables: Tables) -> None:
    assert tables.returns is not None
    assert rows(tables.returns, "store_id", "product_id", "units_returned") == [("3001", "70001", "6.0")]


def test_lines_that_cannot_be_read_are_set_aside_with_their_reason(
    root: Path, versions: dict[str, DatasetVersion]
) -> None:
    set_aside = pd.concat(
        [pd.read_csv(path, dtype=str) for path in (root / "quarantine" / "invoices").rglob("*.csv")]
    )
    assert sorted(set_aside["reason"]) == ["bad_date", "duplicate", "no_output"]


def test_markets_are_zip_areas_and_a_store_without_a_zip_code_is_kept(tables: Tables) -> None:
    assert rows(tables.stores, "store_id", "market") == [
        ("3001", "Ames"),
        ("3002", "Ames"),
        ("3003", "Sioux City"),
        ("3004", "Elsewhere in Iowa"),
    ]


def test_an_item_that_is_no_longer_listed_keeps_its_sales(tables: Tables) -> None:
    assert ("79999", "(DELISTED)") in rows(tables.products, "product_id", "category")


def test_a_category_written_two_ways_is_one(tables: Tables) -> None:
    assert set(tables.products["category"]) == {"IMPORTED VODKAS", "SPICED RUM", "(DELISTED)"}


def test_zip_codes_get_their_leading_zero_back_and_dots_are_unknown(tables: Tables) -> None:
    assert tables.demographics_by_zip is not None
    assert rows(tables.demographics_by_zip, "zip_code", "median_income", "population") == [
        ("01001", "56663.0", "16445.0"),
        ("50010", "42000.0", "30000.0"),
        ("51106", "51000.0", "25000.0"),
        ("52671", "nan", "12.0"),
    ]
