"""A step's output appears whole, says what it did, and is not made twice."""

import argparse
import json
from pathlib import Path

import pytest

from shared.errors import RowsLost
from training.steps.program import REPORT, Result, Step, read_report


def count_lines(arguments: argparse.Namespace, output: Path) -> Result:
    lines = arguments.text.read_text().splitlines()
    if "poison" in lines:
        raise ValueError("poison in the input")
    (output / "count.txt").write_text(f"{arguments.prefix}{len(lines)}")
    return Result(rows_in=len(lines), rows_out=len(lines))


COUNT = Step(
    name="count",
    purpose="Counts lines.",
    body=count_lines,
    inputs=(("text", "A text file."),),
    parameters=(("prefix", "What to write first."),),
)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("a\nb\n")
    return path


def run(text: Path, output: Path, prefix: str = "n=") -> int:
    return COUNT.main(["--text", str(text), "--prefix", prefix, "--output", str(output)])


def test_a_step_reads_and_writes_folders_and_reports(text, tmp_path):
    assert run(text, tmp_path / "out") == 0
    report = json.loads((tmp_path / "out" / REPORT).read_text())
    assert (tmp_path / "out" / "count.txt").read_text() == "n=2"
    assert (report["step"], report["status"], report["rows_in"], report["rows_out"]) == (
        "count",
        "succeeded",
        2,
        2,
    )


def test_the_same_inputs_are_not_worked_on_again(text, tmp_path):
    run(text, tmp_path / "out")
    marker = tmp_path / "out" / "count.txt"
    marker.write_text("untouched")
    run(text, tmp_path / "out")
    assert marker.read_text() == "untouched"


@pytest.mark.parametrize("change", ["input", "parameter"])
def test_a_change_is_worked_on(text, tmp_path, change):
    run(text, tmp_path / "out")
    if change == "input":
        text.write_text("a\nb\nc\n")
    run(text, tmp_path / "out", prefix="m=" if change == "parameter" else "n=")
    assert (tmp_path / "out" / "count.txt").read_text() == {"input": "n=3", "parameter": "m=2"}[change]


def test_a_failure_says_why_and_is_tried_again(text, tmp_path, capsys):
    text.write_text("poison\n")
    assert run(text, tmp_path / "out") == 1
    report = read_report(tmp_path / "out")
    assert (report.status, report.error) == ("failed", "ValueError: poison in the input")
    assert "poison in the input" in capsys.readouterr().err
    text.write_text("fine\n")
    assert run(text, tmp_path / "out") == 0


def test_a_later_step_refuses_the_output_of_a_failed_one(text, tmp_path):
    text.write_text("poison\n")
    run(text, tmp_path / "first")
    later = Step(name="later", purpose="", body=count_lines, inputs=(("text", ""),))
    assert later.main(["--text", str(tmp_path / "first"), "--output", str(tmp_path / "second")]) == 1
    assert "a step that failed: ValueError: poison" in read_report(tmp_path / "second").error


def test_no_half_output_is_ever_seen(text, tmp_path):
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "left by a killed writer").write_text("")
    run(text, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["count.txt", REPORT]


def test_losing_a_row_is_an_error():
    with pytest.raises(RowsLost, match="1 unaccounted"):
        Result(rows_in=3, rows_out=1, quarantined={"not_finite": 1})
