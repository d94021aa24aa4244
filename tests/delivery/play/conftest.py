import pytest

from tests.delivery.play.playground import Playground, playground


@pytest.fixture
def ground(tmp_path: object) -> Playground:
    return playground(tmp_path)
