"""An experiment answers one question, once, the same way every time."""

import shutil

import numpy as np
import pandas as pd
import pytest

from shared.errors import NotEnoughHistory, TrainingError
from tests.training.workbench.conftest import HELD_OUT, VALIDATION
from training.archive import load_panel, save_panel
from training.evaluation import evaluate
from training.steps.folders import PANEL
from training.workbench.experiments import METRICS, ROWS, Experiment, Question, earlier, run, run_all
from training.workbench.panels import PanelFolder, fold


def ask(place: PanelFolder, candidate: str = "ridge", weeks: str = "held-out", **changes: object) -> Question:
    settings = place.settings.model_copy(update=changes)
    return Question(panel=place, candidate=candidate, settings=settings, slots=("slow", "fast"), weeks=weeks)


def test_rows_and_metrics_of_the_held_out_weeks_are_kept(place, tmp_path):
    found = run(ask(place), tmp_path)
    known = load_panel(place.folder / PANEL)
    first, last = known.weeks[known.n_known - HELD_OUT], known.weeks[known.n_known - 1]
    assert found.facts["week_range"] == [str(first), str(last)]
    assert found.facts["rows"] == len(found.rows) == known.n_series * HELD_OUT
    assert set(found.rows["velocity"]) == {"slow", "fast"}
    assert set(found.facts["metrics"]) == {"forecast", "historical_average", "seasonal_average"}


def test_the_ensemble_is_judged_as_a_run_judges_it(place, tmp_path):
    judged = fold(place, place.settings, "held-out")
    expected = evaluate(judged.panel, judged.settings, series=judged.series("fast")).rows
    rows = run(ask(place, "ensemble"), tmp_path).rows.query("velocity == 'fast'").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[list(expected)], expected, check_dtype=False)


def test_the_same_question_is_not_worked_on_again(place, tmp_path):
    folder = run(ask(place), tmp_path).folder
    (folder / ROWS).write_text("untouched")
    assert run(ask(place), tmp_path).folder == folder
    assert (folder / ROWS).read_text() == "untouched"


@pytest.mark.parametrize("other", [{"seed": 8}, {"candidate": "lasso"}, {"weeks": "validation"}])
def test_another_question_has_another_folder(place, other):
    assert ask(place, **other).folder != ask(place).folder


def test_the_same_question_has_the_same_rows_byte_for_byte(place, tmp_path):
    a, b = (run(ask(place, "network"), tmp_path / name).folder for name in "ab")
    assert (a / ROWS).read_bytes() == (b / ROWS).read_bytes()


def test_what_a_killed_experiment_left_is_no_experiment(place, tmp_path):
    question = ask(place, "seasonal_naive")
    half = tmp_path / f"{question.folder}.partial"
    half.mkdir()
    (half / "half a file").write_text("")
    assert sorted(p.name for p in run(question, tmp_path).folder.iterdir()) == [METRICS, ROWS]
    assert not half.exists()


def test_a_slot_without_enough_history_is_forecast_by_the_average_and_says_so(place, tmp_path):
    found = run(ask(place, minimum_weeks=300), tmp_path)
    assert "74 weeks known" in found.facts["baseline_instead"]["slow"]
    assert found.rows["forecast"].equals(found.rows["historical_average"])


def test_a_panel_that_is_too_short_has_no_answer(place, tmp_path):
    ((_, answer),) = run_all([ask(place, evaluation_weeks=80)], tmp_path)
    assert isinstance(answer, NotEnoughHistory)


def test_a_candidate_that_does_not_exist_is_refused(place):
    with pytest.raises(TrainingError, match="There are: historical_average, "):
        ask(place, "crystal_ball")


def test_validation_weeks_end_where_models_for_the_held_out_ones_are_trained_until(place, tmp_path):
    held_out, before = (
        run(ask(place, "ridge", weeks), tmp_path).rows for weeks in ("held-out", "validation")
    )
    assert before["week_start"].nunique() == VALIDATION
    assert before["week_start"].max() == held_out["week_start"].min() - pd.Timedelta(weeks=1)


@pytest.mark.parametrize("candidate", ["ridge", "ensemble"])
def test_nothing_is_tuned_on_the_held_out_weeks(place, tmp_path, candidate):
    """Held-out demand that is altered beyond recognition leaves the answer on validation weeks as it is."""
    altered = PanelFolder(shutil.copytree(place.folder, tmp_path / "altered"))
    panel = load_panel(place.folder / PANEL)
    panel.units[:, panel.n_known - HELD_OUT : panel.n_known] = 9_999.0
    save_panel(panel, altered.folder / PANEL)
    rows = [run(ask(p, candidate, "validation"), tmp_path / "e").rows for p in (place, altered)]
    assert place.fingerprint != altered.fingerprint
    pd.testing.assert_frame_equal(*rows)


def test_the_answer_of_the_code_before_is_found(place, tmp_path):
    question = ask(place)
    assert earlier(question, tmp_path) is None
    before = run(question, tmp_path).folder.rename(tmp_path / "ridge-0123456789ab")
    run(question, tmp_path)
    run(ask(place, seed=8), tmp_path)
    assert earlier(question, tmp_path) == Experiment(before)


def test_only_the_slots_asked_for_are_forecast(place, tmp_path):
    question = Question(panel=place, candidate="seasonal_naive", settings=place.settings, slots=("fast",))
    rows = run(question, tmp_path).rows
    assert set(rows["velocity"]) == {"fast"}
    assert np.isfinite(rows["forecast"]).all()
