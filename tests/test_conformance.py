"""What needs no Python 3.13 of `make conformance`: the snapshot of functions, what it says without that Python.

An orchestrator that is not deterministic fails in tests/local/durable.
"""

import json
from pathlib import Path

import pytest

from local.host.registry import load_functions
from tests.conformance.environment import NoPython, find_python

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
