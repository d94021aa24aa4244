"""Cells and clients are data: no code of training asks which format, market, client or velocity it serves."""

import ast
from pathlib import Path

import pytest

import training

NAMES = {"format", "market", "client", "velocity"}
MODULES = sorted(path for path in Path(training.__file__).parent.rglob("*.py") if "steps" not in path.parts)


def branches_on(tree: ast.AST) -> list[str]:
    """Return the tests of `if`, `while`, conditional expressions and `match` that name a cell's property."""
    tests = [n.test for n in ast.walk(tree) if isinstance(n, ast.If | ast.IfExp | ast.While)]
    tests += [n.subject for n in ast.walk(tree) if isinstance(n, ast.Match)]
    named = [_names(test) & NAMES for test in tests]
    return sorted(name for names in named for name in names)


def _names(test: ast.AST) -> set[str]:
    found = {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}
    return found | {n.attr for n in ast.walk(test) if isinstance(n, ast.Attribute)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_branches_on_the_cell(module: Path) -> None:
    assert branches_on(ast.parse(module.read_text())) == []


def test_a_branch_would_be_seen() -> None:
    planted = "def fit(panel):\n    return 1 if panel.format == 'large' else 2"
    assert branches_on(ast.parse(planted)) == ["format"]
