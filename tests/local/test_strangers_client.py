"""A client that nobody thought of: a profile and three files of another shape, from files to forecasts.

Workbook, tab-separated and semicolon-separated text, German column names and numbers, deliveries day by day, a week
that starts on Wednesday: all of it is said in tests/data/stranger/profile.yml and nowhere in the code.
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from local.result import RunResult
from local.run import run
from training.dataset import read_tables

PROFILE = Path(__file__).parents[1] / "data" / "stranger" / "profile.yml"
FIRST_DAY, LAST_DAY = "2023-01-04", "2024-02-27"
OUTLETS = {"7": ("N", 1067, 60), "8": ("N", 10115, 25), "9": ("S", 80331, 55), "12": ("S", 70173, 20)}
ARTICLES = {"R1": ("roggenbrot", 4), "W2": ("WEIZENBROT", 6), "B3": ("brezeln", 2), "K4": ("kuchen", 1)}


class Silent:
    """A watcher that shows nothing."""

    def phase(self, name: str, total: int) -> None: ...

    def advance(self, what: str) -> None: ...

    def note(self, text: str) -> None: ...


def baskets() -> pd.DataFrame:
    """Baskets per day, outlet and article; Sundays are closed, summers are busy."""
    days = pd.date_range(FIRST_DAY, LAST_DAY)
    rng = np.random.default_rng(11)
    season = 1 + 0.3 * np.sin(2 * np.pi * (days.day_of_year - 80) / 365)
    frames = [
        pd.DataFrame(
            {
                "Tag": days,
                "Filiale": outlet,
                "Artikel": article,
                "Körbe": rng.poisson(metres / 5 * daily * season),
            }
        )
        for outlet, (_, _, metres) in OUTLETS.items()
        for article, (_, daily) in ARTICLES.items()
    ]
    rows = pd.concat(frames, ignore_index=True)
    return rows[rows["Tag"].dt.day_of_week != 6]


def write_files(folder: Path, deliveries: pd.DataFrame) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Filialen"
    sheet.append(["Landbrot GmbH"])
    sheet.append([])
    sheet.append(["Filiale", "Gebiet", "PLZ", "Regalmeter"])
    for outlet, row in OUTLETS.items():
        sheet.append([int(outlet), *row])
    book.save(folder / "filialen.xlsx")
    lines = [
        "Artikel\tWarengruppe\tStück je Korb",
        *(f"{a}\t{group}\t12" for a, (group, _) in ARTICLES.items()),
    ]
    (folder / "artikel.tsv").write_text("\n".join(lines) + "\n", encoding="latin-1")
    (folder / "lieferungen").mkdir()
    for month, rows in deliveries.groupby(deliveries["Tag"].dt.strftime("%Y-%m")):
        text = rows.assign(Tag=rows["Tag"].dt.strftime("%d.%m.%Y"), Körbe=[f"{k},0" for k in rows["Körbe"]])
        text.to_csv(folder / "lieferungen" / f"{month}.csv", sep=";", index=False, encoding="latin-1")


@pytest.fixture(scope="module")
def deliveries() -> pd.DataFrame:
    return baskets()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stranger") / "lake"


@pytest.fixture(scope="module")
def result(lake: Path, deliveries: pd.DataFrame) -> RunResult:
    data = lake.parent / "data"
    data.mkdir()
    write_files(data, deliveries)
    profile = shutil.copy(PROFILE, lake.parent / "profile.yml")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:  # an app is read for one profile
        return process.submit(run, Path(profile), data, lake, Silent(), workers=2).result()


@pytest.fixture(scope="module")
def forecasts(result: RunResult) -> pd.DataFrame:
    return pd.read_csv(result.folder / "forecasts.csv", dtype={"store_id": str}, parse_dates=["week_start"])


def test_nothing_fails_and_no_row_is_lost(result: RunResult, lake: Path, deliveries: pd.DataFrame) -> None:
    assert not result.failures
    shipped = read_tables(lake / "conditioned", result.versions).shipments["units_shipped"].sum()
    assert shipped == 12 * deliveries["Körbe"].sum()


def test_days_are_summed_to_weeks_that_start_on_wednesday(result: RunResult, lake: Path) -> None:
    weeks = read_tables(lake / "conditioned", result.versions).shipments["week_start"]
    assert set(weeks.dt.day_name()) == {"Wednesday"}
    assert weeks.min() == pd.Timestamp(FIRST_DAY)
    assert weeks.nunique() == 60


def test_every_outlet_and_article_gets_both_weeks_after_the_last_one(forecasts: pd.DataFrame) -> None:
    found = set(forecasts[["week_start", "store_id", "product_id"]].itertuples(index=False, name=None))
    weeks = pd.to_datetime(["2024-02-28", "2024-03-06"])
    assert found == {(week, outlet, article) for week in weeks for outlet in OUTLETS for article in ARTICLES}


def test_forecasts_are_near_what_the_client_expects(
    forecasts: pd.DataFrame, deliveries: pd.DataFrame
) -> None:
    recent = (
        deliveries[deliveries["Tag"] >= "2024-01-31"].groupby(["Filiale", "Artikel"])["Körbe"].sum() * 12 / 4
    )
    usual = forecasts.set_index(["store_id", "product_id"]).index.map(recent)
    assert np.abs(forecasts["forecast"] / usual - 1).mean() < 0.25


def test_zip_codes_and_formats_follow_the_profile(result: RunResult, lake: Path) -> None:
    stores = read_tables(lake / "conditioned", result.versions).stores
    found = stores.astype("str").set_index("store_id")[["market", "zip_code", "format"]]
    assert tuple(found.loc["7"]) == ("Nord", "01067", "large")
    assert tuple(found.loc["12"]) == ("Süd", "70173", "small")
