"""A run's numbers come from its rows: pooled over what was held out."""

import pandas as pd
import pytest

from local.summary import accuracy

ROWS = pd.DataFrame(
    {
        "market": ["A", "A", "B", "B"],
        "actual": [10.0, 0.0, 20.0, 10.0],
        "forecast": [9.0, 2.0, 10.0, 10.0],
        "historical_average": [5.0, 5.0, 10.0, 5.0],
        "seasonal_average": [10.0, 0.0, 20.0, 10.0],
    }
)


def test_accuracy_per_market_and_over_all_rows():
    a, b, everything = accuracy(ROWS, ["market"])
    assert (a["market"], a["mape"], a["baseline_mape"], a["n_zero"]) == ("A", pytest.approx(0.1), 0.5, 1)
    assert (b["mape"], b["reduction"], b["rmse_zero"]) == (0.25, pytest.approx(0.5), None)
    assert everything["market"] == "all"
    assert everything["mape"] == pytest.approx((0.1 + 0.5 + 0.0) / 3)
