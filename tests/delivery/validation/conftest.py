"""The sample in a lake, conditioned once; and a level that trains next to nothing."""

import shutil
from pathlib import Path

import pytest

from delivery.validation.config import Level, ValidationConfig, read_config
from delivery.validation.sample import SampleValidation
from local.ingest import open_lake
from shared.profile import load_profile
from shared.settings import ROOT

TINY = Level(epochs=1, training_rows=500, cells=1, repeat=True, bounds={"max_mape": 1, "max_of_baseline": 1})


@pytest.fixture(scope="session")
def tiny() -> ValidationConfig:
    """The configuration with a level that takes seconds."""
    usual = read_config()
    return usual.model_copy(update={"levels": {**usual.levels, "tiny": TINY}})


@pytest.fixture(scope="session")
def conditioned(tmp_path_factory, tiny) -> Path:
    """The folder of a level whose data stage has been run; to be copied, not to be changed."""
    folder = tmp_path_factory.mktemp("level")
    assert SampleValidation("tiny", tiny, folder).data().passed
    return folder


@pytest.fixture
def lake(conditioned, tmp_path):
    """A copy of the sample's lake that may be harmed."""
    root = Path(shutil.copytree(conditioned / "lake", tmp_path / "lake"))
    return open_lake(root, load_profile(ROOT / "config" / "default.yml"))
