"""The protocol: where the rounds lie, what the score is, and what is said when the files are not there."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.orange_juice_protocol import (
    DataMissing,
    HistoryTooShort,
    geometric_mean,
    last_scored_week,
    mape,
    mape_by_round,
    read_sales,
    rounds,
)
from tests.benchmarks.juice import make_sales, write_files


def test_the_rounds_are_those_of_the_published_board():
    origins = rounds(160)
    assert [r.cutoff for r in origins] == list(range(135, 158, 2))
    assert [r.targets for r in origins][:2] == [(137, 138), (139, 140)]
    assert origins[-1].targets == (159, 160)


def test_too_short_a_history_says_which_last_week_would_do():
    with pytest.raises(HistoryTooShort, match="last_week=90 to be 91 or later"):
        rounds(90)


def test_a_last_week_that_the_data_do_not_reach_is_refused():
    sales = make_sales()
    assert last_scored_week(sales, None) == last_scored_week(sales, 91) == 91
    with pytest.raises(HistoryTooShort, match="week 92 was asked for, but the data end with week 91"):
        last_scored_week(sales, 92)


def test_sales_are_rounded_units_with_the_price_of_the_rows_own_brand(tmp_path):
    sales = make_sales()
    read = read_sales(write_files(tmp_path, sales))
    assert np.array_equal(read["units"], np.round(np.exp(sales["logmove"])))
    assert all(read["price"] == [row[f"price{int(row['brand'])}"] for _, row in sales.iterrows()])
    assert not {"logmove", "profit"} & set(read.columns)


def test_a_wrong_folder_names_the_file_and_the_remedy(tmp_path):
    with pytest.raises(
        DataMissing, match=r"no yx\.csv\.gz and no storedemo\.csv.*make benchmark-oj OJ=FOLDER"
    ):
        read_sales(tmp_path)


def test_the_score_pools_rows_that_exist_and_leaves_the_others_out():
    sales = pd.DataFrame(
        {"store": [1, 1, 1], "brand": [1, 1, 1], "week": [5, 6, 7], "units": [10.0, 20.0, 40.0]}
    )
    predictions = pd.DataFrame(
        {
            "round": [1, 1, 2, 2],
            "store": 1,
            "brand": 1,
            "week": [5, 6, 7, 8],
            "prediction": [15.0, 20.0, 30.0, 9.0],
        }
    )
    assert mape(predictions, sales) == pytest.approx(100 * (0.5 + 0.0 + 0.25) / 3)
    assert mape_by_round(predictions, sales, {"mape": "prediction"}) == [
        {"round": 1, "mape": pytest.approx(25.0)},
        {"round": 2, "mape": pytest.approx(25.0)},
    ]


def test_the_published_mean_forecast_is_the_geometric_mean():
    sales = pd.DataFrame({"store": [1, 1], "brand": [2, 2], "units": [10.0, 1000.0]})
    assert geometric_mean(sales)["mean_forecast"].tolist() == [pytest.approx(100.0)]
