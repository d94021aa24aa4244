import json

import pytest

from delivery.__main__ import main
from delivery.package import audit
from delivery.package.audit import Answer
from tests.delivery.package.repositories import repository, write


@pytest.fixture
def root(tmp_path):
    return repository(tmp_path / "one", {".gitignore": "build\n"})


def package(root, *words):
    return main(["package", f"--root={root}", *words])


def test_building_says_size_digest_and_what_stays_out(root, capsys):
    assert package(root) == 0
    said = capsys.readouterr().out
    manifest = json.loads((root / "build" / "package" / "functions.json").read_text())
    assert f"{manifest['size']:,} bytes, {len(manifest['files'])} files, sha256 {manifest['sha256']}" in said
    assert "stays out: .funcignore (1)" in said
    assert package(root, "verify") == 0


def test_a_dirty_tree_is_refused_or_said(root, capsys):
    write(root, "shared/plain.py", "new = 1\n")
    assert package(root, "build") == 1
    assert "--allow-dirty" in capsys.readouterr().err
    assert package(root, "build", "--allow-dirty") == 0
    assert "not as in commit" in capsys.readouterr().out
    assert package(root, "verify") == 0
    assert "making it again is not tested" in capsys.readouterr().out


def test_faults_are_lines_and_the_exit_code(tmp_path, capsys):
    root = repository(tmp_path / "one", {"shared/orphan.py": "", ".gitignore": "build\n"})
    package(root)
    assert package(root, "verify") == 1
    assert "shared/orphan.py:1: needless-module:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "code"),
    [((), 0), (("TF_BUILD",), 1), (("GITHUB_ACTIONS",), 1), (("TF_BUILD", "SHELFCAST_PLAY"), 0)],
)
def test_what_is_not_checked_is_a_fault_in_ci_alone_and_not_where_ci_is_played(
    monkeypatch, capsys, settings, code
):
    for name in ("TF_BUILD", "GITHUB_ACTIONS", "SHELFCAST_PLAY"):
        monkeypatch.delenv(name, raising=False)
    for name in settings:
        monkeypatch.setenv(name, "true")
    monkeypatch.setattr(
        audit, "ask", lambda packages: Answer(checked=0, found=(), unchecked={"numpy": "away"})
    )
    assert main(["package", "audit"]) == code
    said = capsys.readouterr()
    assert "NOT CHECKED" in said.out
    assert ("not-checked" in said.err) == bool(code)
