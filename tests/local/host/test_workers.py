import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.host import HostError
from tests.local.host.conftest import APP, ask, wait_for


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_activity_that_kills_worker_after_worker_fails_and_others_go_on(world):
    with world.host() as host:
        bad = ask(f"{host.url}/api/runs/deadly", {"numbers": ["die"]}, headers=host.headers).json
        good = ask(f"{host.url}/api/runs/good", {"numbers": [1]}, headers=host.headers).json
        failed = wait_for(lambda: (a := ask(bad["statusQueryGetUri"])).status == 200 and a.json)
        assert failed["runtimeStatus"] == "Failed"
        assert "worker process ended with code 7" in failed["output"]
        ended = wait_for(lambda: (a := ask(good["statusQueryGetUri"])).status == 200 and a.json)
        assert ended["output"] == {"total": 1}


def test_an_app_that_cannot_be_imported_is_named(world):
    with (
        pytest.raises(HostError, match="cannot be loaded: ModuleNotFound"),
        world.host(app="no_such_app:app"),
    ):
        pass


def test_a_host_that_is_killed_takes_its_workers_along_and_loses_nothing(world):
    for number in range(6):
        world.lake.put(f"raw/shipments/{number}.csv", b"x")
    program = [sys.executable, "-m", "local.host", "--app", APP, "--folder", str(world.folder / "host")]
    environment = {**os.environ, **world.settings(BLOB_SECONDS="0.15")}
    with subprocess.Popen(
        [*program, "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    ) as host:
        told = json.loads(host.stdout.readline())
        address = ask(f"{told['url']}/api/runs/w", {"wait": True}, headers=told["headers"]).status
        assert address == 202
        wait_for(lambda: world.notes("blob"))
        os.kill(host.pid, signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in told["workers"]))
    with world.host() as host:
        wait_for(lambda: host.receipts.counts() == {"done": 6})
        host.engine.raise_event("w", "go", {"numbers": [5]})
        wait_for(lambda: host.engine.status("w").output == {"total": 5})
    assert {note["name"] for note in world.notes("blob")} == {f"raw/shipments/{n}.csv" for n in range(6)}


def test_without_workers_functions_run_here(world):
    with world.host(workers=0) as host:
        assert ask(f"{host.url}/api/greet/ann", {}, headers=host.headers).json["pid"] == os.getpid()
