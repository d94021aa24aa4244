"""What is said of planted defects."""

import io

import pytest
from rich.console import Console

from local.findings import print_findings
from local.simulation.audit import NOT_PLANTED, Finding

RED = "\x1b[31m"


def _finding(kind: str, planted: int, found: int, reason: str = "duplicate") -> Finding:
    return Finding(
        kind=kind,
        source="shipments",
        found_in="quarantine",
        reason=reason,
        planted=planted,
        found=found,
        differing=() if planted == found else ("a.csv",),
    )


@pytest.fixture
def said():
    """Print findings; return the lines with their colours."""

    def say(*findings: Finding) -> list[str]:
        text = io.StringIO()
        console = Console(file=text, width=120, force_terminal=True, color_system="standard", highlight=False)
        print_findings(console, findings)
        return text.getvalue().splitlines()

    return say


def test_exact_numbers_are_summed_up_in_kinds(said):
    lines = said(_finding("twice", 3, 3), _finding("cut + lost", 2, 2, "wrong_field_count"))
    assert lines[-1] == "all 3 kinds found in exact numbers"
    assert "counted together" in lines[-2]
    assert any("twice" in line and "shipments: quarantine, duplicate" in line for line in lines)
    assert not any(RED in line for line in lines)


def test_differences_are_red_and_name_the_files(said):
    lines = said(_finding("twice", 3, 2), _finding(NOT_PLANTED, 0, 1, "bad_date"), _finding("cut", 1, 1, "x"))
    red = [line for line in lines if RED in line]
    assert f"{RED}shipments: twice: 3 planted, 2 found, in a.csv" in red[-2]
    assert f"{RED}shipments: not planted: 0 planted, 1 found, in a.csv" in red[-1]
    assert not any("cut" in line for line in red)
    assert not any("exact numbers" in line for line in lines)
