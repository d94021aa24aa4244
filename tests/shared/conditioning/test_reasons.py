"""Every reason that the code gives is a known one, and is explained to its readers."""

import ast
from pathlib import Path

import pytest

from shared.conditioning.reasons import FILE_REASONS, ROW_REASONS

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted((ROOT / "shared/conditioning").glob("*.py"))
MANUAL = (ROOT / "docs/conditioning.md").read_text(encoding="utf-8")


def given_reasons() -> set[str]:
    """First arguments of every ``UnreadableFile(...)``, as far as they are written out."""
    calls = (
        node
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call)
    )
    firsts = (
        call.args[0] for call in calls if getattr(call.func, "id", "") == "UnreadableFile" and call.args
    )
    return {first.value for first in firsts if isinstance(first, ast.Constant)}


def test_files_are_refused_for_known_reasons():
    assert len(given_reasons()) > 10
    assert given_reasons() <= set(FILE_REASONS)


@pytest.mark.parametrize("reason", [*ROW_REASONS, *FILE_REASONS])
def test_the_manual_explains_every_reason(reason):
    sentence = {**ROW_REASONS, **FILE_REASONS}[reason]
    assert f"| `{reason}` | {sentence} |" in MANUAL
