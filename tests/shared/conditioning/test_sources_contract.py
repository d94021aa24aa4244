"""Every source of every profile conditions its fixture to exactly the golden bytes. It finds profiles by itself."""

from pathlib import Path

import pytest

from shared.conditioning import Conditioned, condition_file
from shared.profile import Profile, load_profile

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/data/sources"
PROFILES = sorted([*ROOT.glob("config/*.yml"), *ROOT.glob("config/examples/*.yml")])
SOURCES = [(path, source) for path in PROFILES for source in load_profile(path).sources]


def raw_file_of(folder: Path) -> Path:
    found = [path for path in folder.glob("*") if path.is_file()] if folder.is_dir() else []
    assert len(found) == 1, (
        f"add one small raw file to {folder}, then run "
        "'pytest tests/shared/conditioning/test_sources_contract.py --update-golden' and read what it wrote"
    )
    return found[0]


def condition(profile: Profile, source: str, raw: Path, workspace: Path) -> Conditioned:
    return condition_file(profile, source, raw, name=f"raw/{source}/{raw.name}", workspace=workspace)


def golden_of(conditioned: Conditioned) -> dict[str, bytes]:
    """Every table's rows in one file, and what was set aside."""
    golden: dict[str, bytes] = {}
    for part in conditioned.deltas:
        content = part.path.read_bytes()
        known = golden.setdefault(f"{part.table}.csv", content[: content.index(b"\n") + 1])
        golden[f"{part.table}.csv"] = known + content[content.index(b"\n") + 1 :]
    for path in (conditioned.rejects, conditioned.superseded):
        if path is not None:
            golden[path.name] = path.read_bytes()
    return golden


def write(folder: Path, golden: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.csv"):
        path.unlink()
    for name, content in golden.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("path", "source"), SOURCES, ids=[f"{path.stem}-{source}" for path, source in SOURCES]
)
def test_a_source_gives_its_golden_files(path, source, tmp_path, update_golden):
    folder = FIXTURES / path.stem / source
    conditioned = condition(load_profile(path), source, raw_file_of(folder), tmp_path)
    golden = golden_of(conditioned)
    assert conditioned.report.refused is None
    assert sum(conditioned.report.accepted.values()) > 0
    if update_golden:
        write(folder / "expected", golden)
    expected = {file.name: file.read_bytes() for file in (folder / "expected").glob("*.csv")}
    assert golden == expected, f"{folder} gave other bytes than its golden files"


def test_a_source_without_a_fixture_says_which_folder_to_add(tmp_path):
    with pytest.raises(AssertionError, match=r"add one small raw file to .*brand-new"):
        raw_file_of(tmp_path / "brand-new")
