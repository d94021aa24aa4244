"""A ranking is by one number, on the same rows."""

import pandas as pd
import pytest

from shared.errors import TrainingError
from training.steps.folders import write_json
from training.workbench.experiments import METRICS, ROWS, Experiment
from training.workbench.ranking import rank, weeks_better
from training.workbench.tables import judged_on, markdown, metric_frame, ranking_frame

ACTUAL = [10.0, 20.0, 0.0, 40.0]


@pytest.fixture
def experiment(tmp_path):
    def make(
        name: str, forecast: list[float], *, actual: list[float] = ACTUAL, market: str = "North"
    ) -> Experiment:
        folder = tmp_path / f"{name}-{market}"
        folder.mkdir()
        rows_of(forecast, actual=actual, market=market).to_parquet(folder / ROWS)
        write_json(folder / METRICS, {"seconds": 1.5, "baseline_instead": {}})
        return Experiment(folder)

    return make


def rows_of(forecast: list[float], *, actual: list[float] = ACTUAL, market: str = "North") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "market": market, "format": "large", "store_id": ["A", "B", "A", "B"], "product_id": "P", "lead": 1,
            "week_start": pd.to_datetime(["2020-01-06", "2020-01-06", "2020-01-13", "2020-01-13"]),
            "velocity": "fast", "actual": actual, "forecast": forecast, "historical_average": 20.0,
            "seasonal_average": 30.0,
        }
    )  # fmt: skip


PERFECT, HALF, FLAT = ACTUAL, [5.0, 10.0, 1.0, 20.0], [20.0, 20.0, 20.0, 20.0]


def test_the_least_error_comes_first(experiment):
    candidates = {
        "flat": [experiment("flat", FLAT)],
        "perfect": [experiment("perfect", PERFECT)],
        "half": [experiment("half", HALF)],
    }
    found = rank(candidates, by="mape", reference="flat")
    assert [s.name for s in found.standings] == ["perfect", "flat", "half"]
    assert [s.metrics.mape for s in found.standings] == pytest.approx([0.0, 0.5, 0.5])
    assert [s.weeks_better for s in found.standings] == [2, 0, 0]
    assert found.standings[0].reduction == 1.0
    assert (found.rows, found.cells, found.weeks, found.leads) == (4, 1, ("2020-01-06", "2020-01-13"), (1,))


def test_another_number_gives_another_order(experiment):
    candidates = {"half": [experiment("half", HALF)], "flat": [experiment("flat", FLAT)]}
    assert [s.name for s in rank(candidates, by="rmse_all", reference="flat").standings] == ["half", "flat"]


def test_the_cells_are_pooled(experiment):
    pair = [experiment("perfect", PERFECT), experiment("flat", FLAT, market="South")]
    found = rank({"pair": pair}, by="mape", reference="pair")
    assert (found.cells, found.rows) == (2, 8)
    assert found.standings[0].metrics.mape == pytest.approx(0.25)
    assert found.standings[0].seconds == 3.0


@pytest.mark.parametrize("other", [{"market": "South"}, {"actual": [10.0, 20.0, 0.0, 41.0]}])
def test_candidates_that_were_judged_on_other_rows_are_not_compared(experiment, other):
    candidates = {"a": [experiment("a", FLAT)], "b": [experiment("b", FLAT, **other)]}
    with pytest.raises(TrainingError, match="b was judged on 4 other rows"):
        rank(candidates, by="mape", reference="a")


def test_an_undefined_number_comes_last(experiment):
    nothing = [0.0] * 4
    candidates = {
        "a": [experiment("a", FLAT, actual=nothing)],
        "b": [experiment("b", PERFECT, actual=nothing)],
    }
    found = rank(candidates, by="mape", reference="a")
    assert [s.metrics.mape for s in found.standings] == [None, None]
    assert "| - |" in markdown(ranking_frame(found))


def test_equal_weeks_are_not_better():
    assert weeks_better(rows_of(FLAT), rows_of(FLAT), by="mape") == 0


def test_the_report_says_what_all_were_judged_on(experiment):
    found = rank({"flat": [experiment("flat", FLAT)]}, by="wape", reference="flat")
    said = judged_on(found)
    assert "the same 4 rows: 1 cell(s), 2 weeks (2020-01-06 to 2020-01-13), lead(s) 1 to 1" in said
    assert "ranked by WAPE" in said


def test_metrics_are_given_per_group_and_over_all():
    frame = metric_frame(rows_of(HALF), "week_start")
    first = frame.iloc[0]
    assert (first["forecaster"], first["mape"], first["n_used"], first["n_zero"]) == ("forecast", 0.5, 2, 0)
    assert list(frame["group"].unique())[-1] == "all"
    assert list(frame["forecaster"].unique()) == ["forecast", "historical_average", "seasonal_average"]
