import json
import subprocess
import sys
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from delivery.package.archive import lay_out, unpack
from delivery.package.build import FUNCTIONS, PARCELS, TRAINING, build
from delivery.package.errors import PackageError
from delivery.package.verify import verify
from shared.settings import ROOT
from tests.delivery.package.repositories import repository


def rules(root, folder, parcel=FUNCTIONS):
    return [fault.rule for fault in verify(root, folder, parcel)]


@pytest.fixture
def root(tmp_path):
    return repository(tmp_path / "one")


@pytest.fixture
def folder(root, tmp_path):
    for parcel in PARCELS:
        build(root, tmp_path / "packages", parcel)
    return tmp_path / "packages"


@pytest.mark.parametrize("parcel", PARCELS, ids=lambda parcel: parcel.name)
def test_a_good_package_has_no_faults(root, folder, parcel):
    assert verify(root, folder, parcel) == []


def test_a_damaged_package_is_found(root, folder):
    content = bytearray((folder / "functions.zip").read_bytes())
    content[200] ^= 1
    (folder / "functions.zip").write_bytes(content)
    assert rules(root, folder) == ["damaged-package"]


def test_a_manifest_of_other_files_is_found(root, folder):
    value = json.loads((folder / "functions.json").read_text())
    value["files"][0]["size"] += 1
    (folder / "functions.json").write_text(json.dumps(value))
    assert rules(root, folder) == ["damaged-package"]


def test_an_archive_packed_by_other_means_is_found(root, folder):
    import hashlib

    files = unpack(folder / "functions.zip")
    with ZipFile(folder / "functions.zip", "w", ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    value = json.loads((folder / "functions.json").read_text())
    value["sha256"] = hashlib.sha256((folder / "functions.zip").read_bytes()).hexdigest()
    (folder / "functions.json").write_text(json.dumps(value))
    assert rules(root, folder) == ["irregular-package"]


def test_a_package_that_its_commit_does_not_give_is_found(root, folder):
    value = json.loads((folder / "functions.json").read_text())
    lying = repository(root.parent / "two", {"shared/plain.py": "other = 1\n"})
    build(lying, folder, FUNCTIONS)
    made = json.loads((folder / "functions.json").read_text())
    (folder / "functions.json").write_text(json.dumps(made | {"commit": value["commit"]}))
    (fault,) = verify(root, folder, FUNCTIONS)
    assert fault.rule == "unreproducible-package"
    assert "shared/plain.py" in fault.problem


def test_what_the_platform_needs_is_missed(tmp_path):
    root = repository(tmp_path / "one", {"host.json": None})
    build(root, tmp_path / "packages", FUNCTIONS)
    (fault,) = verify(root, tmp_path / "packages", FUNCTIONS)
    assert (fault.rule, fault.problem) == ("missing-file", "lacks host.json.")


def test_needless_and_missing_modules_are_found(tmp_path):
    changes = {"shared/orphan.py": "", "training/steps/train.py": "import shared.lake\n"}
    root = repository(tmp_path / "one", changes)
    for parcel in PARCELS:
        build(root, tmp_path / "packages", parcel)
    assert rules(root, tmp_path / "packages") == ["needless-module"]
    # What the steps import has to ship with them, whatever ships with the app.
    assert {"needless-module", "missing-module"} == set(rules(root, tmp_path / "packages", TRAINING))


def test_without_a_package_it_says_what_to_run(root, tmp_path):
    with pytest.raises(PackageError, match="make package"):
        verify(root, tmp_path, FUNCTIONS)


@pytest.mark.slow
def test_the_code_of_the_steps_can_be_loaded_alone(tmp_path):
    build(ROOT, tmp_path, TRAINING, allow_dirty=True)
    lay_out(tmp_path / "training.zip", tmp_path / "code")
    programs = sorted(path.stem for path in (ROOT / "training" / "pipelines" / "components").glob("*.yml"))
    loading = "; ".join(f"import training.steps.{program}" for program in programs)
    subprocess.run([sys.executable, "-c", loading], cwd=tmp_path / "code", check=True)
