"""What validation.yml says, and what it may not say."""

import re

import pytest
import yaml

from delivery.validation.config import CONFIG, read_config
from shared.errors import ProfileError


@pytest.fixture
def edited(tmp_path):
    def edit(change) -> None:
        content = yaml.safe_load(CONFIG.read_text())
        change(content)
        path = tmp_path / "validation.yml"
        path.write_text(yaml.safe_dump(content))
        return read_config(path)

    return edit


def test_main_trains_more_than_a_pull_request():
    levels = read_config().levels
    assert levels["L1"].epochs > levels["L0"].epochs
    assert levels["L1"].cells > levels["L0"].cells
    assert levels["L1"].repeat
    assert levels["L1"].bounds.max_mape < levels["L0"].bounds.max_mape
    assert levels["L1"].bounds.max_of_baseline <= 1


def test_every_environment_has_its_limits():
    assert read_config().environments.keys() == {"local", "dev", "prod"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["levels"]["L0"].update(epochs=0), "levels.L0.epochs"),
        (lambda c: c["levels"]["L0"].update(passes=3), "levels.L0.passes"),
        (lambda c: c["personal_data"]["values"].update(code="("), "personal_data.values.code"),
        (lambda c: c.pop("truth"), "truth"),
    ],
)
def test_what_is_wrong_is_named(edited, change, said):
    with pytest.raises(ProfileError, match=re.escape(said)):
        edited(change)
