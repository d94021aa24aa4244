"""Runs one job: its steps one after the other, inputs from the lake, outputs and logs to the lake.

A step that has ended well is not run again, however often the job is begun. Which job runs when is not here.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.jobs.commands import Command, RunningCommand, is_plain, signal_of
from local.jobs.inputs import InputCache
from local.jobs.pipeline import FILE, FOLDER, PARENT_INPUT, STEP_OUTPUT, Pipeline, PipelineStep
from local.jobs.queue import CANCELED, COMPLETED, FAILED, FINALIZING, PREPARING, RUNNING, Queue, Record
from shared.errors import BlobMissing, JobError, JobRefused
from shared.ports import BlobStore
from training.steps.program import REPORT, read_report

LOOK_SECONDS = 0.2
LAST_BYTES = 4096


class StepFailed(JobError):
    """A step has ended badly; `retryable` where that was not its own doing."""

    def __init__(self, detail: str, *, retryable: bool) -> None:
        super().__init__(detail)
        self.retryable = retryable


class Cancelled(JobError):
    """Somebody asked for the job's end."""


class Interrupted(JobError):
    """The runner ends; whoever comes next goes on with the job."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What all jobs of a runner share.

    Attributes
    ----------
    folder : Path
        The runner's folder.
    stopping : callable
        Whether the runner is about to end.
    """

    folder: Path
    queue: Queue
    store: BlobStore
    inputs: InputCache
    stopping: Callable[[], bool]

    @property
    def alive(self) -> Path:
        """The file that every process of a step holds a lock on."""
        return self.folder / "alive"


class Work:
    """One job under way."""

    def __init__(self, place: Workplace, record: Record, pipeline: Pipeline) -> None:
        self._place, self._request, self._pipeline = place, record.request, pipeline
        self._folder = place.folder / "work" / record.request.name
        self._done, self._logs = list(record.steps), dict(record.logs)
        self._begun = record.word not in (PREPARING,)

    def run(self) -> None:
        """Run what is left to do, and write down how it ended; raises Interrupted."""
        try:
            (self._folder / "logs").mkdir(parents=True, exist_ok=True)
            for step in self._pipeline.steps:
                if step.name not in self._done:
                    self._run_step(step)
        except Interrupted:
            raise
        except Cancelled as exc:
            self._end(CANCELED, detail=str(exc))
        except StepFailed as exc:
            self._end(FAILED, detail=str(exc), retryable=exc.retryable)
        except (BlobMissing, JobRefused) as exc:
            self._end(FAILED, detail=f"{type(exc).__name__}: {exc}")
        except Exception as exc:  # noqa: BLE001 - the machine's trouble, not the job's: it ends as such
            self._end(FAILED, detail=f"{type(exc).__name__}: {exc}", retryable=True)
        else:
            self._end(COMPLETED)

    def _run_step(self, step: PipelineStep) -> None:
        self._look()
        values = {name: self._value(step, name, bound) for name, bound in step.inputs.items()}
        output, log = self._folder / step.name, self._folder / "logs" / f"{step.name}.txt"
        command = Command(
            text=step.fill(values, output),
            plain=is_plain(step.command),
            folder=step.code,
            environment=step.environment,
            log=log,
        )
        self._begin()
        exit_code = self._execute(command, step.timeout)
        if step is self._pipeline.steps[-1]:
            self._update(word=FINALIZING)
        self._upload(step.name, output, log)
        if exit_code is None or exit_code != 0:
            raise _failure(step, output, log, exit_code)
        self._done.append(step.name)
        self._update(steps=tuple(self._done))

    def _value(self, step: PipelineStep, name: str, bound: str) -> str:
        """Return what the command shall have for an input: a text, or where its file or folder lies."""
        parent, earlier = PARENT_INPUT.fullmatch(bound), STEP_OUTPUT.fullmatch(bound)
        if earlier:
            return str(self._output_of(earlier[1]))
        if not parent:
            return bound
        kind, patterns = step.kinds[name], step.reads.get(name, ("*",))
        if kind == FILE:
            return str(self._place.inputs.file(self._request.inputs[parent[1]]))
        if kind == FOLDER:
            return str(self._place.inputs.folder(self._request.inputs[parent[1]], patterns))
        return self._request.parameters[parent[1]]

    def _output_of(self, step: str) -> Path:
        here = self._folder / step
        return here if here.exists() else self._place.inputs.folder(f"{self._request.output}/{step}")

    def _execute(self, command: Command, timeout: float | None) -> int | None:
        """Run a command; None where it took too long."""
        command.log.unlink(missing_ok=True)
        running = RunningCommand(command, self._place.alive)
        latest = time.monotonic() + (timeout or float("inf"))
        try:
            while not running.wait(LOOK_SECONDS):
                self._look()
                if time.monotonic() > latest:
                    return None
            return running.exit_code
        finally:
            running.kill()

    def _look(self) -> None:
        """See whether the job is still wanted."""
        if self._place.stopping():
            raise Interrupted(self._request.name)
        now = self._place.queue.find(self._request.name)
        if now and now.cancel:
            raise Cancelled("cancelled as asked")

    def _upload(self, step: str, output: Path, log: Path) -> None:
        """Write a step's log and output into the lake, its report last."""
        store, target = self._place.store, self._request.output
        address = f"{target}/logs/{step}.txt"
        store.put(address, log if log.exists() else b"")
        files = [path for path in output.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda path: (path.name == REPORT, path)):
            store.put(f"{target}/{step}/{path.relative_to(output).as_posix()}", path)
        self._logs[step] = address
        self._update(logs=self._logs)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._update(word=RUNNING, started=time.time())

    def _end(self, word: str, *, detail: str = "", retryable: bool = False) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._update(word=word, detail=detail, retryable=retryable, ended=time.time())

    def _update(self, **columns: object) -> None:
        self._place.queue.update(self._request.name, **columns)


def _failure(step: PipelineStep, output: Path, log: Path, exit_code: int | None) -> StepFailed:
    if exit_code is None:
        return StepFailed(f"{step.name}: took longer than its limit of {step.timeout} s", retryable=False)
    report = read_report(output)
    if report and report.error:
        return StepFailed(f"{step.name}: {report.error}", retryable=False)
    signal = signal_of(exit_code)
    if signal:
        said = f"its process was killed by {signal}, for want of memory most likely"
        return StepFailed(f"{step.name}: {said}", retryable=True)
    return StepFailed(f"{step.name}: exit code {exit_code}. {_last_line(log)}".strip(), retryable=False)


def _last_line(log: Path) -> str:
    if not log.exists():
        return ""
    lines = log.read_bytes()[-LAST_BYTES:].decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
