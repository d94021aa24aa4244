"""The rules of branches and committed files, in repositories that are made for the purpose."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from delivery.__main__ import main
from delivery.branch.names import NAMES, newest
from delivery.branch.owners import matches
from delivery.branch.repository import NoRepository, Repository

ROOT = Path(__file__).parents[3]

TOLD = ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "GITHUB_HEAD_REF", "BUILD_SOURCEBRANCH", "GITHUB_REF")
SYSTEMS = ("TF_BUILD", "GITHUB_OUTPUT", *TOLD)


class Made:
    """A repository on main, with an owner of its only folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")
        environments = {"dev": {"branches": ["main"]}, "prod": {"branches": ["release/*"]}}
        self.write("delivery/environments.yml", yaml.safe_dump(environments))
        self.write(".github/CODEOWNERS", "/delivery/ @team\n/.github/ @team\n")
        self.commit()

    def git(self, *arguments):
        who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", "-C", self.root, *who, *arguments], check=True, capture_output=True)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")

    def commit(self):
        self.git("commit", "--quiet", "--allow-empty", "--message=Change")

    def check(self, *arguments):
        return main(["branch", "--root", str(self.root), *arguments])


@pytest.fixture
def made(tmp_path, monkeypatch):
    for name in SYSTEMS:
        monkeypatch.delenv(name, raising=False)
    return Made(tmp_path)


def test_this_repository_keeps_its_own_rules(capsys):
    code = main(["branch", "--root", str(ROOT), "--branch", "feature/checked"])
    assert code == 0, capsys.readouterr().out


def test_a_repository_that_keeps_the_rules_passes(made, capsys):
    assert made.check() == 0
    assert capsys.readouterr().out == "main: 2 files, 0 faults\n"


@pytest.mark.parametrize(
    "name", ["main", "release/1.0", "feature/week-53", "fix/a.b", "dependabot/pip/x-1.2"]
)
def test_names_of_branches(name):
    assert NAMES.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["master", "release/1", "release/1.0.1", "release/x", "feature/", "mine", "feature/-x"]
)
def test_names_of_no_branches(made, name, capsys):
    assert made.check("--branch", name) == 1
    assert "Name it main, release/x.y, or feature/" in capsys.readouterr().out


def test_the_highest_version_is_the_newest_and_not_the_last_word():
    assert newest({"main", "release/1.9", "release/1.10", "release/0.99"}, "main") == "release/1.10"
    assert newest({"main"}, "main") == ""


@pytest.mark.parametrize(
    ("branch", "environment", "code", "words"),
    [
        ("main", "dev", 0, ""),
        ("main", "prod", 1, "The branch 'main' may not change prod. Only release/* may"),
        ("feature/x", "dev", 1, "may not change dev"),
        ("release/1.10", "prod", 0, ""),
        ("release/1.9", "prod", 1, "'release/1.9' has been superseded by 'release/1.10'"),
        ("release/1.10", "dev", 1, "may not change dev"),
        ("main", "test", 1, "There is no environment 'test'"),
    ],
)
def test_which_branch_may_change_which_environment(made, capsys, branch, environment, code, words):
    made.git("branch", "release/1.9")
    made.git("branch", "release/1.10")
    assert made.check("--branch", branch, "--environment", environment) == code
    assert words in capsys.readouterr().out


def test_pipelines_are_told_whose_turn_it_is(made, monkeypatch, capsys, tmp_path):
    made.git("branch", "release/1.0")
    monkeypatch.setenv("BUILD_SOURCEBRANCH", "refs/heads/release/1.0")
    monkeypatch.setenv("TF_BUILD", "True")
    assert made.check("--turn", "--environment", "prod") == 0
    line = "##vso[task.setvariable variable=current;isOutput=true]{}\n"
    assert capsys.readouterr().out == "release/1.0 serves prod\n" + line.format("true")
    made.git("branch", "release/2.0")
    assert made.check("--turn", "--environment", "prod") == 0
    assert capsys.readouterr().out.endswith(line.format("false"))


