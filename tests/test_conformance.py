"""What needs no Python 3.13 of `make conformance`: the snapshot of functions, the package, what it says without one.

An orchestrator that is not deterministic fails in tests/local/durable.
"""

import json
from pathlib import Path

import pytest

from local.host.registry import load_functions
from tests.conformance.environment import NoPython, find_python
from tests.conformance.package import is_ignored, lay_out, read_patterns

REPOSITORY = Path(__file__).resolve().parents[1]
SNAPSHOT = REPOSITORY / "tests" / "conformance" / "functions.json"


def test_functions_and_bindings_are_those_agreed_upon():
    functions = load_functions("function_app:app")
    found = {name: [_spelled(b) for b in function.bindings] for name, function in functions.items()}
    agreed = json.loads(SNAPSHOT.read_text())
    wanted = {name: [_spelled(b) for b in bindings] for name, bindings in agreed.items()}
    assert found == wanted, "if it is meant: python -m tests.conformance --update"


def _spelled(binding):
    """Return a binding with its enumerations in one spelling: the worker writes their names, the local host values."""
    return {key: v.lower() if key in ("direction", "authLevel") else v for key, v in binding.items()}


def test_the_package_holds_what_the_app_needs_and_no_more():
    patterns = read_patterns(REPOSITORY / ".funcignore")
    needed = {"function_app.py", "functions", "shared", "monitor", "training", "config", "host.json"}
    assert not {name for name in needed if is_ignored(name, patterns)}
    left_out = {".venv", ".git", "local", "tests", "infra", "build", "local.settings.json", "node_modules"}
    assert {name for name in left_out if is_ignored(name, patterns)} == left_out


def test_a_package_is_laid_out_without_caches(tmp_path):
    source = tmp_path / "source"
    for name in ("app/code.py", "app/__pycache__/code.pyc", "tests/test.py", "host.json", ".hidden", ".kept"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (source / ".funcignore").write_text("# comment\n.*\n!.kept\ntests\n")
    assert lay_out(source, tmp_path / "target") == [".kept", "app", "host.json"]
    assert [path.name for path in (tmp_path / "target" / "app").iterdir()] == ["code.py"]


def test_a_pattern_that_the_filter_does_not_know_is_refused(tmp_path):
    (tmp_path / ".funcignore").write_text("docs/*.png\n")
    with pytest.raises(ValueError, match=r"docs/\*\.png"):
        read_patterns(tmp_path / ".funcignore")


def test_without_the_python_of_azure_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.delenv("CONFORMANCE_PYTHON", raising=False)
    with pytest.raises(NoPython, match=r"apt install python3\.13"):
        find_python()


def test_a_python_that_does_not_start_is_passed_over(tmp_path, monkeypatch):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho pyenv: command not found >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("CONFORMANCE_PYTHON", str(shim))
    with pytest.raises(NoPython):
        find_python()
