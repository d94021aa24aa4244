"""Plays what an event starts: pipelines, stages in the order of their dependencies, and the pipelines that follow."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.play.errors import PlayRefused
from delivery.play.expressions import Scope, evaluate, truth_of
from delivery.play.jobs import JobRun, Surroundings
from delivery.play.model import Job, Pipeline, Stage, load
from delivery.play.record import Record, Result, StageResult, StepResult
from delivery.play.triggers import Event, following, started

PIPELINES = Path(".azure-pipelines")

FINE: tuple[Result, ...] = ("succeeded", "kept")

OUTPUT = re.compile(r"dependencies\.(\w+)\.outputs\['([^']+)'\]")


@dataclass
class Player:
    """Plays one event.

    Attributes
    ----------
    around : Surroundings
        Where it happens.
    record : Record
        What became of it so far.
    first : str
        The stage to go on from; `kept` are the stages that had succeeded before.
    """

    around: Surroundings
    record: Record
    first: str = ""
    kept: Mapping[tuple[str, str], StageResult] = field(default_factory=dict)

    def play(self, event: Event, given: Mapping[str, Any]) -> Record:
        """Play all pipelines that an event starts, one after the other, and those that follow them."""
        folder = self.around.root / PIPELINES
        waiting = started(folder, event)
        if not waiting:
            raise PlayRefused(f"A {event.kind} of {event.branch} starts no pipeline; see {PIPELINES}.")
        while waiting:
            pipeline = load(waiting.pop(0), self.around.root, event.facts, given)
            if self._pipeline(pipeline):
                waiting += following(folder, pipeline.name, event)
            self.record.write(self.around.folder)
        if self.first:
            raise PlayRefused(f"No stage '{self.first}' is played here: {', '.join(self._stages())}.")
        return self.record

    def _pipeline(self, pipeline: Pipeline) -> bool:
        self.around.say(f"{pipeline.name} on {self.around.branch}")
        results: dict[str, StageResult] = {}
        for name in in_order(pipeline.stages):
            stage = next(one for one in pipeline.stages if one.name == name)
            results[name] = self._stage(pipeline, stage, results)
            self.record.stages.append(results[name])
        return all(one.result in (*FINE, "skipped") for one in results.values())

    def _stage(self, pipeline: Pipeline, stage: Stage, results: Mapping[str, StageResult]) -> StageResult:
        if self.first in (stage.name, f"{pipeline.name}/{stage.name}"):
            self.first = ""
        if self.first:
            return self._keep(pipeline, stage)
        before = {name: results[name] for name in stage.depends_on}
        if not self._wanted(stage.condition, pipeline, before):
            return self._skip(pipeline, stage, before)
        self.around.say(f"  {stage.name}: {stage.title}")
        return self._jobs(pipeline, stage)

    def _jobs(self, pipeline: Pipeline, stage: Stage) -> StageResult:
        results: dict[str, StageResult] = {}
        for name in in_order(stage.jobs):
            job = next(one for one in stage.jobs if one.name == name)
            before = {name: results[name] for name in job.depends_on}
            results[name] = self._job(pipeline, stage, job, before)
        bad: list[Result] = [one.result for one in results.values() if one.result not in (*FINE, "skipped")]
        outputs = {key: value for one in results.values() for key, value in one.outputs.items()}
        return _stage_result(pipeline, stage, bad[0] if bad else "succeeded", outputs)

    def _job(
        self, pipeline: Pipeline, stage: Stage, job: Job, before: Mapping[str, StageResult]
    ) -> StageResult:
        if not self._wanted(job.condition, pipeline, before):
            return self._skip(pipeline, stage, before)
        run = JobRun(self.around, pipeline, stage.name, job)
        result = run.run()
        self.record.steps += run.steps
        return _stage_result(pipeline, stage, result, run.outputs)

    def _wanted(self, condition: str, pipeline: Pipeline, before: Mapping[str, StageResult]) -> bool:
        names = {
            "variables": {**self.around.facts, **pipeline.variables},
            "dependencies": {
                name: {"result": one.result.capitalize(), "outputs": one.outputs}
                for name, one in before.items()
            },
        }
        if self.around.dry:
            names["dependencies"] = _all_true(condition)
        return truth_of(evaluate(condition, Scope(names, status_functions(before))))

    def _keep(self, pipeline: Pipeline, stage: Stage) -> StageResult:
        found = self.kept.get((pipeline.name, stage.name))
        if not found or found.result not in FINE:
            raise PlayRefused(
                f"{pipeline.name}/{stage.name} has not succeeded in the last play, which comes before "
                f"{self.first}. Go on from {stage.name}, or from the beginning."
            )
        self._note(pipeline, stage, "kept", "succeeded in the play before")
        return _stage_result(pipeline, stage, "kept", found.outputs)

    def _skip(self, pipeline: Pipeline, stage: Stage, before: Mapping[str, StageResult]) -> StageResult:
        bad = [f"{one.stage} {one.result}" for one in before.values() if one.result not in FINE]
        self._note(pipeline, stage, "skipped", ", ".join(bad) or f"its condition: {stage.condition}")
        return _stage_result(pipeline, stage, "skipped")

    def _note(self, pipeline: Pipeline, stage: Stage, result: Result, why: str) -> None:
        self.around.say(f"  {stage.name}: {result} ({why})")
        self.record.steps.append(
            StepResult(pipeline=pipeline.name, stage=stage.name, result=result, note=why)
        )

    def _stages(self) -> list[str]:
        return [f"{one.pipeline}/{one.stage}" for one in self.record.stages]


def status_functions(before: Mapping[str, StageResult]) -> dict[str, Callable[..., bool]]:
    """Return `succeeded()` and its like for what depends on some stages or jobs."""

    def of(names: Sequence[str]) -> list[Result]:
        return [before[name].result for name in names or before]

    return {
        "succeeded": lambda *names: all(result in FINE for result in of(names)),
        "failed": lambda *names: any(result in ("failed", "refused") for result in of(names)),
        "always": lambda: True,
        "succeededorfailed": lambda *names: all(result != "skipped" for result in of(names)),
    }


def in_order(parts: Sequence[Stage] | Sequence[Job]) -> list[str]:
    """Return names so that each comes after those that it depends on, otherwise as written."""
    waiting = {part.name: set(part.depends_on) for part in parts}
    done: list[str] = []
    while waiting:
        ready = next((name for name, needed in waiting.items() if needed <= set(done)), None)
        if ready is None:
            raise PlayRefused(f"{', '.join(waiting)} wait for each other. Mend their dependsOn.")
        done.append(ready)
        del waiting[ready]
    return done


def _all_true(condition: str) -> dict[str, Any]:
    """Return outputs of steps as a dry run takes them: everything that a condition asks for is true."""
    made: dict[str, Any] = {}
    for name, output in OUTPUT.findall(condition):
        made.setdefault(name, {"outputs": {}})["outputs"][output] = "true"
    return made


def _stage_result(
    pipeline: Pipeline, stage: Stage, result: Result, outputs: Mapping[str, str] | None = None
) -> StageResult:
    return StageResult(pipeline=pipeline.name, stage=stage.name, result=result, outputs=dict(outputs or {}))
