"""A search draws from a declared space, the same trials for the same seed."""

import pytest
import yaml

from shared.errors import ProfileError, TrainingError
from shared.profile import Forecasting
from training.candidates.registry import CANDIDATES
from training.workbench.overrides import names, override, parse
from training.workbench.tuning import AS_IT_IS, SPACE, draw


@pytest.mark.parametrize("key", SPACE)
def test_every_value_of_the_space_is_a_setting(key):
    assert key in names()
    assert len({override(Forecasting(), {key: value}) for value in SPACE[key]}) == len(SPACE[key])


@pytest.mark.parametrize("name", [name for name, c in CANDIDATES.items() if c.tuned])
def test_trials_change_only_what_the_candidate_heeds(name):
    trials = draw(name, 30, seed=1)
    assert trials.pop(AS_IT_IS) == {}
    assert all(len(changes) > 0 for changes in trials.values())
    assert (
        {key for changes in trials.values() for key in changes} == set(CANDIDATES[name].tuned) <= set(SPACE)
    )


def test_more_trials_go_on_from_the_same_ones():
    few, many = draw("ensemble", 3, seed=5), draw("ensemble", 6, seed=5)
    assert list(many.items())[:4] == list(few.items())
    assert draw("ensemble", 3, seed=6) != few


def test_a_rule_has_nothing_to_tune():
    with pytest.raises(TrainingError, match="seasonal_naive has nothing to tune"):
        draw("seasonal_naive", 3, seed=1)


def test_settings_of_the_command_line_are_put_on_top_of_the_profiles():
    settings = Forecasting(epochs=9)
    changed = override(
        settings, parse(["network.dropout=0.2", "network.hidden_units=[8, 4]", "half_life_weeks=null"])
    )
    assert (changed.epochs, changed.network.dropout, changed.network.hidden_units) == (9, 0.2, (8, 4))
    assert override(settings, {}) == settings


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("network.dropout", "is no key=value"),
        ("network.hidden_units=[8", "'\\[8' is no value"),
        ("evaluation_weeks=4", "was decided when the panel was prepared"),
        ("assortment.active_weeks=4", "prepare the panel again"),
    ],
)
def test_what_cannot_be_set_is_said(pair, said):
    with pytest.raises(ProfileError, match=said):
        parse([pair])


@pytest.mark.parametrize("pair", ["epoch=3", "network.dropout=2", "network.hidden_units=wide", "network=3"])
def test_a_value_that_does_not_fit_is_refused_with_what_can_be_set(pair):
    with pytest.raises(ProfileError, match=r"Settings that can be set: .*network\.dropout"):
        override(Forecasting(), parse([pair]))


def test_the_space_reads_as_yaml():
    assert yaml.safe_load(yaml.safe_dump({k: list(v) for k, v in SPACE.items()}))
