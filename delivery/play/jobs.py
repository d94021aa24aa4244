"""Runs one job: its environment's gate, then its steps in order. Which jobs run, and when, is not here."""

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from delivery.play.approvals import Gates
from delivery.play.expressions import Scope, evaluate, truth_of
from delivery.play.model import Job, Pipeline, Step
from delivery.play.record import Result, StepResult
from delivery.play.shell import Say, as_environment, filled, run_script

TWINS = Path(__file__).parent / "az" / "bin"
"""Put first on PATH: `az` as it is played."""
OF_THE_CALLER = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", "ARGS", "TRIGGER")
"""What `make play` was given is not for the words that it leads to."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a play happens.

    Attributes
    ----------
    root : Path
        The repository.
    plays : Path
        What plays keep: ``build/play``. Environments live here: a later play finds what an earlier one has deployed.
    folder : Path
        Of this play: its logs.
    """

    root: Path
    plays: Path
    folder: Path
    gates: Gates
    branch: str
    facts: Mapping[str, str]
    say: Say
    dry: bool = False


@dataclass
class JobRun:
    """A job of a pipeline, as it runs."""

    around: Surroundings
    pipeline: Pipeline
    stage: str
    job: Job
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    failed: bool = False

    def run(self) -> Result:
        """Run it, and return how it ended."""
        if not self._gate():
            return "refused"
        for number, step in enumerate(self.job.steps, 1):
            if step.kind != "agent":
                self._step(number, step)
        return "failed" if self.failed else "succeeded"

    def _gate(self) -> bool:
        if not self.job.environment:
            return True
        if self.around.dry:
            self._note(f"environment {self.job.environment}", "planned", note="its checks come first")
            return True
        verdict = self.around.gates.verdict(self.job.environment, self.around.branch)
        result: Result = "succeeded" if verdict.passed else "refused"
        self._note(f"environment {self.job.environment}", result, note=verdict.reason)
        return verdict.passed

    def _step(self, number: int, step: Step) -> None:
        if not self._wanted(step):
            self._note(step.title, "skipped", note="a step before it failed")
            return
        if self.around.dry:
            self._note(step.title, "planned")
            return
        begun = time.monotonic()
        problem = self._do(number, step)
        self.failed = self.failed or problem is not None
        note = problem or self._log(number, step).relative_to(self.around.folder).as_posix()
        self._note(step.title, "failed" if problem else "succeeded", time.monotonic() - begun, note)

    def _wanted(self, step: Step) -> bool:
        functions = {
            "succeeded": lambda: not self.failed,
            "failed": lambda: self.failed,
            "always": lambda: True,
            "succeededorfailed": lambda: True,
        }
        return truth_of(evaluate(step.condition, Scope({"variables": self._variables()}, functions)))

    def _do(self, number: int, step: Step) -> str | None:
        """Do a step, and return what went wrong."""
        if step.kind == "publish":
            return _copied(self.around.root / step.folder, self._artifact("current", step.artifact))
        if step.kind == "download":
            place = self._workspace() / ("" if step.source == "current" else step.source) / step.artifact
            return _copied(self._artifact(step.source, step.artifact), place)
        return self._script(number, step)

    def _script(self, number: int, step: Step) -> str | None:
        variables, log = self._variables(), self._log(number, step)
        ended = run_script(
            filled(step.script, variables),
            root=self.around.root,
            environment=self._environment(step, variables),
            log=log,
            say=lambda line: self.around.say(f"    {line}"),
            seconds=self.job.minutes * 60,
        )
        self.outputs.update({f"{self.job.name}.{step.name}.{k}": v for k, v in ended.outputs.items()})
        if ended.timed_out:
            return f"not done after {self.job.minutes} minutes; see {log}"
        return f"ended with {ended.code}; see {log}" if ended.code else None

    def _environment(self, step: Step, variables: Mapping[str, str]) -> dict[str, str]:
        own = {name: filled(value, variables) for name, value in step.environment.items()}
        path = f"{TWINS}{os.pathsep}{os.environ.get('PATH', '')}"
        play = {"TF_BUILD": "True", "SHELFCAST_PLAY": str(self.around.plays), "PATH": path}
        play["SHELFCAST_PYTHON"] = sys.executable  # the twin of az runs with the player's own packages
        around = {name: value for name, value in os.environ.items() if name not in OF_THE_CALLER}
        return {**around, **as_environment(variables), **own, **play}

    def _variables(self) -> dict[str, str]:
        own = {"Pipeline.Workspace": str(self._workspace()), "Build.SourcesDirectory": str(self.around.root)}
        return {**self.around.facts, **own, **self.pipeline.variables}

    def _workspace(self) -> Path:
        return self.around.folder / "workspace" / self.pipeline.name

    def _artifact(self, source: str, artifact: str) -> Path:
        pipeline = self.pipeline.name if source == "current" else self.pipeline.sources[source]
        return self.around.plays / "artifacts" / pipeline / artifact

    def _log(self, number: int, step: Step) -> Path:
        folder = self.around.folder / self.pipeline.name / self.stage
        folder.mkdir(parents=True, exist_ok=True)
        title = re.sub(r"[^A-Za-z0-9]+", "-", step.title).strip("-").lower()
        return folder / f"{self.job.name}-{number:02}-{title}.log"

    def _note(self, step: str, result: Result, seconds: float = 0.0, note: str = "") -> None:
        self.around.say(f"  {self.stage} / {self.job.name}: {step}: {result}{f' ({note})' if note else ''}")
        self.steps.append(
            StepResult(
                pipeline=self.pipeline.name,
                stage=self.stage,
                job=self.job.name,
                step=step,
                result=result,
                seconds=round(seconds, 1),
                note=note,
            )
        )


def _copied(source: Path, target: Path) -> str | None:
    """Copy a folder over another; return what is wrong, if anything."""
    if not source.is_dir():
        return f"{source} is not there: the step or the run that makes it has not been played"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return None
