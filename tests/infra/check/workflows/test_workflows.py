"""What is wrong with pipelines, workflows and shell is told with file and line; the project's own are clean."""

import shutil
from pathlib import Path

import pytest

from infra.check.workflows import (
    schema_faults,
    security_faults,
    shell_faults,
    workflow_faults,
    yaml_faults,
)

ROOT = Path(__file__).parents[4]

CHECKS = (schema_faults, security_faults, shell_faults, workflow_faults, yaml_faults)

PLANTED = [
    # file, what stands there, what is planted, the check that tells, words of its message
    (".azure-pipelines/pr.yml", "trigger: none", "triger: none", schema_faults, "triger"),
    (
        ".azure-pipelines/templates/stages/turn.yml",
        "            name: ask",
        "            nam: ask",
        schema_faults,
        "'nam' was unexpected",
    ),
    (
        ".azure-pipelines/templates/steps/words.yml",
        "      - publish: build/reports",
        "      - publishes: build/reports",
        schema_faults,
        "publishes",
    ),
    (".github/workflows/main.yml", "    needs: integrate", "    need: integrate", schema_faults, "need"),
    (".github/dependabot.yml", "interval: weekly", "interval: now and then", schema_faults, "now and then"),
    (
        ".github/workflows/turn.yml",
        "08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
        "v5",
        security_faults,
        "unpinned-uses",
    ),
    (
        ".github/workflows/turn.yml",
        "          persist-credentials: false\n",
        "",
        security_faults,
        "artipacked",
    ),
    (
        ".github/workflows/turn.yml",
        'run: make turn ENV="$ENV"',
        "run: make turn ENV=${{ inputs.environment }}",
        security_faults,
        "template-injection",
    ),
    (
        ".github/workflows/pull_request.yml",
        "  pull_request:",
        "  pull_request_target:",
        security_faults,
        "dangerous-triggers",
    ),
    (".github/workflows/main.yml", "needs: deploy", "needs: deployment", workflow_faults, "deployment"),
    (
        ".github/workflows/turn.yml",
        "${{ steps.ask.outputs.current }}",
        "${{ step.ask.outputs.current }}",
        workflow_faults,
        'undefined variable "step"',
    ),
    (
        ".azure-pipelines/templates/steps/words.yml",
        'cp -R "$FOLDER/." build/package/',
        "cp -R $FOLDER/. build/package/",
        shell_faults,
        "Double quote",
    ),
    (
        ".github/workflows/start_release.yml",
        'gh workflow run "$WORKFLOW"',
        "gh workflow run $WORKFLOW",
        shell_faults,
        "Double quote",
    ),
    (".ci/run", "set -euo pipefail", "cd $1", shell_faults, "Double quote"),
    (".azure-pipelines/ci.yml", "pr: none", "pr: none   ", yaml_faults, "trailing spaces"),
    (".github/workflows/main.yml", "name: Main", "name: Main\nname: Main", yaml_faults, "duplication"),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_projects_own_are_clean(check):
    assert [str(fault) for fault in check(ROOT)] == []


@pytest.mark.parametrize(("file", "old", "new", "check", "words"), PLANTED)
def test_a_planted_fault_is_told_where_it_stands(tmp_path, file, old, new, check, words):
    root = copied(tmp_path)
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))
    found = [fault for fault in check(root) if words in fault.problem]
    assert found, [str(fault) for fault in check(root)]
    line = text[: text.index(old)].count("\n") + 1
    assert str(found[0].place.path) == file
    assert abs(found[0].place.line - line) <= 1 + old.count("\n")
    assert found[0].remedy


def test_without_pipelines_there_is_nothing_to_say(tmp_path):
    for check in CHECKS:
        assert list(check(tmp_path)) == []


def copied(folder: Path) -> Path:
    """The files that are checked, and nothing else."""
    for part in (".azure-pipelines", ".github", ".ci", "delivery", "infra/deploy"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (".yamllint.yml", ".gitignore"):
        shutil.copy(ROOT / file, folder / file)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder
