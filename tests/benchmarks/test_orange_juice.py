"""The benchmark end to end on a small chain: every series is submitted, and no sales after the cutoff are seen."""

import json

import pandas as pd
import pytest

from benchmarks import orange_juice
from benchmarks.orange_juice_protocol import SUBMISSION_COLUMNS, read_sales, rounds
from tests.benchmarks.juice import LAST_WEEK, SILENT_STORE, UNLISTED_STORE, make_sales, write_files

LAST_ROUND = rounds(LAST_WEEK)[-1]


@pytest.fixture
def one_round(monkeypatch):
    """Only the last round is run, in this process."""
    monkeypatch.setattr(orange_juice, "rounds", lambda last_week: rounds(last_week)[-1:])


def run(folder, out):
    assert orange_juice.main(["--data", str(folder), "--out", str(out), "--workers", "1"]) == 0
    return pd.read_csv(out / "oj_submission.csv"), json.loads((out / "oj.json").read_text())


@pytest.fixture
def result(tmp_path, one_round):
    folder = write_files(tmp_path, make_sales())
    return *run(folder, tmp_path / "out"), read_sales(folder)


def test_a_store_that_the_store_list_lacks_gets_the_mean_forecast_and_that_is_said(
    tmp_path, one_round, capsys
):
    run(write_files(tmp_path, make_sales()), tmp_path / "out")
    assert "round 12: 22 rows have the mean forecast alone" in capsys.readouterr().out


def test_every_series_of_the_sales_file_is_submitted_for_both_weeks(result):
    submission, _, _ = result
    assert list(submission.columns) == SUBMISSION_COLUMNS
    assert submission.notna().all(axis=None)
    assert (submission["prediction"] > 0).all()
    assert set(submission["store"]) == {2, 5, 8, UNLISTED_STORE}
    assert SILENT_STORE not in set(submission["store"])
    assert len(submission) == 4 * 11 * 2
    assert set(submission["weeks_ahead"]) == {2, 3}


def test_the_scores_are_written_for_every_forecaster_and_round(result):
    _, scores, _ = result
    assert {"mape", "mape_lasso", "mape_network", "mape_historical_average", "mape_mean_forecast"} <= set(
        scores
    )
    assert scores["rounds"][0]["round"] == LAST_ROUND.number
    assert scores["mape"] < scores["mape_mean_forecast"]
    assert (scores["last_week"], scores["seed"]) == (LAST_WEEK, 7)


def test_sales_after_the_cutoff_change_nothing_but_the_score(tmp_path, result):
    submission, _, _ = result
    sales = make_sales()
    later = sales["week"] > LAST_ROUND.cutoff
    (tmp_path / "changed").mkdir()
    folder = write_files(tmp_path / "changed", sales.assign(logmove=sales["logmove"].where(~later, 3.0)))
    changed, _ = run(folder, tmp_path / "changed" / "out")
    pd.testing.assert_frame_equal(changed, submission)


def test_a_wrong_path_says_what_to_do(tmp_path, capsys):
    assert orange_juice.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "--data FOLDER" in capsys.readouterr().err
