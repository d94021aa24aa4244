"""The system as processes of its own, any of which may be killed, and is started again at once.

Where the lake is a folder, these are host, workers and job runner; else Azurite too. What is proved is in
benchmarks.kills.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from local.azurite import Azurite
from local.host.storage import store_of
from local.jobs.pretended import STEPS
from local.jobs.queue import Queue
from shared.ports import BlobStore
from shared.settings import ROOT

PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 10.0
WITNESS = """
create table if not exists witness (number integer primary key, name text, word text, steps text);
create trigger if not exists seen_added after insert on jobs
    begin insert into witness (name, word, steps) values (new.name, new.word, new.steps); end;
create trigger if not exists seen_changed after update of word, steps on jobs
    begin insert into witness (name, word, steps) values (new.name, new.word, new.steps); end;
"""
"""Notes in the queue's own file whatever becomes of a job, whoever writes it."""


class Program:
    """A module of ours as a process; what it prints goes to a file that begins anew with it."""

    def __init__(self, module: str, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
        self._environment, self._log = {**os.environ, **environment}, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *further: str) -> None:
        """Start it; it does not wait until it is ready."""
        with self._log.open("wb") as out, self._log.with_suffix(".err").open("ab") as err:
            self._process = subprocess.Popen(
                [*self._command, *further], env=self._environment, cwd=ROOT, stdout=out, stderr=err
            )

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process, "it was started"
        return self._process.pid

    def end(self, how: signal.Signals) -> None:
        """Send it a signal that ends it, and wait for the end."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait()

    def check(self) -> None:
        """Check that it has not ended by itself."""
        code = self._process.poll() if self._process else None
        if code is not None:
            raise RuntimeError(f"It ended with {code}: {self._log.with_suffix('.err').read_text()[-2000:]}")

    def first_line(self) -> str:
        """Return the first line that it printed, ``""`` as long as there is none."""
        line, end, _ = self._log.read_text().partition("\n")
        return line if end else ""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An orchestration as the task hub's file has it."""

    id: str
    name: str
    status: str


