import os

import pytest

from delivery.package.archive import Manifest, unpack
from delivery.package.build import FUNCTIONS, PARCELS, TRAINING, build
from delivery.package.errors import PackageError
from tests.delivery.package.repositories import git, repository, write


@pytest.mark.parametrize("parcel", PARCELS, ids=lambda parcel: parcel.name)
def test_built_twice_elsewhere_and_under_another_umask_it_is_the_same(tmp_path, parcel):
    first = build(repository(tmp_path / "one"), tmp_path / "a", parcel)
    before = os.umask(0o077)
    try:
        second = build(repository(tmp_path / "another place"), tmp_path / "b", parcel)
    finally:
        os.umask(before)
    assert first == second
    assert (tmp_path / "a" / parcel.archive).read_bytes() == (tmp_path / "b" / parcel.archive).read_bytes()
    assert first.size == (tmp_path / "a" / parcel.archive).stat().st_size


def test_a_commit_that_changes_nothing_that_ships_gives_the_same_package(tmp_path):
    root = repository(tmp_path / "one")
    first = build(root, tmp_path / "a", FUNCTIONS)
    write(root, "tests/test_more.py", "")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=More")
    second = build(root, tmp_path / "b", FUNCTIONS)
    assert second.sha256 == first.sha256
    assert second.commit != first.commit


def test_the_manifest_says_what_it_is(tmp_path):
    manifest = build(repository(tmp_path / "one"), tmp_path / "a", FUNCTIONS)
    assert (manifest.name, manifest.version, manifest.unclean) == ("functions", "1.2.3", ())
    assert manifest.left_out == {".funcignore": 1, "pyproject.toml": 1, "tests": 1}
    assert {file.path for file in manifest.files} == set(unpack(tmp_path / "a" / "functions.zip"))
    assert Manifest.read(tmp_path / "a" / "functions.json") == manifest


def test_the_steps_get_their_code_alone(tmp_path):
    build(repository(tmp_path / "one"), tmp_path / "a", TRAINING)
    assert set(unpack(tmp_path / "a" / "training.zip")) == {
        "shared/__init__.py", "shared/plain.py",
        "training/__init__.py", "training/steps/__init__.py", "training/steps/train.py",
    }  # fmt: skip


def test_what_is_not_committed_is_refused_unless_allowed_and_then_said(tmp_path):
    root = repository(tmp_path / "one")
    write(root, "shared/plain.py", "new = 1\n")
    with pytest.raises(PackageError, match=r"shared/plain\.py.*--allow-dirty"):
        build(root, tmp_path / "a", FUNCTIONS)
    manifest = build(root, tmp_path / "a", FUNCTIONS, allow_dirty=True)
    assert manifest.unclean == ("shared/plain.py",)
    assert unpack(tmp_path / "a" / "functions.zip")["shared/plain.py"] == b"new = 1\n"
