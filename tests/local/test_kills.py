"""Killed at random, host, workers and job runner come to what they come to undisturbed.

`python -m benchmarks.kills` does the same with fifty kills, and with Azurite; here are fewer, for the time it takes.
"""

import pytest

from benchmarks.kills import Kill, prove, table


@pytest.mark.slow
def test_a_system_that_is_killed_again_and_again_comes_to_the_same(tmp_path):
    kills, faults, _ = prove(tmp_path, kills=6, seed=7, pace=3.0, azurite=False)
    assert faults == []
    assert len(kills) == 6


def test_the_table_counts_kills_by_moment_and_victim():
    lines = [*table([Kill(victim="host", moment="waiting"), Kill(victim="runner", moment="waiting")])]
    assert [line.split() for line in lines] == [
        ["moment", "host", "runner"],
        ["waiting", "1", "1"],
        ["all", "1", "1"],
    ]