def test_workflows_are_told_whose_turn_it_is(made, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    assert made.check("--turn", "--environment", "prod") == 0
    assert (tmp_path / "outputs").read_text() == "current=false\n"


def test_a_pull_request_is_its_source(made, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_REF", "refs/pull/1/merge")
    assert made.check() == 0
    monkeypatch.setenv("GITHUB_HEAD_REF", "my stuff")
    assert made.check() == 1
    assert "The branch 'my stuff' is no kind of branch" in capsys.readouterr().out


def test_a_permanent_branch_that_was_rewritten_is_told(made, capsys):
    made.commit()
    made.git("update-ref", "refs/remotes/origin/main", "HEAD")
    made.commit()
    assert made.check() == 0
    made.git("reset", "--quiet", "--hard", "HEAD~2")
    assert made.check() == 1
    assert (
        "'main' lacks commits of origin/main. A permanent branch is never rewritten"
        in capsys.readouterr().out
    )


def notebook(**cell):
    return json.dumps({"cells": [{"cell_type": "markdown"}, {"source": ["x = 1\n"], **cell}]}, indent=1)


def test_a_notebook_without_outputs_passes(made):
    made.write("delivery/one.ipynb", notebook(outputs=[], execution_count=None))
    assert made.check() == 0


@pytest.mark.parametrize("cell", [{"outputs": [{"text": "1"}]}, {"outputs": [], "execution_count": 3}])
def test_a_notebook_with_outputs_is_told_with_its_cell(made, capsys, cell):
    made.write("delivery/one.ipynb", notebook(**cell))
    assert made.check() == 1
    assert "delivery/one.ipynb:8: notebook-outputs: Cell 2 has outputs. Clear all" in capsys.readouterr().out


def test_what_is_no_notebook_is_told(made, capsys):
    made.write("delivery/one.ipynb", "[]")
    assert made.check() == 1
    assert "This is no notebook" in capsys.readouterr().out


MARK = "<" * 7 + " HEAD"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("content", "place", "rule"),
    [
        (b"0" * 1_000_001, "delivery/x:1", "too-large: It has 1,000,001 bytes"),
        (f"a\n{MARK}\nb\n", "delivery/x:2", "half-merged"),
        (f"a\n\n{KEY}\n", "delivery/x:3", "private-key"),
        ("a\r\nb\r\n", "delivery/x:1", "line-ends"),
    ],
)
def test_what_must_not_be_committed_is_told_with_its_line(made, capsys, content, place, rule):
    made.write("delivery/x", content)
    assert made.check() == 1
    assert f"{place}: {rule}" in capsys.readouterr().out


def test_bytes_that_are_no_text_are_left_alone(made):
    made.write("delivery/x", bytes(range(128, 256)))
    assert made.check() == 0


def test_the_sample_is_small_as_a_whole(made, capsys):
    made.write(".github/CODEOWNERS", "/delivery/ @team\n/.github/ @team\n/tests/ @team\n")
    for number in range(3):
        made.write(f"tests/data/{number}.csv", b"1\r\n" * 120_000)
    assert made.check() == 1
    assert "tests/data:1: too-large: The sample has 1,080,000 bytes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("owners", "words"),
    [
        (
            "/delivery/ @team\n/.github/ @team\n/gone/ @team\n",
            "CODEOWNERS:3: code-owners: '/gone/' matches no file",
        ),
        ("/delivery/\n/.github/ @team\n", "CODEOWNERS:1: code-owners: '/delivery/' has no owner"),
        ("* @team\n/.github/ @team\n", "Nobody owns the folder 'delivery'"),
    ],
)
def test_every_folder_has_an_owner_and_every_owner_a_folder(made, capsys, owners, words):
    made.write(".github/CODEOWNERS", owners)
    assert made.check() == 1
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "path", "covers"),
    [
        ("*", "a/b.py", True),
        ("/a/", "a/b/c.py", True),
        ("/a/", "b/a/c.py", False),
        ("/a.lock", "a.lock", True),
        ("*.md", "a/b.md", True),
    ],
)
def test_what_a_pattern_covers(pattern, path, covers):
    assert matches(pattern, Path(path)) is covers


def test_a_folder_that_is_no_repository_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    with pytest.raises(NoRepository, match="git ls-files"):
        _ = Repository(tmp_path / "none").files
