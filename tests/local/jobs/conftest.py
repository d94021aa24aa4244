from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.jobs.twin import Twin


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    twin = Twin(tmp_path)
    yield twin
    twin.stop()
