"""The fingerprint of the code changes with the code, and with nothing else."""

from pathlib import Path

import pytest

from shared.code import code_fingerprint
from shared.errors import ShelfcastError


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in ("training/panel.py", "shared/profile/model.py", "shared/schemas.py"):
        write(tmp_path, path, "x = 1\n")
    return tmp_path


def test_it_is_known_for_the_code_at_hand():
    assert len(code_fingerprint()) == 24
    assert code_fingerprint() == code_fingerprint()


@pytest.mark.parametrize("path", ["training/panel.py", "training/new.py", "shared/schemas.py"])
def test_a_change_of_code_changes_it(root, path):
    before = code_fingerprint.__wrapped__(root)
    write(root, path, "x = 2\n")
    assert code_fingerprint.__wrapped__(root) != before


def test_what_no_result_depends_on_does_not(root):
    before = code_fingerprint.__wrapped__(root)
    write(root, "local/run.py", "x = 2\n")
    write(root, "training/pipelines/training.yml", "a: 1\n")
    assert code_fingerprint.__wrapped__(root) == before


def test_the_same_code_elsewhere_has_the_same(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    for path in root.rglob("*.py"):
        write(other, path.relative_to(root).as_posix(), path.read_text())
    assert code_fingerprint.__wrapped__(other) == code_fingerprint.__wrapped__(root)


def test_without_the_training_package_it_is_said(tmp_path):
    with pytest.raises(ShelfcastError, match="Deploy training"):
        code_fingerprint.__wrapped__(tmp_path)
