"""The compiler's own rules: each that matters is an error."""

import json
from pathlib import Path

import pytest

from infra.check.lint import lenient_configuration
from infra.check.lint.configuration import CONFIGURATION, STRICT
from infra.check.model import Fault


def configuration(root: Path, text: str) -> list[Fault]:
    file = root / CONFIGURATION
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return lenient_configuration(root)


def test_the_compiler_is_strict(tmp_path):
    rules = {name: {"level": "error"} for name in STRICT}
    text = json.dumps({"analyzers": {"core": {"enabled": True, "rules": rules}}}, indent=1)
    assert configuration(tmp_path, text) == []


def test_a_rule_that_does_not_stop_a_build_is_told_on_its_line(tmp_path):
    rules = {name: {"level": "error"} for name in STRICT} | {STRICT[0]: {"level": "warning"}}
    text = json.dumps({"analyzers": {"core": {"enabled": False, "rules": rules}}}, indent=1)
    off, lenient = configuration(tmp_path, text)
    assert (off.place.line, off.problem) == (3, "The linter is off.")
    assert lenient.place.line == 6
    assert STRICT[0] in lenient.problem


@pytest.mark.parametrize("text", ["{", "[]", '{"analyzers": {}}'])
def test_a_configuration_that_cannot_be_read_is_a_fault(tmp_path, text):
    assert [fault.rule for fault in configuration(tmp_path, text)] == ["lenient-compiler"]


def test_a_configuration_is_there(tmp_path):
    assert [fault.rule for fault in lenient_configuration(tmp_path)] == ["lenient-compiler"]
