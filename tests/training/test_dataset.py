import json
from pathlib import Path

import pytest

from shared.errors import TrainingError
from training.dataset import read_tables

PARTS = {
    "stores": "store_id,market,state,zip_code,format,storage_capacity\n007,North,TX,01234,large,12.5\n",
    "products": "product_id,category,brand,pack_size\np,chips,,6\n",
    "shipments": "week_start,store_id,product_id,units_shipped\n2020-01-06,007,p,3\n",
    "weather_forecast": (
        "issued_at,date,zip_code,temperature_min_c,temperature_max_c,precipitation_mm,snowfall_mm\n"
        "2020-01-05T18:00:00Z,2020-01-06,01234,1.5,,0,0\n"
    ),
    "demographics": (
        "store_id,as_of,population,median_income,median_age,household_size,college\n007,2019-01-01,5,,,,0.3\n"
    ),
}


@pytest.fixture
def conditioned(tmp_path: Path) -> Path:
    for table, content in PARTS.items():
        (tmp_path / table / "versions").mkdir(parents=True)
        (tmp_path / table / "parts").mkdir()
        (tmp_path / table / "parts" / "all-1.csv").write_text(content)
        manifest = {"parts": [{"path": f"conditioned/{table}/parts/all-1.csv"}]}
        (tmp_path / table / "versions" / "v1.json").write_text(json.dumps(manifest))
    return tmp_path


def versions(*tables: str) -> dict[str, str]:
    return dict.fromkeys(tables or PARTS, "v1")


def test_identifiers_stay_text_and_dates_become_dates(conditioned: Path) -> None:
    tables = read_tables(conditioned, versions())
    assert tables.stores.loc[0, ["store_id", "zip_code"]].tolist() == ["007", "01234"]
    assert tables.shipments["week_start"].dt.year.tolist() == [2020]
    assert tables.shipments["store_id"].astype("str").tolist() == ["007"]
    assert tables.products["brand"].isna().all()


def test_times_of_issue_keep_their_zone_and_empty_cells_are_missing(conditioned: Path) -> None:
    forecast = read_tables(conditioned, versions()).weather_forecast
    assert forecast is not None
    assert str(forecast["issued_at"].dt.tz) == "UTC"
    assert forecast["issued_at"].dt.hour.tolist() == [18]
    assert forecast["temperature_max_c"].isna().all()


def test_columns_that_the_profile_adds_are_read(conditioned: Path) -> None:
    demographics = read_tables(conditioned, versions()).demographics
    assert demographics is not None
    assert demographics["college"].tolist() == [0.3]


def test_a_table_that_is_not_named_is_none(conditioned: Path) -> None:
    assert read_tables(conditioned, versions("stores", "products", "shipments")).events is None


def test_several_parts_are_one_table(conditioned: Path) -> None:
    second = PARTS["shipments"].replace("2020-01-06", "2020-01-13")
    (conditioned / "shipments/parts/b.csv").write_text(second)
    parts = [{"path": f"conditioned/shipments/parts/{name}.csv"} for name in ("all-1", "b")]
    (conditioned / "shipments/versions/v2.json").write_text(json.dumps({"parts": parts}))
    assert len(read_tables(conditioned, versions() | {"shipments": "v2"}).shipments) == 2


def test_what_is_missing_is_named(conditioned: Path) -> None:
    with pytest.raises(TrainingError, match="products, shipments"):
        read_tables(conditioned, versions("stores"))
    with pytest.raises(TrainingError, match=r"v9\.json"):
        read_tables(conditioned, versions() | {"stores": "v9"})
    (conditioned / "products/parts/all-1.csv").unlink()
    with pytest.raises(TrainingError, match="its manifest lists it"):
        read_tables(conditioned, versions())
