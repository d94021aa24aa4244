"""What makes a file be conditioned anew, and in which order files are applied."""

import pytest

from shared.conditioning import fingerprint
from shared.conditioning.sequence import sequence_of
from tests.shared.conditioning.clients import SHIPMENTS, client, source


@pytest.mark.parametrize(
    "changed",
    [
        client(source(columns={**SHIPMENTS, "units_shipped": {"from": "cases"}})),
        client(source(format={"type": "delimited", "encoding": "latin-1"})),
        client(week_anchor="sunday"),
        client(history_start="2018-01-01"),
        client(source(hook="own.py:hook")),
    ],
)
def test_it_changes_with_what_decides(changed):
    assert fingerprint(changed, "it") != fingerprint(client(), "it")


@pytest.mark.parametrize(
    "same",
    [
        client(),
        client(source(owner="Ann", cadence="daily", files=["x"], required=False)),
        client(history_start="2017-01-02"),
    ],
)
def test_it_stays_with_what_does_not(same):
    assert fingerprint(same, "it") == fingerprint(client(), "it")


def test_it_follows_the_hooks_code(tmp_path):
    profile = client(source(hook="own.py:hook"), folder=tmp_path)
    prints = set()
    for code in ("a", "b", "a"):
        (tmp_path / "own.py").write_text(code)
        prints.add(fingerprint(profile, "it"))
    assert len(prints) == 2


def test_files_follow_each_other_in_natural_order():
    names = ["raw/s/week 9.csv", "raw/s/week 10.csv", "raw/s/week 10 corrected.csv"]
    assert sorted(names, key=lambda name: sequence_of(name, None)) == [names[0], names[2], names[1]]


def test_a_pattern_says_which_part_of_the_name_counts():
    arrived = ["raw/s/c_20190812.csv", "raw/s/a_20190812.csv", "raw/s/b_20190805.csv"]
    assert sorted(arrived, key=lambda name: sequence_of(name, r"_(\d{8})\.csv$")) == arrived[::-1]
