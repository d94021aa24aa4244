"""Fifty times kill -9 at random, and the same forecasts: host, workers, job runner, and Azurite where it is the lake.

    python -m benchmarks.kills [--kills 50] [--seed 7] [--storage folder|azurite]

The files of the sample company are dropped; until all kills are done, further runs of everything are asked for. Then an
undisturbed system does the same, and whatever both have made has to be the same: forecasts, orders, quarantine, dataset
versions, models, rows of the ledger. How the system is started and killed is in benchmarks.victims.
"""

import argparse
import hashlib
import json
import random
import re
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import yaml

from benchmarks.victims import Instance, System, running_system
from local.ingest import find_files, receive
from local.jobs.queue import ENDED
from shared.lake import Lake
from shared.profile import load_profile
from shared.runs.arrivals import waiting
from shared.settings import ROOT

SAMPLE = ROOT / "tests" / "data" / "sample"
QUICK = {"epochs": 2, "evaluation_weeks": 4, "validation_weeks": 4}
LOOK_SECONDS = 0.1
PATIENT = 0.8
"""Share of the kills that wait until the host listens again."""
RUN_SECONDS = 600.0
RESULTS = ("forecasts.csv", "orders.csv", "evaluation.csv")
COMPLETED = "Completed"
MOMENT = re.compile(rb'"at": ?"[^"]*"')
"""What two runs cannot have in common: the time."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Who was killed, and what the system was at."""

    victim: str
    moment: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a system came to: facts that have to be the same whatever happened, and faults that nothing excuses."""

    facts: dict[str, str]
    faults: list[str]
    runs: tuple[str, ...]
    seconds: float


class Killer:
    """Kills at random moments on a thread of its own, until it has killed often enough.

    Parameters
    ----------
    pace : float
        Mean of the seconds between two kills.
    """

    def __init__(self, system: System, *, kills: int, seed: int, pace: float) -> None:
        self._system, self._most, self._pace = system, kills, pace
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._failure: list[Exception] = []
        self.kills: list[Kill] = []
        self._thread = threading.Thread(target=self._work, name="killer")

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def wants_more(self) -> bool:
        """Whether it goes on; raises what stopped it."""
        if self._failure:
            raise self._failure[0]
        return len(self.kills) < self._most

    def _work(self) -> None:
        try:
            while len(self.kills) < self._most:
                self._let_it_start()
                if self._over.wait(self._chance.uniform(0.1, 2 * self._pace - 0.1)):
                    return
                self._kill()
        except Exception as exc:  # noqa: BLE001 - raised where it is asked
            self._failure.append(exc)

    def _let_it_start(self) -> None:
        """Wait for the host, most of the time: else a slow machine would see it killed while it starts, and only so."""
        patient = self._chance.random() < PATIENT
        while patient and not self._system.listens and not self._over.wait(LOOK_SECONDS):
            pass

    def _kill(self) -> None:
        victim, moment = self._chance.choice(self._system.names), self._system.moment()
        if self._system.kill(victim, self._chance):
            self.kills.append(Kill(victim=victim, moment=moment))


def main(argv: list[str] | None = None) -> int:
    """Print who was killed when, and what differs; 1 = something does."""
    options = _parser().parse_args(argv)
    with TemporaryDirectory(prefix="kills-") as folder:
        kills, faults, line = prove(
            Path(folder), kills=options.kills, seed=options.seed, pace=options.pace,
            azurite=options.storage == "azurite",
        )  # fmt: skip
    print("\n".join((*table(kills), "", line, *faults, "ok" if not faults else "FAILED")))
    return 1 if faults else 0


def prove(
    folder: Path, *, kills: int, seed: int, pace: float, azurite: bool
) -> tuple[list[Kill], list[str], str]:
    """Run with kills and without; return the kills, what is wrong, and a line about it."""
    done, killed = disturb(folder, kills=kills, seed=seed, pace=pace, azurite=azurite)
    with running_system(
        folder / "left_alone", profile=(folder / "profile.yml").resolve(), azurite=azurite
    ) as system:
        whole = _work(system, lambda number: number < len(killed.runs))
    line = (
        f"{len(done)} kills in {killed.seconds:.0f} s and {len(killed.runs)} runs"
        f" (undisturbed {whole.seconds:.0f} s), {len(whole.facts)} facts compared"
    )
    return done, [*killed.faults, *whole.faults, *differences(killed.facts, whole.facts)], line


def disturb(folder: Path, *, kills: int, seed: int, pace: float, azurite: bool) -> tuple[list[Kill], Result]:
    """Run with kills; return them, and what came of it."""
    profile = _profile(folder / "profile.yml")
    with running_system(folder / "killed", profile=profile, azurite=azurite) as system:
        with Killer(system, kills=kills, seed=seed, pace=pace) as killer:
            killed = _work(system, lambda number: killer.wants_more)
        return killer.kills, killed


def table(kills: Sequence[Kill]) -> Iterator[str]:
    """Return the lines of a table of kills by moment and victim."""
    victims = sorted({kill.victim for kill in kills})
    yield f"{'moment':<30}" + "".join(f"{victim:>10}" for victim in victims)
    counted = Counter((kill.moment, kill.victim) for kill in kills)
    for moment in sorted({kill.moment for kill in kills}):
        yield f"{moment:<30}" + "".join(f"{counted[moment, victim] or '':>10}" for victim in victims)
    sums = Counter(kill.victim for kill in kills)
    yield f"{'all':<30}" + "".join(f"{sums[victim]:>10}" for victim in victims)


def _work(system: System, goes_on: Callable[[int], bool]) -> Result:
    """Drop the files, wait for their run, and ask for further ones as long as it goes on; return what came of it."""
    began = time.monotonic()
    lake = Lake(system.store, load_profile(ROOT / system.settings["SHELFCAST_PROFILE"]))
    receive(lake, find_files(lake.profile, SAMPLE), advance=lambda: None)
    runs = [_ended(system, "weekly-").id]
    while goes_on(len(runs)):
        runs.append(f"again{len(runs)}")
        system.post("/api/runs", {"id": runs[-1], "force": True})
        _ended(system, runs[-1])
    _settled(system)
    return Result(
        facts=_facts(system, runs),
        faults=list(_faults(system, lake, runs)),
        runs=tuple(runs),
        seconds=time.monotonic() - began,
    )


def _ended(system: System, prefix: str) -> Instance:
    """Wait for the end of the run whose name begins so."""
    return _await(
        system, lambda: next((i for i in _runs(system) if i.id.startswith(prefix) and _over(i)), None)
    )


def _settled(system: System) -> None:
    """Wait until no orchestration is under way."""
    _await(system, lambda: all(map(_over, system.instances())) or None)


def _await(system: System, look: Callable[[], T | None]) -> T:
    latest = time.monotonic() + RUN_SECONDS
    while (found := look()) is None:
        system.check()
        if time.monotonic() > latest:
            raise TimeoutError(f"Nothing ended within {RUN_SECONDS} s: {system.instances()}")
        time.sleep(LOOK_SECONDS)
    return found


def _runs(system: System) -> list[Instance]:
    return [instance for instance in system.instances() if instance.name == "weekly_run"]


def _over(instance: Instance) -> bool:
    return instance.status not in ("Pending", "Running")


def _facts(system: System, runs: Sequence[str]) -> dict[str, str]:
    """Return everything that has to be the same, under names that people understand."""
    store = system.store
    paths = [f"predictions/{run}/{name}" for run in runs for name in RESULTS]
    paths += [blob.path for zone in ("quarantine", "models") for blob in store.list(f"{zone}/")]
    facts = {path: _content(system, path) for path in paths}
    jobs = system.rows("jobs/jobs.sqlite", "select name, word, steps from jobs")
    facts |= {f"job {name}": f"{word} {steps}" for name, word, steps in jobs}
    instances = [i for i in system.instances() if i.name != "arrivals"]
    facts |= {f"orchestration {i.id}": f"{i.name} {i.status}" for i in instances}
    current = [blob.path for blob in store.list("conditioned/") if blob.path.endswith("/current.json")]
    facts |= {path: json.loads(_read(system, path))["version"] for path in current}
    return facts | {f"ledger {name}": str(rows) for name, rows in _ledger(system.folder / "ledger.sqlite")}


def _content(system: System, path: str) -> str:
    return hashlib.sha256(MOMENT.sub(b"", _read(system, path))).hexdigest()


def _read(system: System, path: str) -> bytes:
    with system.store.open(path) as blob:
        return blob.read()


def _ledger(file: Path) -> Iterator[tuple[str, int]]:
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in names:
            yield name, database.execute(f"select count(*) from {name}").fetchone()[0]


def _faults(system: System, lake: Lake, runs: Sequence[str]) -> Iterator[str]:
    """Find what no kill excuses."""
    yield from (f"{path} has no receipt" for path in waiting(lake.store, lake.profile))
    yield from (f"{i.id} ended as {i.status}" for i in system.instances() if i.status != COMPLETED)
    started = sorted(instance.id for instance in _runs(system))
    if started != sorted(runs):
        yield f"the runs are {started}, not {sorted(runs)}"
    left = system.rows("host/hub.sqlite", "select name, instance from activities")
    yield from (f"activity {name} of {instance} is left over" for name, instance in left)
    states = system.rows("host/host.sqlite", "select path, state from deliveries where state != 'done'")
    yield from (f"the delivery of {path} is {state}" for path, state in states)
    yield from repeated(
        system.rows("jobs/jobs.sqlite", "select name, word, steps from witness order by number")
    )


def repeated(seen: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Find jobs that went on after their end, or did a step again, in what was seen of them: name, word, steps."""
    latest: dict[str, tuple[str, list[str]]] = {}
    for name, word, steps in seen:
        done = json.loads(steps)
        before_word, before = latest.get(name, ("", []))
        if before_word in ENDED:
            yield f"job {name} was {word} after it had been {before_word}"
        if done[: len(before)] != before or len(set(done)) != len(done):
            yield f"job {name} did steps again: {before}, then {done}"
        latest[name] = word, done


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """Name every fact that is not the same with kills and without."""
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"{name}: {one.get(name, 'not there')} with kills, {other.get(name, 'not there')} without"


def _profile(path: Path) -> Path:
    """Write the shipped profile with settings that train in a moment."""
    profile = yaml.safe_load((ROOT / "config" / "default.yml").read_text())
    profile["forecasting"] = {**profile["forecasting"], **QUICK}
    path.write_text(yaml.safe_dump(profile))
    return path.resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pace", type=float, default=2.0, help="seconds between two kills, on average")
    parser.add_argument("--storage", choices=("folder", "azurite"), default="folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
