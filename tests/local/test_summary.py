"""A run's numbers come from its rows: pooled over what was held out, and counted over what was to be scored."""

import pandas as pd
import pytest

from local.cells import CellOutcome
from local.summary import accuracy, row_counts
from training.steps.program import StepReport

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


def outcome(tmp_path, *reports: StepReport) -> CellOutcome:
    return CellOutcome(market="A", format="large", folder=tmp_path, steps={r.step: r for r in reports})


def report(
    step: str, rows_in: int, rows_out: int, status: str = "succeeded", **quarantined: int
) -> StepReport:
    return StepReport(
        step=step, status=status, key="", rows_in=rows_in, rows_out=rows_out, quarantined=quarantined
    )


def test_rows_in_are_scored_or_quarantined(tmp_path):
    done = outcome(
        tmp_path, report("score", 10, 10), report("validate_results", 10, 8, twice=2), report("publish", 8, 8)
    )
    assert row_counts([done]) == {"A": {"rows_in": 10, "scored": 8, "quarantined": 2}}


def test_a_cell_that_could_not_publish_holds_all_its_rows_back(tmp_path):
    failed = outcome(
        tmp_path,
        report("score", 10, 10),
        report("validate_results", 10, 10),
        report("publish", 0, 0, "failed"),
    )
    assert row_counts([failed]) == {"A": {"rows_in": 10, "scored": 0, "quarantined": 10}}
