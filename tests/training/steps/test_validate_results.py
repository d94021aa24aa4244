"""What may not leave is held back with its reason, and nothing else is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.steps.validate_results import find_faults


def rows(*forecasts: float) -> pd.DataFrame:
    stores = [f"S{i}" for i in range(len(forecasts))]
    return pd.DataFrame(
        {"store_id": stores, "product_id": "P", "week_start": "2019-08-05", "forecast": forecasts}
    )


@pytest.mark.parametrize(
    ("forecast", "reason"),
    [
        (0.0, ""),
        (12.5, ""),
        (400.0, ""),
        (400.1, "implausibly_large"),
        (-0.1, "negative"),
        (np.nan, "not_finite"),
        (np.inf, "not_finite"),
    ],
)
def test_reasons(forecast, reason):
    assert list(find_faults(rows(forecast), {"P": 40.0})) == [reason]


def test_a_pair_twice_is_held_back_the_second_time():
    twice = pd.concat([rows(5.0), rows(6.0)], ignore_index=True)
    assert list(find_faults(twice, {"P": 40.0})) == ["", "twice"]


def test_a_product_that_never_sold_has_no_largest_week():
    assert list(find_faults(rows(1e6), {})) == [""]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=20))
def test_every_sound_forecast_is_a_plausible_number(forecasts):
    table = rows(*forecasts)
    sound = table[find_faults(table, {"P": 40.0}) == ""]
    assert sound["forecast"].between(0, 400).all()
