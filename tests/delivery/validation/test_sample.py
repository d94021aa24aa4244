"""The stages on the sample, in this process, with a training of next to nothing."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from delivery.__main__ import main
from delivery.validation.config import CONFIG, Bounds
from delivery.validation.sample import SampleValidation


@pytest.fixture(scope="module")
def trained(conditioned, tiny, tmp_path_factory):
    """A level whose training stage has been run, and what it found."""
    folder = Path(shutil.copytree(conditioned, tmp_path_factory.mktemp("trained") / "level"))
    return folder, SampleValidation("tiny", tiny, folder).training()


def checks(report) -> dict[str, bool]:
    return {check.name: check.passed for check in report.checks}


def test_a_training_is_judged_and_repeated_to_the_same_bytes(trained):
    _, report = trained
    assert report.passed, report
    assert checks(report).keys() == {
        "every cell was trained",
        "models are registered",
        "metrics are within bounds",
        "states follow the gate",
        "trained twice, the same bytes",
    }
    assert {each["slot"] for each in report.facts["models"]} == {
        "massachusetts.large.slow",
        "massachusetts.large.fast",
    }


def test_what_was_trained_scores_every_row(trained, tiny):
    folder, _ = trained
    report = SampleValidation("tiny", tiny, folder).scoring()
    assert report.passed, report
    assert [check.name for check in report.checks] == [
        "every cell was scored",
        "rows in = scored + quarantined",
        "every row is complete",
        "models score",
    ]


def test_a_model_that_is_worse_than_its_bounds_fails_with_its_figures(trained, tiny):
    folder, _ = trained
    level = tiny.levels["tiny"].model_copy(
        update={"bounds": Bounds(max_mape=0.1, max_of_baseline=1), "repeat": False}
    )
    strict = tiny.model_copy(update={"levels": {"tiny": level}})
    report = SampleValidation("tiny", strict, folder).training()
    (failed,) = [check for check in report.checks if not check.passed]
    assert failed.name == "metrics are within bounds"
    assert "massachusetts.large.slow: MAPE" in failed.found
    assert "is above 0.1" in failed.found


def test_a_training_that_breaks_down_fails_with_its_step(conditioned, tiny, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(conditioned, tmp_path / "level"))

    def broken(*_: object, **__: object) -> None:
        raise MemoryError("no memory left")

    monkeypatch.setattr("training.steps.features.build_panel", broken)
    report = SampleValidation("tiny", tiny, folder).training()
    found = {check.name: check.found for check in report.checks if not check.passed}
    assert "features: MemoryError: no memory left" in found["every cell was trained"]
    assert found["models are registered"] == "no model was registered"


def test_the_word_writes_what_it_found_and_fails_with_the_stage(tmp_path, capsys):
    content = yaml.safe_load(CONFIG.read_text())
    content["max_rejected"] = 0.0001
    config = tmp_path / "validation.yml"
    config.write_text(yaml.safe_dump(content))
    out = tmp_path / "out"

    code = main(["validate", "--level", "L0", "--config", str(config), "--out", str(out)])

    assert code == 1
    written = json.loads((out / "L0" / "data.json").read_text())
    assert (written["stage"], written["of"], written["passed"]) == ("data", "L0", False)
    assert not (out / "L0" / "training.json").exists()
    shown = capsys.readouterr().out
    assert "data failed: rejected rows" in shown
    assert str(out / "L0" / "data.json") in shown.replace("\n", "")


def test_an_unknown_level_is_refused(capsys):
    assert main(["validate", "--level", "L9"]) == 1
    assert "has no L9. Use one of L0, L1" in capsys.readouterr().err
