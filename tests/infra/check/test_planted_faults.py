"""Whatever is planted in a copy of the infrastructure is found, at its line, and with what to do about it."""

import pytest

from infra.check.__main__ import main
from tests.infra.check.planting import DEFINITIONS, copy_repository, faults_by, plant
from tests.infra.check.plants import PLANTS, TYPES

needs_definitions = pytest.mark.skipif(
    DEFINITIONS is None, reason="no type definitions beside the repository"
)


CASES = [
    pytest.param(one, id=f"{one.rule}: {one.what}", marks=[needs_definitions] if one in TYPES else [])
    for one in PLANTS
]


@pytest.mark.parametrize("one", CASES)
def test_it_is_found(one, tmp_path):
    root = copy_repository(tmp_path)
    place = plant(root, one)
    found = [str(fault) for fault in faults_by(one, root)]
    assert any(place == ":".join(line.split(":")[:2]) for line in found), (place, found)
    assert any(all(word in line for word in one.says) for line in found), found


def test_each_is_another_fault():
    assert len({(one.file, one.old, one.new) for one in PLANTS}) == len(PLANTS) >= 50


def test_the_command_line_fails_and_names_file_line_and_remedy(tmp_path, capsys):
    root = copy_repository(tmp_path)
    one = next(one for one in PLANTS if one.rule == "shared-keys")
    place = plant(root, one)
    assert main(["--root", str(root), "--only", "shared-keys"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{place}: shared-keys: ") and "Set properties." in line for line in lines)
    assert lines[-1] == "1 faults"


def test_what_cannot_be_read_stops_the_rest_and_says_so(tmp_path, capsys):
    root = copy_repository(tmp_path)
    plant(root, next(one for one in PLANTS if one.rule == "syntax"))
    assert main(["--root", str(root)]) == 1
    assert "has to be mended first" in capsys.readouterr().out


def test_a_missing_environment_is_told(tmp_path, capsys):
    root = copy_repository(tmp_path)
    (root / "infra/bicep/prod.bicepparam").unlink()
    assert main(["--root", str(root)]) == 1
    assert "there is no prod.bicepparam" in capsys.readouterr().out


def test_without_definitions_it_passes_only_where_they_are_not_required(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SHELFCAST_BICEP_TYPES", raising=False)
    root = copy_repository(tmp_path)
    asked = ["--root", str(root), "--only", "shared-keys"]
    assert main(asked) == 0
    assert "no type definitions" in capsys.readouterr().out
    assert main([*asked, "--require-definitions"]) == 1
