"""A hub that is killed at any point goes on where it was: nothing is lost, and only activities may run twice."""

import json
import random
import signal
import sqlite3
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.local.durable import killed_app
from tests.local.durable.killed_app import CELLS, EVENTS, LANES

KILLS = 25
SECONDS = 60
EXPECTED = {
    "lanes": [[f"cell{n} done" for n in range(lane, CELLS, LANES)] for lane in range(LANES)],
    "collected": list(range(EVENTS)),
}


def live(folder: Path, statements: int | None) -> int | None:
    """Run the hub in a process of its own and return how it ended."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["tests.local.durable.killed_app"])
    process = processes.Process(target=killed_app.main, args=(folder, statements))
    process.start()
    process.join(SECONDS)
    process.kill()
    return process.exitcode


def rows(folder: Path, statement: str) -> list[tuple]:
    database = sqlite3.connect(folder / "hub.db")
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_statements_it_ends_as_if_it_had_not_been(tmp_path, seed):
    chance = random.Random(seed)
    ends = [live(tmp_path, chance.randint(15, 120)) for _ in range(KILLS)]
    assert set(ends) <= {-signal.SIGKILL, 0}
    assert live(tmp_path, None) == 0
    killed = ends.count(-signal.SIGKILL)
    assert killed > 12
    ((status, output),) = rows(tmp_path, "SELECT status, output FROM instances WHERE id = 'run'")
    assert (status, json.loads(output)) == ("Completed", EXPECTED)
    calls = Counter((tmp_path / "effects.txt").read_text().splitlines())
    assert set(calls) == {f"{name} cell{n}" for name in ("submit", "poll") for n in range(CELLS)}
    failed_once = {f"submit cell{n}" for n in range(CELLS) if str(n) in "036"}
    repeated = sum(calls.values()) - len(calls) - len(failed_once)
    assert repeated <= 2 * killed


def test_not_killed_it_runs_every_activity_once(tmp_path):
    assert live(tmp_path, None) == 0
    calls = Counter((tmp_path / "effects.txt").read_text().splitlines())
    assert {call for call, times in calls.items() if times > 1} == {
        f"submit cell{n}" for n in range(CELLS) if str(n) in "036"
    }
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(0,)]
