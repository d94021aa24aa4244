"""Runs a pipeline's steps in this process, from the same YAML that Azure ML gets: breakpoints hold, nothing is sent."""

import shlex
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from local.jobs.pipeline import FILE, FOLDER, PARENT_INPUT, STEP_OUTPUT, PipelineStep, read_pipeline
from shared.errors import JobRefused
from shared.messages import JobEnd, Pipeline
from shared.ports import JobRequest
from training.steps.program import Step, read_report


@dataclass(frozen=True, kw_only=True)
class InProcess:
    """Pipelines over a lake that is a folder."""

    root: Path

    def run(self, request: JobRequest, pipeline: Pipeline) -> JobEnd:
        """Run the steps up to the first that fails."""
        declared = read_pipeline(request.pipeline)
        declared.check(request)
        failed = ""
        for step in declared.steps:
            failed = self._run(step, request)
            if failed:
                break
        return JobEnd(
            name=request.name,
            pipeline=pipeline,
            outcome="failed" if failed else "succeeded",
            detail=failed,
            output=request.output,
        )

    def _run(self, step: PipelineStep, request: JobRequest) -> str:
        """Run a step; returns what went wrong."""
        output = self.root / request.output / step.name
        output.parent.mkdir(parents=True, exist_ok=True)
        values = {name: self._value(step, name, bound, request) for name, bound in step.inputs.items()}
        words = shlex.split(step.fill(values, output))
        if words[:2] != ["python", "-m"]:
            raise JobRefused(
                f"{step.name}: {words[0]} is no module of Python; only those run in this process"
            )
        program: Step = import_module(words[2]).STEP
        if program.main(words[3:]) == 0:
            return ""
        report = read_report(output)
        return f"{step.name}: {report.error if report else 'left no report'}"

    def _value(self, step: PipelineStep, name: str, bound: str, request: JobRequest) -> str:
        parent, earlier = PARENT_INPUT.fullmatch(bound), STEP_OUTPUT.fullmatch(bound)
        if earlier:
            return str(self.root / request.output / earlier[1])
        if not parent:
            return bound
        if step.kinds[name] in (FILE, FOLDER):
            return str(self.root / request.inputs[parent[1]])
        return request.parameters[parent[1]]
