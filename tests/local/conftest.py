"""The sample company, run once for all tests that look at a finished run."""

import shutil
from pathlib import Path

import pytest
import yaml

from local.result import RunResult
from local.run import run

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"


class Silent:
    """A watcher that remembers what it was told."""

    def __init__(self) -> None:
        self.phases: dict[str, int] = {}

    def phase(self, name: str, total: int) -> None:
        self.phases[name] = total

    def advance(self, what: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass


def quick_profile(path: Path, **forecasting: object) -> Path:
    """Write the shipped profile with settings that train in a moment."""
    profile = yaml.safe_load((ROOT / "config" / "default.yml").read_text())
    quick = {"epochs": 2, "evaluation_weeks": 4, "validation_weeks": 4}
    profile["forecasting"] = {**profile["forecasting"], **quick, **forecasting}
    path.write_text(yaml.safe_dump(profile))
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, RunResult]:
    """Run the sample company: (folder of the lake, profile, result). Not to be written to."""
    folder = tmp_path_factory.mktemp("finished")
    profile = quick_profile(folder / "quick.yml")
    return folder / "lake", profile, run(profile, SAMPLE, folder / "lake", Silent(), workers=1)


@pytest.fixture
def lake(finished, tmp_path: Path) -> tuple[Path, Path]:
    """Return a copy of the finished lake that a test may change, and its profile."""
    root, profile, _ = finished
    return Path(shutil.copytree(root, tmp_path / "lake")), profile
