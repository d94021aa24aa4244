"""A profile is read strictly; what is wrong is said with file, key and remedy."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from shared.errors import ProfileError
from shared.profile import Calendar, load_profile

SERIES = {"week_start": {"from": "w"}, "store_id": {"from": "s"}, "product_id": {"from": "p"}}
CSV = {"type": "delimited"}


def source(table: str, columns: dict) -> dict:
    return {"files": [f"{table}/*.csv"], "format": CSV, "table": table, "columns": columns}


def minimal() -> dict:
    return {
        "client": "Test",
        "version": 1,
        "formats": {"large_at": 100},
        "sources": {
            "stores": source("stores", {"store_id": {"from": "s"}, "market": {"constant": "Home"}}),
            "products": source("products", {"product_id": {"from": "p"}, "category": {"from": "c"}}),
            "shipments": source("shipments", {**SERIES, "units_shipped": {"from": "u"}}),
        },
    }


@pytest.fixture
def write(tmp_path: Path):
    def _write(content: object) -> Path:
        path = tmp_path / "client.yml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return _write


def test_a_minimal_profile(write):
    profile = load_profile(write(minimal()))
    assert profile.client == "Test"
    assert profile.sources["stores"].outputs[0].table == "stores"
    assert list(profile.forecasting.leads) == [1]


def broken(path: list[str], value: object) -> dict:
    content = minimal()
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        (broken(["formats", "larg_at"], 3), "formats.larg_at", "Remove it, or correct its spelling"),
        (
            broken(["sources", "stores", "table"], "shops"),
            "sources.stores.outputs.0",
            "unknown table 'shops'",
        ),
        (broken(["sources", "stores", "columns"], {}), "sources.stores.outputs.0", "needs market, store_id"),
        (broken(["sources", "stores", "format"], {"type": "xml"}), "sources.stores.format", "'delimited'"),
        (broken(["version"], 2), "version", "Use one of the values it names"),
        (broken(["formats"], {}), "formats", "need 'large_at'"),
        (broken(["sources", "stores", "sequence"], "(w"), "sources.stores.sequence", "no regular expression"),
        (
            broken(["sources", "extra"], source("demographics", {"income, median": {"from": "i"}})),
            "sources.extra.outputs.0",
            "cannot be column names",
        ),
        ("- just\n- a list\n", "(file)", "Start from config/default.yml"),
        ("a: [1,\n", "(file)", "is not YAML"),
    ],
)
def test_a_fault_is_named_with_file_key_and_remedy(write, content, key, said):
    with pytest.raises(ProfileError, match=r"client\.yml") as caught:
        load_profile(write(content))
    assert caught.value.key == key
    assert said in str(caught.value)


def test_a_profile_without_demand_is_refused(write):
    content = minimal()
    del content["sources"]["shipments"]
    with pytest.raises(ProfileError, match="no source feeds shipments"):
        load_profile(write(content))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ProfileError, match="does not exist"):
        load_profile(tmp_path / "nowhere.yml")


@pytest.mark.parametrize(
    ("anchor", "day", "first"),
    [
        ("monday", date(2019, 8, 11), date(2019, 8, 5)),
        ("sunday", date(2019, 8, 11), date(2019, 8, 11)),
        ("wednesday", date(2019, 8, 13), date(2019, 8, 7)),
        ("thursday", date(2016, 1, 3), date(2015, 12, 31)),
    ],
)
def test_weeks_start_on_the_anchor(anchor, day, first):
    assert Calendar(week_anchor=anchor).week_start(day) == first


def test_a_year_of_53_weeks_has_53_weeks():
    calendar = Calendar(week_anchor="monday")
    days = [date.fromordinal(n) for n in range(date(2020, 1, 1).toordinal(), date(2021, 1, 1).toordinal())]
    assert len({calendar.week_start(day) for day in days}) == 53