class System:
    """Host, workers, job runner, and Azurite where it is the lake.

    Parameters
    ----------
    folder : Path
        Everything lies below it.
    profile : Path
        The client profile.
    azurite : bool
        Whether Azurite is the lake; a folder otherwise.
    """

    def __init__(self, folder: Path, *, profile: Path, azurite: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.azurite = Azurite(folder / "azurite").start() if azurite else None
        lake = self.azurite.connection_string if self.azurite else f"folder:{folder / 'lake'}"
        self.settings = _settings(folder, profile, lake)
        self._port, self._lock = 0, threading.Lock()
        self._host = Program("local.host", _host_arguments(folder), self.settings, folder / "host.log")
        self._runner: Program | None = None
        Queue(folder / "jobs")
        with closing(sqlite3.connect(folder / "jobs" / "jobs.sqlite")) as database:
            database.executescript(WITNESS)

    @property
    def store(self) -> BlobStore:
        """The lake."""
        return store_of("LakeStorage", self.settings)

    @property
    def names(self) -> tuple[str, ...]:
        """What may be killed."""
        return ("host", "worker", "runner", *(("azurite",) if self.azurite else ()))

    def start(self) -> None:
        """Start everything, and wait until the host listens."""
        self._host.start("--port", "0")
        told = self._wait_for_host()
        self._port = int(told["url"].rpartition(":")[2])
        arguments = _runner_arguments(self.folder, told["url"], in_folder=self.azurite is None)
        self._runner = Program("local.jobs", arguments, self.settings, self.folder / "runner.log")
        self._runner.start()

    def stop(self) -> None:
        """Stop everything."""
        for program in (self._runner, self._host):
            if program:
                program.end(signal.SIGTERM)
        if self.azurite:
            self.azurite.stop()

    def kill(self, name: str, chance: random.Random) -> bool:
        """Kill one and start it again; False where there is none just now."""
        with self._lock:
            if name == "worker":
                return self._kill_worker(chance)
            {"host": self._kill_host, "runner": self._kill_runner, "azurite": self._kill_azurite}[name]()
            return True

    def check(self) -> None:
        """Check that host and runner have not ended by themselves; raises RuntimeError with what they said."""
        with self._lock:
            for program in (self._host, self._runner):
                if program:
                    program.check()

    @property
    def listens(self) -> bool:
        """Whether the host has started."""
        return bool(self._host.first_line())

    def moment(self) -> str:
        """Say what the system is at."""
        if not self.listens:
            return "host starts"
        if self.rows("host/host.sqlite", "select 1 from deliveries where state = 'waiting' limit 1"):
            return "conditioning"
        if calls := self.rows("host/hub.sqlite", "select name from activities order by seq limit 1"):
            return str(calls[0][0])
        for record in Queue(self.folder / "jobs").unfinished():
            steps = STEPS[record.request.pipeline]
            step = steps[min(len(record.steps), len(steps) - 1)]
            return f"{record.request.pipeline}: {step}"
        return "waiting"

    def instances(self) -> list[Instance]:
        """Return all orchestrations."""
        rows = self.rows("host/hub.sqlite", "select id, name, status from instances")
        return [Instance(id=number, name=name, status=status) for number, name, status in rows]

    def rows(self, file: str, query: str) -> list[tuple[Any, ...]]:
        """Return what a database below the folder holds; nothing where it is not made yet."""
        path = self.folder / file
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as database:
            return database.execute(query).fetchall()

    def post(self, path: str, body: object) -> None:
        """Post to the app until it takes it, as a client does that knows its request by name."""
        latest = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < latest:
            with suppress(URLError, OSError, ValueError):
                told = json.loads(self._host.first_line())
                request = Request(
                    told["url"] + path, json.dumps(body).encode(), told["headers"], method="POST"
                )
                with urlopen(request, timeout=ANSWER_SECONDS):
                    return
            time.sleep(0.1)
        raise TimeoutError(f"{path} was not taken within {PATIENCE_SECONDS} s")

    def _wait_for_host(self) -> dict[str, Any]:
        latest = time.monotonic() + PATIENCE_SECONDS
        while not self._host.first_line():
            self._host.check()
            if time.monotonic() > latest:
                raise TimeoutError("The host does not start")
            time.sleep(0.05)
        told: dict[str, Any] = json.loads(self._host.first_line())
        return told

    def _kill_host(self) -> None:
        self._host.end(signal.SIGKILL)
        self._host.start("--port", str(self._port))

    def _kill_runner(self) -> None:
        assert self._runner, "it was started"
        self._runner.end(signal.SIGKILL)
        self._runner.start()

    def _kill_azurite(self) -> None:
        assert self.azurite, "it is among the names"
        self.azurite.kill()
        self.azurite.start()

    def _kill_worker(self, chance: random.Random) -> bool:
        pids = sorted(_workers(self._host.pid))
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)
            return True
        return False


@contextmanager
def running_system(folder: Path, *, profile: Path, azurite: bool) -> Iterator[System]:
    """Run the system as long as the context lasts."""
    system = System(folder, profile=profile, azurite=azurite)
    try:
        system.start()
        yield system
    finally:
        system.stop()


def _workers(host: int) -> Iterator[int]:
    """Find the worker processes of a host."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == host and b"local.host.worker" in (stat.parent / "cmdline").read_bytes():
                yield int(stat.parent.name)


def _settings(folder: Path, profile: Path, lake: str) -> dict[str, str]:
    return {
        "SHELFCAST_ENVIRONMENT": "local",
        "SHELFCAST_PROFILE": str(profile),
        "SHELFCAST_LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}",
        "SHELFCAST_LOCAL_JOBS": str(folder / "jobs"),
        "SHELFCAST_POLL_SECONDS": "1",
        "SHELFCAST_POLL_SECONDS_MOST": "2",
        "SHELFCAST_QUIET_SECONDS": "1",
        "SHELFCAST_WEEKLY_SCHEDULE": "0 0 0 1 1 *",
        "SHELFCAST_STALE_SCHEDULE": "0 0 0 1 1 *",
        "LakeStorage": lake,
        "AzureWebJobsStorage": lake,
        "OMP_NUM_THREADS": "1",
    }


def _host_arguments(folder: Path) -> list[str]:
    return ["--folder", str(folder / "host"), "--workers", "2", "--prepare", "local.worker:prepare"]


def _runner_arguments(folder: Path, url: str, *, in_folder: bool) -> list[str]:
    keys = json.loads((folder / "host" / "keys.json").read_text())
    notify = f"{url}/runtime/webhooks/EventGrid?functionName=job_completed&code={keys['system']}"
    lake = ["--lake-folder", str(folder / "lake")] if in_folder else []
    return ["--folder", str(folder / "jobs"), *lake, "--notify", notify]
