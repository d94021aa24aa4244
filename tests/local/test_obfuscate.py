"""A sample that leaves the house: it names nobody, nobody is found in it, and it is still a client's data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.__main__ import main
from local.ingest import condition_pending, find_files, open_lake, receive
from local.obfuscate import KEY_VARIABLE, Options, obfuscate, read_lake, read_secret
from local.obfuscation.check import leaks, smallest_class, true_names
from local.obfuscation.files import read_sample
from local.obfuscation.key import Key
from local.obfuscation.sample import SampleSize
from local.obfuscation.series import disturbed
from local.obfuscation.surroundings import rounded
from local.simulate import simulate
from local.simulation.company import CompanySize
from shared.errors import Reidentifiable, ShelfcastError
from shared.lake import quality_report
from shared.profile import load_profile

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "config" / "default.yml"
KEY = Key(b"the sample of the tests")
OPTIONS = Options(size=SampleSize(stores=8, products=6, weeks=40))


def fill_lake(profile: Path, data: Path, root: Path):
    """Condition all files under the data folder; returns the lake and its dataset versions."""
    client = load_profile(profile)
    lake = open_lake(root, client)
    receive(lake, find_files(client, data), advance=lambda: None)
    assert not [error for _, error in condition_pending(lake, client, profile, root, workers=1) if error]
    return lake, lake.materialise()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the lake of a company with twenty large and twenty small stores in four markets."""
    folder = tmp_path_factory.mktemp("company")
    simulate(folder / "data", company=CompanySize(markets=4, stores=40, products=7, weeks=44), seed=3)
    fill_lake(PROFILE, folder / "data", folder / "lake")
    return folder / "lake"


