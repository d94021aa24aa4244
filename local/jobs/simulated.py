"""Jobs that only pretend to run, under any clock: for runs of a hundred markets in virtual time, and for bad days.

A job's state follows from its request, its script and the times of its submission and cancellation, which is all that
is kept. What a job that succeeded leaves in the lake is in `local.jobs.pretended`.
"""

import hashlib
import json
import math
import re
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from local.jobs.pipeline import PIPELINES, read_pipeline
from local.jobs.pretended import STEPS, write_failure, write_outputs
from local.jobs.queue import CANCELED, COMPLETED, FAILED, FINALIZING, PREPARING, QUEUED, RUNNING, STATES
from shared.ports import BlobStore, JobRequest, JobState, JobStatus

NEVER = math.inf
PREPARING_SHARE = 0.5  # of the time before the first command
FINALIZING_SHARE = 0.9  # of the running time, when the last step writes


@dataclass(frozen=True, kw_only=True)
class Script:
    """How a job is to go; times in seconds, `NEVER` for what does not happen.

    Attributes
    ----------
    error : str
        What goes wrong; empty for a job that succeeds.
    step : str
        The step that says so.
    retryable : bool
        Whether it failed by no fault of its own, such as by the loss of a node.
    cancel_seconds : float
        From the request to cancel it to its end.
    """

    queue_seconds: float = 60.0
    run_seconds: float = 600.0
    error: str = ""
    step: str = "validate"
    retryable: bool = False
    cancel_seconds: float = 0.0


Scripts = Callable[[JobRequest], Script]

FAILS = Script(error="NotEnoughHistory: 3 weeks are too few")
LOSES_ITS_NODE = Script(error="the node was lost", retryable=True)
NEVER_STARTS = Script(queue_seconds=NEVER)
NEVER_ENDS = Script(run_seconds=NEVER)


def usual(request: JobRequest) -> Script:
    """Return a script that succeeds, with times that differ from job to job and stay the same for each."""
    chance = int(hashlib.sha256(request.name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    run = 1200.0 if request.pipeline == "training" else 240.0
    return Script(queue_seconds=20 + 100 * chance, run_seconds=run * (0.5 + chance))


def first_attempt(script: Script) -> Scripts:
    """Let the first attempt of every job follow a script, and the others be as usual."""
    return lambda request: script if attempt(request) == 1 else usual(request)


def of_cell(cell: str, script: Script, *, pipeline: str = "") -> Scripts:
    """Let the jobs of one cell follow a script, and the others be as usual."""

    def choose(request: JobRequest) -> Script:
        meant = request.tags.get("cell") == cell and pipeline in ("", request.pipeline)
        return script if meant else usual(request)

    return choose


def attempt(request: JobRequest) -> int:
    """Return which attempt a job is, by its name."""
    number = re.search(r"-(\d+)$", request.name)
    return int(number[1]) if number else 1


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is kept of a job."""

    request: JobRequest
    submitted: float
    cancelled: float


class SimulatedJobs:
    """Jobs after a script.

    Parameters
    ----------
    store : BlobStore
        The lake that the jobs pretend to write.
    clock : callable
        Returns the time in seconds; it may be virtual.
    scripts : callable
        Gives each request its script.
    database : Path or None
        SQLite file that keeps what was submitted, for several processes; in memory without it.
    """

    def __init__(
        self,
        store: BlobStore,
        clock: Callable[[], float],
        scripts: Scripts = usual,
        *,
        database: Path | None = None,
        pipelines: Path = PIPELINES,
    ) -> None:
        self._store, self._clock, self._scripts, self._pipelines = store, clock, scripts, pipelines
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            database or ":memory:", timeout=30, isolation_level=None, check_same_thread=False
        )
        self._database.execute(
            "create table if not exists jobs (name text primary key, request text not null,"
            " submitted real not null, cancelled real, written integer not null default 0)"
        )

    def submit(self, request: JobRequest) -> JobStatus:
        """Begin to pretend, or find the job of that name; see Jobs."""
        read_pipeline(request.pipeline, self._pipelines).check(request)
        self._execute(
            "insert into jobs (name, request, submitted) values (?, ?, ?) on conflict do nothing",
            request.name, json.dumps(asdict(request)), self._clock(),
        )  # fmt: skip
        found = self.status(request.name)
        assert found is not None, "a job was just added"
        return found

    def status(self, name: str) -> JobStatus | None:
        """Return the status at this time, or None where there is no such job."""
        known = self._find(name)
        if known is None:
            return None
        script = self._scripts(known.request)
        word = _word(known, script, self._clock())
        if STATES[word].ended:
            self._write(known.request, script, word)
        return _status(known.request, script, word)

    def cancel(self, name: str) -> None:
        """Ask for the job's end; one that has ended, or was never there, is left as it is."""
        self._execute(
            "update jobs set cancelled = ? where name = ? and cancelled is null", self._clock(), name
        )

    def submitted(self) -> list[str]:
        """Return the names of all jobs, in the order of their submission."""
        return [name for (name,) in self._execute("select name from jobs order by rowid")]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _find(self, name: str) -> _Known | None:
        rows = self._execute("select request, submitted, cancelled from jobs where name = ?", name)
        if not rows:
            return None
        request, submitted, cancelled = rows[0]
        return _Known(
            request=JobRequest(**json.loads(request)),
            submitted=submitted,
            cancelled=NEVER if cancelled is None else cancelled,
        )

    def _write(self, request: JobRequest, script: Script, word: str) -> None:
        """Leave in the lake what a job leaves that ended so; once, whoever looks."""
        if word == CANCELED or self._execute("select 1 from jobs where name = ? and written", request.name):
            return
        if word == COMPLETED:
            write_outputs(self._store, request, seconds=script.run_seconds)
        elif not script.retryable:
            write_failure(self._store, request, script.step, script.error)
        self._execute("update jobs set written = 1 where name = ?", request.name)

    def _execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _word(known: _Known, script: Script, now: float) -> str:
    """Return Azure ML's word for where a job is."""
    started = known.submitted + script.queue_seconds
    ended = started + script.run_seconds
    if known.cancelled < ended and now >= known.cancelled + script.cancel_seconds:
        return CANCELED
    if now >= ended:
        return FAILED if script.error else COMPLETED
    if now >= started:
        return RUNNING if now < started + FINALIZING_SHARE * script.run_seconds else FINALIZING
    return QUEUED if now < known.submitted + PREPARING_SHARE * script.queue_seconds else PREPARING


def _status(request: JobRequest, script: Script, word: str) -> JobStatus:
    steps = STEPS.get(request.pipeline, ())
    status = JobStatus(
        name=request.name,
        state=STATES[word],
        service_state=word,
        logs={step: f"{request.output}/logs/{step}.txt" for step in steps if STATES[word] != JobState.QUEUED},
    )
    if word == FAILED:
        said = script.error if script.retryable else f"{script.step}: {script.error}"
        return replace(status, detail=said, retryable=script.retryable)
    return replace(status, detail="cancelled as asked") if word == CANCELED else status
