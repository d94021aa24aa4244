"""The gate for demand that is mostly zero: WAPE and RMSE All, where MAPE looks at a quarter of the rows."""

import numpy as np

from training.metrics import Metrics, judge_all_rows, measure

ACTUAL = np.array([0.0, 0.0, 0.0, 12.0])


def flat(forecast: float) -> Metrics:
    return measure(ACTUAL, np.full(4, forecast))


def test_a_model_passes_that_is_better_than_both_baselines_on_both_numbers() -> None:
    model = measure(ACTUAL, np.array([1.0, 1.0, 1.0, 6.0]))
    assert judge_all_rows(model, [flat(3.0), flat(4.0)]) == (
        True,
        "WAPE and RMSE All are below both baselines'",
    )


def test_a_forecast_of_zero_has_the_least_wape_and_does_not_pass() -> None:
    passed, reason = judge_all_rows(flat(0.0), [flat(3.0), flat(4.0)])
    assert not passed
    assert reason == "RMSE All 6.0000 is not below the better baseline's 5.1962"


def test_equal_is_not_better() -> None:
    passed, reason = judge_all_rows(flat(3.0), [flat(3.0)])
    assert not passed
    assert "WAPE 1.5000" in reason
    assert "RMSE All 5.1962" in reason


def test_without_demand_in_the_held_out_weeks_nothing_is_defined() -> None:
    nothing = measure(np.zeros(3), np.ones(3))
    assert judge_all_rows(nothing, [nothing]) == (
        False,
        "no held-out week with demand: its WAPE is undefined",
    )