@pytest.fixture(scope="module")
def sample(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sample by the usual rules. Not to be written to."""
    out = tmp_path_factory.mktemp("sample") / "out"
    obfuscate(lake, load_profile(PROFILE), KEY, out, OPTIONS)
    return out


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def weekly_totals(shipments: pd.DataFrame) -> pd.DataFrame:
    plain = shipments.assign(product_id=shipments["product_id"].astype(str))
    return plain.pivot_table(index="week_start", columns="product_id", values="units_shipped", aggfunc="sum")


def test_the_generated_profile_conditions_the_sample_without_a_rejected_row(sample: Path, tmp_path: Path):
    lake, versions = fill_lake(sample / "profile.yml", sample, tmp_path / "lake")
    made = read_sample(sample)
    assert {table: version.rows.weekly_rows for table, version in versions.items()} == {
        table: len(frame) for table, frame in made.items()
    }
    for counts in quality_report(lake).sources.values():
        assert (dict(counts.rejected), dict(counts.orphaned), counts.superseded) == ({}, {}, 0)


def test_joins_hold(sample: Path):
    made = read_sample(sample)
    stores, products = set(made["stores"]["store_id"]), set(made["products"]["product_id"])
    for table in ("shipments", "returns", "promotions"):
        assert set(made[table]["store_id"]) <= stores
        assert set(made[table]["product_id"]) <= products
    assert set(made["demographics"]["store_id"]) == stores
    for table in ("weather_history", "weather_forecast"):
        assert set(made[table]["zip_code"]) == set(made["stores"]["zip_code"])
    local = made["events"].dropna(subset="scope_id")
    assert set(local["scope_id"]) <= stores | set(made["stores"]["market"])


def test_stores_that_share_a_zip_code_still_do(lake: Path, sample: Path):
    true = read_lake(lake).stores
    new = {KEY.pseudonym("zip", z, 4): z for z in true["zip_code"]}
    own = {
        "S" + KEY.pseudonym("store", s, 7): z for s, z in zip(true["store_id"], true["zip_code"], strict=True)
    }
    stores = read_sample(sample)["stores"]
    assert stores["zip_code"].str[1:].map(new).tolist() == stores["store_id"].map(own).tolist()
    assert stores["zip_code"].str.fullmatch("Z[A-Z2-7]{4}").all()


def test_every_cell_has_two_stores_and_sells_something(sample: Path):
    made = read_sample(sample)
    cells = made["stores"].groupby(["market", "format"])["store_id"]
    assert cells.size().tolist() == [2, 2, 2, 2]
    assert cells.agg(lambda ids: ids.isin(made["shipments"]["store_id"]).all()).all()


def test_no_true_name_is_in_any_file(lake: Path, sample: Path):
    names = true_names(read_lake(lake), load_profile(PROFILE))
    assert {"st0001", "sku001", "north texas", "75201", "südwind provisions"} <= names
    text = " ".join(path + file.decode() for path, file in content(sample).items()).casefold()
    # As parts of words too, but for plain numbers, which units and prices may happen to be.
    assert [name for name in names if not name.isdigit() and name in text] == []


@pytest.mark.parametrize("planted", ["North Texas", "a shop in NORTH TEXAS, west", "75201", "SKU001"])
def test_a_true_name_is_found_wherever_it_is_planted(lake: Path, sample: Path, planted: str):
    made, tables = read_sample(sample), read_lake(lake)
    made["events"].loc[0, "name"] = planted
    found = list(leaks(sample, made, tables, load_profile(PROFILE)))
    assert [(where, name) for where, name in found if name in planted.casefold()] == found
    assert len(found) == 1


def test_the_same_key_and_seed_give_the_same_bytes_and_another_key_other_ids(
    lake: Path, sample: Path, tmp_path: Path
):
    profile = load_profile(PROFILE)
    obfuscate(lake, profile, KEY, tmp_path / "again", OPTIONS)
    obfuscate(lake, profile, Key(b"quite another secret key"), tmp_path / "other", OPTIONS)
    assert content(tmp_path / "again") == content(sample)
    one, other = read_sample(sample), read_sample(tmp_path / "other")
    for table, name in (("stores", "store_id"), ("products", "product_id"), ("stores", "zip_code")):
        assert not set(one[table][name]) & set(other[table][name])


def test_dates_move_by_whole_years_of_weeks_or_not_at_all(lake: Path, sample: Path, tmp_path: Path):
    last = read_lake(lake).shipments["week_start"].max()
    moved = last - read_sample(sample)["shipments"]["week_start"].max()
    assert moved.days > 0
    assert moved.days % (52 * 7) == 0
    obfuscate(lake, load_profile(PROFILE), KEY, tmp_path / "kept", replace(OPTIONS, move_dates=False))
    assert read_sample(tmp_path / "kept")["shipments"]["week_start"].max() == last


@given(
    units=st.lists(st.one_of(st.integers(0, 10_000).map(float), st.just(np.nan)), min_size=1, max_size=30),
    scale=st.floats(1e-3, 1e3),
)
def test_zeros_stay_zeros_and_whole_numbers_whole(units: list[float], scale: float):
    before = np.array(units)
    after = disturbed(before, np.full(len(units), scale), whole=True)
    known = ~np.isnan(before)
    assert (np.isnan(after) == ~known).all()
    assert ((after[known] == 0) == (before[known] == 0)).all()
    assert (after[known] == np.round(after[known])).all()


def test_the_sample_sells_as_the_client_does(lake: Path, sample: Path):
    """Seasons survive: totals of a product over stores go up and down with the true ones."""
    true, made = (weekly_totals(s) for s in (read_lake(lake).shipments, read_sample(sample)["shipments"]))
    moved = made.set_index(made.index + (true.index.max() - made.index.max()))
    names = {"P" + KEY.pseudonym("product", product, 7): product for product in true}
    likeness = [true[names[product]].corr(moved[product]) for product in moved]
    assert len(likeness) == 6
    assert np.mean(likeness) > 0.7


def test_the_attack_finds_noisy_series_and_not_mixed_ones(sample: Path):
    report = json.loads((sample / "reidentification.json").read_text())
    assert report["series_without_mixing"] > 0.8
    assert report["reidentified"]["series"]["share"] < 0.2
    assert report["reidentified"]["stores by their sales"]["share"] <= 0.25
    assert report["smallest_class"] >= 2


def test_noise_without_mixing_is_refused_and_leaves_nothing(lake: Path, tmp_path: Path):
    with pytest.raises(Reidentifiable, match=r"series: .* found"):
        obfuscate(lake, load_profile(PROFILE), KEY, tmp_path / "out", replace(OPTIONS, group_stores=1))
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_alone_in_its_class_is_seen(sample: Path):
    stores = read_sample(sample)["stores"]
    assert smallest_class(stores) == 2
    assert smallest_class(stores.assign(storage_capacity=np.arange(len(stores)))) == 1


def test_the_command_says_what_the_attacks_found(lake: Path, tmp_path: Path, capsys, monkeypatch):
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
    arguments = ["obfuscate", "--lake", str(lake), "--profile", str(PROFILE), "--out", str(tmp_path / "out")]
    size = ["--stores", "4", "--products", "3", "--weeks", "30", "--key-file", str(tmp_path / "key")]
    assert main([*arguments, *size]) == 0
    assert "Found, series: " in capsys.readouterr().out
    assert main([*arguments, *size]) == 1
    assert "is not empty" in capsys.readouterr().out
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert main(arguments) == 1
    assert KEY_VARIABLE in capsys.readouterr().out


def test_the_key_comes_from_the_environment_too_and_is_not_short(monkeypatch, tmp_path: Path):
    monkeypatch.setenv(KEY_VARIABLE, "an environment's secret key")
    assert read_secret(None) == b"an environment's secret key"
    with pytest.raises(ShelfcastError, match="no key file"):
        read_secret(tmp_path / "absent")
    with pytest.raises(ShelfcastError, match="at least 16"):
        Key(b"short")


def test_neutral_names_avoid_those_that_are_true():
    made = KEY.neutral("Market", ["Market 1", "Texas"], taken={"Market 1", "Texas"})
    assert set(made.values()) == {"Market 2", "Market 3"}


def test_attributes_are_rounded_to_two_digits():
    values = pd.Series([0.0, 0.3856, 38.54, 67_432.0, np.nan])
    assert rounded(values, 2).tolist()[:4] == [0.0, 0.39, 39.0, 67_000.0]


def test_a_lake_that_is_none_is_named(tmp_path: Path):
    with pytest.raises(ShelfcastError, match="is no lake"):
        read_lake(tmp_path / "absent")


@pytest.mark.parametrize("size", [{"stores": 1}, {"products": 0}, {"weeks": 2}])
def test_a_sample_of_nothing_is_refused(size: dict[str, int]):
    with pytest.raises(ShelfcastError, match="a sample has at least"):
        SampleSize(**size)
