"""The peer's published features, and that it sees no sales after the cutoff."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.lightgbm_peer import PeerSettings, build_features, forecast_round
from benchmarks.orange_juice_protocol import Round, read_sales
from tests.benchmarks.juice import UNLISTED_STORE, make_sales, write_files

ORIGIN = Round(number=1, cutoff=80)


@pytest.fixture
def sales(tmp_path):
    return read_sales(write_files(tmp_path, make_sales()))


def of(table, **key):
    return table[np.logical_and.reduce([table[name] == value for name, value in key.items()])].iloc[0]


def test_lags_and_the_mean_start_two_weeks_before_the_target(sales):
    row = of(build_features(sales, ORIGIN), store=2, brand=3, week=82)
    known = sales[(sales["store"] == 2) & (sales["brand"] == 3)].set_index("week")["units"]
    assert row["units_lag2"] == known[80]
    assert row["units_lag19"] == known[63]
    assert row["units_mean"] == pytest.approx(known.loc[41:80].mean())


def test_the_price_is_set_against_the_mean_of_the_stores_brands(sales):
    row = of(build_features(sales, ORIGIN), store=5, brand=1, week=83)
    raw = of(sales, store=5, brand=1, week=83)
    assert row["price_ratio"] == pytest.approx(
        raw["price1"] / np.mean([raw[f"price{b}"] for b in range(1, 12)])
    )


def test_a_missing_week_is_filled_forward(sales):
    table = build_features(sales, ORIGIN)
    gap, before = (of(table, store=UNLISTED_STORE, brand=1, week=week) for week in (60, 59))
    assert gap["units"] == before["units"]


def test_the_calendar_is_that_of_the_weeks_first_day(sales):
    row = of(build_features(sales, ORIGIN), store=2, brand=1, week=40)  # starts on 1990-06-14
    assert (row["month"], row["week_of_month"]) == (6, 3)


def test_sales_after_the_cutoff_change_nothing(sales):
    settings = PeerSettings(trees=3)
    changed = sales.assign(units=sales["units"].where(sales["week"] <= ORIGIN.cutoff, 7.0))
    expected = forecast_round(sales, ORIGIN, settings)
    pd.testing.assert_frame_equal(forecast_round(changed, ORIGIN, settings), expected)
    assert len(expected) == 4 * 11 * 2
    assert set(expected["weeks_ahead"]) == {2, 3}
