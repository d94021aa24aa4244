"""A pipeline, expanded and read: stages, jobs, steps. How they run is not here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from delivery.play.errors import PipelineRefused
from delivery.play.templates import expand

AGENT_TASKS = ("UsePythonVersion", "NodeTool", "Cache", "PublishTestResults")
"""What an agent does for a job and this machine has done already: nothing is run for them."""

PREFIX = "shelfcast-"
"""A pipeline is registered as this and its file's name: ``ci.yml`` as ``shelfcast-ci``."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step; a `script` runs, an `agent` step is the agent's own business."""

    kind: Literal["script", "publish", "download", "agent"]
    title: str
    script: str = ""
    name: str = ""  # by which its outputs are known
    artifact: str = ""
    source: str = ""  # of an artifact: "current" or a pipeline resource
    folder: str = ""  # that is published
    environment: Mapping[str, str] = field(default_factory=dict)
    condition: str = "succeeded()"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Steps in order; a deployment names an environment, whose checks come first."""

    name: str
    steps: Sequence[Step]
    environment: str = ""
    depends_on: tuple[str, ...] = ()
    condition: str = "succeeded()"
    minutes: int = 60


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Jobs, after the stages that it depends on."""

    name: str
    title: str
    jobs: Sequence[Job]
    depends_on: tuple[str, ...] = ()
    condition: str = "succeeded()"


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline for one branch."""

    name: str  # the stem of its file
    stages: Sequence[Stage]
    variables: Mapping[str, str]
    sources: Mapping[str, str]  # by the name of a pipeline resource, the pipeline that it stands for


def load(path: Path, root: Path, facts: Mapping[str, str], given: Mapping[str, Any]) -> Pipeline:
    """Return a pipeline as its file says it for a branch and parameters."""
    expanded = expand(path, root, facts, given)
    reader = _Reader(str(path.relative_to(root)))
    return Pipeline(
        name=path.stem,
        stages=reader.stages(expanded.get("stages", [])),
        variables=expanded["variables"],
        sources={one["pipeline"]: file_name(one["source"]) for one in resources(expanded, "pipelines")},
    )


def resources(content: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return a pipeline's resources of a kind, such as ``pipelines``."""
    found: list[dict[str, Any]] = (content.get("resources") or {}).get(kind) or []
    return found


def file_name(source: str) -> str:
    """Return the stem of the file of a registered pipeline."""
    return source.removeprefix(PREFIX)


def script_of(step: Mapping[str, Any]) -> str | None:
    """Return the shell that a step runs, None where it runs none."""
    for key in ("bash", "script"):
        if key in step:
            return str(step[key])
    if str(step.get("task", "")).startswith("AzureCLI@"):
        return str(step["inputs"]["inlineScript"])
    return None


class _Reader:
    """Reads what is expanded; the file's name stands in what it refuses."""

    def __init__(self, file: str) -> None:
        self.file = file

    def stages(self, found: Sequence[Mapping[str, Any]]) -> list[Stage]:
        """Return the stages; one that names no dependency depends on the one before it."""
        made: list[Stage] = []
        for one in found:
            before = (made[-1].name,) if made else ()
            made.append(self._stage(one, before))
        self._known(made)
        return made

    def _stage(self, one: Mapping[str, Any], before: tuple[str, ...]) -> Stage:
        jobs = [self._job(job) for job in one["jobs"]]
        self._known(jobs)
        return Stage(
            name=one["stage"],
            title=one.get("displayName", one["stage"]),
            jobs=jobs,
            depends_on=_names(one["dependsOn"]) if "dependsOn" in one else before,
            condition=one.get("condition", "succeeded()"),
        )

    def _job(self, one: Mapping[str, Any]) -> Job:
        deployment = "deployment" in one
        steps = one["strategy"]["runOnce"]["deploy"]["steps"] if deployment else one["steps"]
        return Job(
            name=one["deployment"] if deployment else one["job"],
            steps=[self._step(step) for step in steps],
            environment=one.get("environment", ""),
            depends_on=_names(one.get("dependsOn", [])),
            condition=one.get("condition", "succeeded()"),
            minutes=int(one.get("timeoutInMinutes", 60)),
        )

    def _step(self, one: Mapping[str, Any]) -> Step:
        kind, own = self._kind(one)
        return Step(
            kind=kind,
            title=one.get("displayName") or next(iter(one.values())),
            name=one.get("name", ""),
            environment=one.get("env", {}),
            condition=one.get("condition", "succeeded()"),
            **own,
        )

    def _kind(self, one: Mapping[str, Any]) -> tuple[Literal["script", "publish", "download", "agent"], Any]:
        script = script_of(one)
        if script is not None:
            return "script", {"script": script}
        if "publish" in one:
            return "publish", {"folder": one["publish"], "artifact": one["artifact"]}
        if "download" in one:
            return "download", {"source": one["download"], "artifact": one["artifact"]}
        task = str(one.get("task", "")).split("@")[0]
        if "checkout" in one or task in AGENT_TASKS:
            return "agent", {}
        raise PipelineRefused(
            self.file,
            f"The step {dict(one)} cannot be played.",
            "Use a make word, or add its task to what the player knows.",
        )

    def _known(self, parts: Sequence[Stage] | Sequence[Job]) -> None:
        names = [part.name for part in parts]
        for part in parts:
            unknown = set(part.depends_on) - set(names)
            if unknown or names.count(part.name) > 1:
                raise PipelineRefused(
                    self.file,
                    f"'{part.name}' stands twice, or depends on what is not there: {sorted(unknown)}.",
                    f"There are: {', '.join(names)}.",
                )


def _names(found: str | Sequence[str]) -> tuple[str, ...]:
    return ((found,) if found else ()) if isinstance(found, str) else tuple(found)
