"""From raw files to published forecasts with one command: the whole system is brought up, fed, followed, and stopped.

Everything lies below one folder. Killed at any point and started again, it goes on where it was; started again with
nothing changed, it does nothing. What people see while it runs is in `local.console`, what comes out in `local.result`.
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from local.durable import InstanceStatus
from local.host.registry import load_functions
from local.host.storage import store_of
from local.ingest import find_files, receive
from local.pool import WORKERS
from local.result import RunResult, read_result
from local.up import Storage, System, UpOptions, running_system
from shared.errors import ShelfcastError
from shared.lake import Lake
from shared.profile import Profile, load_profile
from shared.runs.arrivals import arrival_digest, waiting
from shared.runs.summary import count_outcomes, read_plan

LOOK_SECONDS = 0.5
ANNOUNCED_SECONDS = 20.0
"""How long the function of the last file may take to announce what has arrived."""


class Watcher(Protocol):
    """Whoever shows how a run goes on."""

    def phase(self, name: str, total: int) -> None:
        """A phase begins, with so many things to do."""
        ...

    def advance(self, what: str) -> None:
        """One of them is done."""
        ...

    def note(self, text: str) -> None:
        """Something that the user should know."""
        ...


def run(
    profile_path: Path,
    data: Path | None,
    root: Path,
    watcher: Watcher,
    *,
    workers: int = WORKERS,
    storage: Storage = "folder",
) -> RunResult:
    """Run the whole way.

    Parameters
    ----------
    profile_path : Path
        The client profile.
    data : Path or None
        Folder with new raw files; None: only what lies in the lake already.
    root : Path
        Everything lies here.
    watcher : Watcher
    workers : int
        Processes of the host, and jobs at a time.
    storage : {"folder", "azurite"}
        Whether the lake is a plain folder, or lies in the emulator of the blob service.

    Raises
    ------
    ShelfcastError
        If there is nothing to forecast: no files, no stores; or another run works on the same folder.
    """
    profile = load_profile(profile_path)
    files = find_files(profile, data) if data is not None else {}
    options = UpOptions(
        folder=root,
        profile=profile_path,
        port=0,
        storage_port=0,
        workers=workers,
        jobs=workers,
        storage=storage,
    )
    with running_system(options) as system:
        _check_app(options.app, profile)
        lake = Lake(store_of("LakeStorage", system.settings), profile)
        watcher.phase("Receive files", sum(map(len, files.values())))
        receive(lake, files, advance=lambda: watcher.advance(""))
        name = _Follower(system, lake, watcher, began=datetime.now(UTC)).follow()
        return read_result(lake, name, root / "results")


def _check_app(app: str, profile: Profile) -> None:
    """Raise ShelfcastError where the app of this process was read for another profile: it is read once."""
    missing = [source for source in profile.sources if f"condition_{source}" not in load_functions(app)]
    if missing:
        raise ShelfcastError(
            f"this process has read the app for a profile without {', '.join(missing)}; start anew"
        )


@dataclass(frozen=True)
class _Follower:
    """Follows what files lead to, up to the end of their run."""

    system: System
    lake: Lake
    watcher: Watcher
    began: datetime

    def follow(self) -> str:
        """Wait for the run, and return its name."""
        self._conditioned()
        self._replayed()
        run = self._arrived() or self._demanded()
        self._ended(run)
        return run

    def _conditioned(self) -> None:
        left = len(waiting(self.lake.store, self.lake.profile))
        self.watcher.phase("Condition files", left)
        while left:
            self._rest()
            now = waiting(self.lake.store, self.lake.profile)
            for _ in range(left - len(now)):
                self.watcher.advance("")
            left = len(now)

    def _replayed(self) -> None:
        """Let files be conditioned anew whose rules have changed since."""
        outdated = {source: len(self.lake.pending(source)) for source in self.lake.profile.sources}
        for source, files in outdated.items():
            if files:
                self.watcher.note(f"{source}: its rules have changed, {files} files are conditioned again")
                instance = self._ask(f"conditioning/{source}/replay", {"force": False})
                self._wait_for(instance)

    def _arrived(self) -> str:
        """Return the run that the files have led to, empty where they lead to none or have long since."""
        self.watcher.phase("Publish dataset versions", 1)
        instance = f"arrivals-{arrival_digest(self.lake.store, self.lake.profile)}"
        deadline = time.monotonic() + ANNOUNCED_SECONDS
        while (status := self._status(instance)) is None and time.monotonic() < deadline:
            self._rest()
        if status is None or (status.runtime_status.ended and status.updated_at < self.began):
            return ""
        while not (run := self._run_of(instance)) and not self._has_ended(instance):
            self._rest()
        self.watcher.advance("")
        return run or self._run_told_by(instance)

    def _run_of(self, arrivals: str) -> str:
        runs = [s for s in self.system.host.engine.instances("weekly-") if s.parent == arrivals]
        return runs[-1].instance_id if runs else ""

    def _run_told_by(self, arrivals: str) -> str:
        status = self._status(arrivals)
        output = status.output if status and isinstance(status.output, dict) else {}
        for source in output.get("late", ()):
            self.watcher.note(f"{source} is late; the run goes on without it")
        return str(output.get("run") or output.get("duplicate_of") or "")

    def _demanded(self) -> str:
        """Ask for a run of what is there: it does what has changed since, and what failed."""
        return self._ask("runs", {})

    def _ended(self, run: str) -> None:
        while (plan := read_plan(self.lake.store, run)) is None and not self._has_ended(run):
            self._rest()
        self.watcher.phase("Train and score cells", len(plan.cells) if plan else 0)
        done = 0
        while not self._has_ended(run):
            self._rest()
            now = count_outcomes(self.lake.store, run)
            for _ in range(now - done):
                self.watcher.advance("")
            done = now

    def _ask(self, route: str, body: dict[str, object]) -> str:
        """Ask the app over HTTP, as anybody would, and return the instance."""
        host = self.system.host
        call = urllib.request.Request(  # noqa: S310 - our own host
            f"{host.url}/api/{route}",
            json.dumps(body).encode(),
            {**host.headers, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(call) as answer:  # noqa: S310
                return str(json.load(answer)["id"])
        except urllib.error.HTTPError as exc:
            raise ShelfcastError(_told(exc.read())) from exc

    def _wait_for(self, instance: str) -> None:
        while not self._has_ended(instance):
            self._rest()

    def _has_ended(self, instance: str) -> bool:
        status = self._status(instance)
        return status is not None and status.runtime_status.ended

    def _status(self, instance: str) -> InstanceStatus | None:
        return self.system.host.engine.status(instance)

    def _rest(self) -> None:
        time.sleep(LOOK_SECONDS)
        for line in self.system.mend():
            self.watcher.note(line)


def _told(body: bytes) -> str:
    """Return what a refusal says."""
    try:
        error = json.loads(body)["error"]
        return f"{error['field']}: {error['problem']}. {error['remedy']}"
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace") or "the app refused, and did not say why"
