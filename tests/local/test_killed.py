"""Killed with SIGKILL in the middle and started again, a run ends as if nothing had happened."""

import fcntl
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.run import run
from shared.errors import ShelfcastError
from tests.local.conftest import ROOT, SAMPLE, Silent, quick_profile

PATIENCE_SECONDS = 300
TIMES = re.compile(rb'"(etag|at|operation_id)": ?"[^"]*"')


def content(folder: Path) -> dict[str, bytes]:
    """What a run has made that people and later runs read, but for times and the operation's id."""
    kept = [
        p
        for zone in ("conditioned", "quarantine", "models", "predictions")
        for p in (folder / zone).rglob("*")
        if "_audit" not in p.parts  # a digest of entries with their times
    ]
    return {str(p.relative_to(folder)): TIMES.sub(b"", p.read_bytes()) for p in kept if p.is_file()}


def kill_when(reached: Callable[[], bool], profile: Path, lake: Path) -> None:
    """Start a run and kill it with SIGKILL as soon as it has got so far."""
    command = [sys.executable, "-m", "local", "run", "--profile", profile, "--data", SAMPLE, "--lake", lake]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["conditioning", "training"])
def test_a_killed_run_goes_on_to_the_same_result(finished, tmp_path, moment):
    whole, _, _ = finished
    lake, profile = tmp_path / "lake", quick_profile(tmp_path / "quick.yml")
    signs = {
        "conditioning": "conditioned/receipts/*/*.json",
        "training": "work/*/*/training-1/train/step_report.json",
    }
    kill_when(lambda: any(lake.glob(signs[moment])), profile, lake)
    assert not any((lake / "predictions").glob("*/*"))
    run(profile, SAMPLE, lake, Silent(), workers=1)
    assert content(lake) == content(whole)


def test_a_second_run_on_the_same_lake_is_refused(finished, tmp_path):
    _, profile, _ = finished
    lake = tmp_path / "lake"
    lake.mkdir()
    with (lake / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ShelfcastError, match="Another host is at work"):
            run(profile, SAMPLE, lake, Silent(), workers=1)
