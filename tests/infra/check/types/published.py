"""Where the published definitions lie, for the tests that need them."""

import os
from pathlib import Path

import pytest

from infra.check.types import NOTICE, definitions_folder

ROOT = Path(__file__).parents[4]


def published() -> Path:
    """Return the folder of the definitions; without them a test is skipped, in CI it fails."""
    found = definitions_folder(ROOT)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip(NOTICE)
    assert found is not None, NOTICE
    return found
