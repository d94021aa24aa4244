"""A runner that is killed takes its steps with it; the next one ends their jobs, once."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.ports import JobState
from tests.local.jobs.twin import PIPELINES, Twin, has_ended

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def running(twin: Twin) -> Iterator[subprocess.Popen[bytes]]:
    """A runner in a process of its own, until it ends or the test does."""
    where = [
        "--folder",
        twin.folder / "jobs",
        "--lake-folder",
        twin.folder / "lake",
        "--pipelines",
        PIPELINES,
    ]
    with subprocess.Popen([sys.executable, "-m", "local.jobs", *where], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_killed_runner_leaves_nothing_behind_and_the_next_goes_on(twin):
    twin.jobs.submit(twin.request("one"))
    with running(twin) as first:
        twin.wait_for("one", JobState.RUNNING)
        begun = twin.gate("one").with_suffix(".begun")
        while not twin.runs("one"):
            assert first.poll() is None
            threading.Event().wait(0.05)
        first.send_signal(signal.SIGKILL)
    assert twin.jobs.status("one").state is JobState.RUNNING
    twin.go_on("one", JobState.SUCCEEDED)  # a runner that waits for the orphans of the first
    assert has_ended(int(begun.read_text().splitlines()[0]))
    assert twin.text("work/one/report/report.txt") == "40 WORDS\n"


def test_a_runner_that_is_told_to_end_leaves_its_jobs_to_the_next(twin):
    twin.jobs.submit(twin.request("one"))
    with running(twin) as first:
        twin.wait_for("one", JobState.RUNNING)
        first.send_signal(signal.SIGTERM)
        assert first.wait() == 0
    assert twin.jobs.status("one").state is JobState.RUNNING
    twin.go_on("one", JobState.SUCCEEDED)
