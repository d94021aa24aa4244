"""Killed at random, host, workers and job runner come to what they come to undisturbed.

`python -m benchmarks.kills` does the same with fifty kills, also with Azurite, and compares everything with the same
system left alone; here are fewer kills, for the time it takes, and the run of one process to compare with.
"""

from hashlib import sha256

import pytest

from benchmarks.kills import RESULTS, Kill, differences, disturb, repeated, table

KILLS = 6


@pytest.mark.slow
def test_a_system_that_is_killed_again_and_again_comes_to_what_one_process_comes_to(finished, tmp_path):
    lake, _, _ = finished
    kills, killed = disturb(tmp_path, kills=KILLS, seed=7, pace=3.0, azurite=False)
    assert killed.faults == []
    assert len(kills) == KILLS
    for name in RESULTS:
        (whole,) = lake.glob(f"predictions/*/{name}")
        assert killed.facts[f"predictions/{killed.runs[0]}/{name}"] == sha256(whole.read_bytes()).hexdigest()
    aside = {file.relative_to(lake).as_posix() for file in lake.glob("quarantine/*/*")}
    assert {fact for fact in killed.facts if fact.startswith("quarantine/")} == aside


def test_the_table_counts_kills_by_moment_and_victim():
    lines = [*table([Kill(victim="host", moment="waiting"), Kill(victim="runner", moment="waiting")])]
    assert [line.split() for line in lines] == [
        ["moment", "host", "runner"],
        ["waiting", "1", "1"],
        ["all", "1", "1"],
    ]


class TestTheJudge:
    """It finds what is planted, or its silence would mean nothing."""

    BEGUN = (("a", "Queued", "[]"), ("a", "Running", "[]"), ("a", "Running", '["train"]'))

    def test_a_job_that_goes_on_where_it_was_is_as_it_should_be(self):
        assert list(repeated([*self.BEGUN, self.BEGUN[-1], ("a", "Completed", '["train"]')])) == []

    def test_it_finds_a_job_that_is_run_again(self):
        again = [*self.BEGUN, ("a", "Completed", '["train"]'), ("a", "Running", '["train"]')]
        assert list(repeated(again)) == ["job a was Running after it had been Completed"]

    def test_it_finds_a_step_that_is_done_again(self):
        assert any("did steps again" in fault for fault in repeated([*self.BEGUN, ("a", "Running", "[]")]))
        twice = ("a", "Running", '["train", "train"]')
        assert any("did steps again" in fault for fault in repeated([*self.BEGUN, twice]))

    def test_it_names_what_differs_and_what_is_missing(self):
        found = list(differences({"x": "1", "y": "2"}, {"y": "3"}))
        assert found == ["x: 1 with kills, not there without", "y: 2 with kills, 3 without"]
