"""Every command of `python -m training` on the sample company, with the network cut off."""

import json
import socket
from pathlib import Path

import pandas as pd
import pytest
import yaml

from local.ingest import condition_pending, find_files, open_lake, receive
from shared.profile import load_profile
from tests.local.conftest import SAMPLE, quick_profile
from tests.training.company import Company
from tests.training.workbench.conftest import write_panel
from training.candidates.registry import CANDIDATES
from training.steps import train
from training.steps.folders import write_json
from training.workbench.cli import main
from training.workbench.panels import find_panels
from training.workbench.prepare import current_versions

CELLS = ["massachusetts.large", "massachusetts.small", "north-texas.large", "north-texas.small"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def between_processes_only(own: socket.socket, address: str) -> None:
        assert own.family == socket.AF_UNIX, f"the network is cut off: {address}"
        connect(own, address)

    monkeypatch.setattr(socket.socket, "connect", between_processes_only)


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sample company's lake, conditioned only, and its profile. Not to be written to."""
    folder = tmp_path_factory.mktemp("sample")
    path, root = quick_profile(folder / "quick.yml"), folder / "lake"
    root.mkdir()
    profile = load_profile(path)
    opened = open_lake(root, profile)
    receive(opened, find_files(profile, SAMPLE), advance=lambda: None)
    assert [e for _, e in condition_pending(opened, profile, path, root, workers=1) if e] == []
    opened.materialise()
    return root, path


@pytest.fixture(scope="session")
def panels(lake: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Panels of all its cells. Not to be written to."""
    root, profile = lake
    output = tmp_path_factory.mktemp("prepared")
    assert main(["prepare", "--lake", str(root), "--profile", str(profile), "--output", str(output)]) == 0
    return output


@pytest.fixture
def bench(tmp_path: Path):
    """Run a command with its experiments and outputs in a temporary folder; returns the exit code."""

    def run(command: str, panel: Path, *more: str) -> int:
        return main([command, "--panel", str(panel), "--experiments", str(tmp_path / "experiments"), *more])

    return run


def test_prepare_leaves_a_panel_per_cell(panels):
    assert [place.folder.parent.name for place in find_panels([panels])] == CELLS
    assert find_panels([panels / CELLS[0]])[0].cell == ("Massachusetts", "large")


def test_one_cell_is_prepared_from_named_versions_as_well(lake, panels, tmp_path):
    root, profile = lake
    write_json(tmp_path / "versions.json", current_versions(root))
    named = ["--conditioned", str(root / "conditioned"), "--versions", str(tmp_path / "versions.json")]
    cell = ["--market", "North Texas", "--format", "small", "--profile", str(profile)]
    assert main(["prepare", *named, *cell, "--output", str(tmp_path / "panels")]) == 0
    (place,) = find_panels([tmp_path / "panels"])
    assert place.fingerprint == find_panels([panels / "north-texas.small"])[0].fingerprint


def test_experiment_prints_what_it_came_to_and_is_not_run_again(panels, bench, capsys):
    assert bench("experiment", panels, "--model", "ridge") == 0
    first = capsys.readouterr().out
    assert bench("experiment", panels, "--model", "ridge") == 0
    again = capsys.readouterr().out
    line = next(text for text in first.splitlines() if text.startswith("ridge: MAPE 0."))
    assert line in again
    assert "4 of 4 had been run before" in again


def test_experiment_says_what_a_change_of_the_code_has_brought(panels, bench, tmp_path, capsys):
    bench("experiment", panels / CELLS[0], "--model", "ridge")
    (folder,) = (tmp_path / "experiments").iterdir()
    folder.rename(folder.with_name("ridge-made-by-other-code"))
    bench("experiment", panels / CELLS[0], "--model", "ridge")
    said = capsys.readouterr().out
    assert "Before this change of the code: MAPE 0." in said
    assert "Of 4 weeks, 0 are better now and 0 worse" in said


def test_tune_writes_a_fragment_for_the_profile(panels, bench, lake, tmp_path, capsys):
    best = tmp_path / "tuned.yml"
    more = ["--model", "lasso", "--trials", "2", "--slot", "fast", "--output", str(best)]
    assert bench("tune", panels / CELLS[0], *more) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("profile", "trial 1", "trial 2"))
    profile = yaml.safe_load(lake[1].read_text())
    profile["forecasting"] |= yaml.safe_load(best.read_text())["forecasting"]
    (tmp_path / "changed.yml").write_text(yaml.safe_dump(profile))
    load_profile(tmp_path / "changed.yml")


def test_compare_ranks_all_candidates_on_the_same_rows(panels, bench, tmp_path, capsys):
    output = tmp_path / "bakeoff"
    assert (
        bench("compare", panels / CELLS[0], "--output", str(output), "--slot", "fast", "--set", "epochs=1")
        == 0
    )
    ranking = pd.read_csv(output / "bakeoff.csv")
    assert set(ranking["name"]) == set(CANDIDATES)
    assert ranking["mape"].is_monotonic_increasing
    assert ranking[["n_used", "n_zero"]].drop_duplicates().shape == (1, 2)
    facts = [json.loads(p.read_text()) for p in (tmp_path / "experiments").glob("*/metrics.json")]
    assert len(facts) == len(CANDIDATES)
    assert len({(f["rows"], *f["week_range"], *f["lead_range"]) for f in facts}) == 1
    assert f"All on the same {facts[0]['rows']} rows" in (output / "bakeoff.md").read_text()
    assert "Bake-off" in capsys.readouterr().out


def test_two_processes_come_to_the_same_ranking(panels, bench, tmp_path):
    rankings = []
    for workers in ("1", "2"):
        more = ["--models", "seasonal_naive", "--workers", workers, "--output", str(tmp_path / workers)]
        bench("compare", panels, *more, "--experiments", str(tmp_path / f"experiments {workers}"))
        rankings.append(pd.read_csv(tmp_path / workers / "bakeoff.csv").drop(columns="seconds"))
    pd.testing.assert_frame_equal(*rankings)


@pytest.mark.parametrize("by", ["velocity", "week_start"])
def test_evaluate_prints_all_metrics_beside_both_baselines(panels, bench, capsys, by):
    assert bench("evaluate", panels / CELLS[1], "--model", "lasso", "--by", by, "--slot", "fast") == 0
    said = capsys.readouterr().out
    for word in ("MAPE", "n used", "n zero", "RMSE 0", "RMSE All", "WAPE", "Bias", "historical_average"):
        assert word in said


def test_evaluate_reads_an_experiments_folder(panels, bench, tmp_path, capsys):
    bench("experiment", panels / CELLS[0], "--model", "seasonal_naive")
    (folder,) = (tmp_path / "experiments").iterdir()
    assert bench("evaluate", panels / CELLS[0], "--model", str(folder)) == 0
    assert "seasonal_average" in capsys.readouterr().out


def test_evaluate_judges_what_a_train_step_has_left(panels, bench, tmp_path, capsys):
    features, trained = panels / CELLS[0] / "features", tmp_path / "train"
    assert train.STEP.main(["--features", str(features), "--output", str(trained)]) == 0
    assert bench("evaluate", features, "--model", str(trained)) == 0
    said = capsys.readouterr().out
    assert "fast: gate " in said
    assert "network" in said
    assert bench("evaluate", panels, "--model", str(trained)) == 1
    assert "was trained on one panel" in capsys.readouterr().out


def test_a_panel_that_is_too_short_is_left_out_for_all(panels, bench, tmp_path, capsys):
    short = write_panel(
        tmp_path / "panels" / "short", Company(n_stores=2, n_products=2, n_weeks=6), market="New"
    )
    more = ["--models", "seasonal_naive", "--output", str(tmp_path / "bakeoff")]
    assert (
        bench("compare", panels / CELLS[0], "--panel", str(short.folder), str(panels / CELLS[0]), *more) == 0
    )
    said = capsys.readouterr().out
    assert "left out: New / large: 6 weeks known" in said
    assert "1 cell(s)" in said
    assert bench("compare", short.folder, *more) == 1
    assert "no panel is long enough" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prepare"], "give --lake, or --conditioned and --versions"),
        (["prepare", "--lake", "nowhere"], "Give the folder of a lake that a run has filled"),
        (
            ["experiment", "--model", "ridge", "--panel", "nowhere"],
            "Make one with 'python -m training prepare'",
        ),
        (["evaluate", "--model", "nowhere", "--panel", "."], "no panel in ."),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert said in capsys.readouterr().out.replace("\n", " ")


def test_a_cell_that_does_not_exist_is_answered_with_those_that_do(lake, tmp_path, capsys):
    root, profile = lake
    arguments = ["prepare", "--lake", str(root), "--profile", str(profile), "--market", "Atlantis"]
    assert main([*arguments, "--output", str(tmp_path)]) == 1
    assert "There are: Massachusetts / large; " in capsys.readouterr().out.replace("\n", " ")


def test_what_is_no_model_is_answered_with_what_is(panels, bench, capsys):
    assert bench("evaluate", panels, "--model", "crystal_ball") == 1
    assert "no model (historical_average, " in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize("command", ["", "prepare", "experiment", "tune", "evaluate", "compare"])
def test_help_is_there(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*([command] if command else []), "--help"])
    assert "usage: python -m training" in capsys.readouterr().out
