"""Reads Azure ML's pipeline YAML (CLI v2), as much of it as our pipelines use. Who runs the steps is not here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shared.errors import JobRefused
from shared.ports import JobRequest
from shared.settings import ROOT

PIPELINES = ROOT / "training" / "pipelines"
OUTPUT = "output"
FILE, FOLDER = "uri_file", "uri_folder"

PARENT_INPUT = re.compile(r"\$\{\{parent\.inputs\.(\w+)\}\}")
STEP_OUTPUT = re.compile(r"\$\{\{parent\.jobs\.(\w+)\.outputs\.output\}\}")
PLACEHOLDER = re.compile(r"\$\{\{(inputs|outputs)\.(\w+)\}\}")
READ_BY_A_SHELL = re.compile(r'["$`\\\x00-\x1f]')  # in a text that the command has between double quotes


@dataclass(frozen=True, kw_only=True)
class PipelineStep:
    """A step of a pipeline, with its component.

    Attributes
    ----------
    inputs : dict
        What each input of the component is bound to: an expression, or a text.
    kinds : dict
        Type of each input of the component, such as ``uri_file`` or ``string``.
    reads : dict
        Patterns of the files that the step may read of an input, where it does not read all of them.
    code : Path
        The folder that the command runs in.
    timeout : float or None
        Seconds that the command may take.
    """

    name: str
    command: str
    inputs: Mapping[str, str]
    kinds: Mapping[str, str]
    reads: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    code: Path
    timeout: float | None

    @property
    def needs(self) -> set[str]:
        """The steps whose outputs it reads."""
        found = (STEP_OUTPUT.fullmatch(bound) for bound in self.inputs.values())
        return {match[1] for match in found if match}

    def fill(self, values: Mapping[str, str], output: Path) -> str:
        """Return the command with the values of its inputs and its output's folder."""

        def value(match: re.Match[str]) -> str:
            return values[match[2]] if match[1] == "inputs" else str(output)

        return PLACEHOLDER.sub(value, self.command)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline: its steps in an order that they can run in, and the type of each input (``""`` for a text)."""

    steps: tuple[PipelineStep, ...]
    inputs: Mapping[str, str]
    experiment: str

    def check(self, request: JobRequest) -> None:
        """Refuse a request that does not fit; raises JobRefused."""
        given = {**dict.fromkeys(request.inputs, True), **dict.fromkeys(request.parameters, False)}
        wanted = {name: bool(kind) for name, kind in self.inputs.items()}
        if given != wanted:
            wrong = sorted(set(given.items()) ^ set(wanted.items()))
            raise JobRefused(
                f"{request.pipeline} takes {sorted(wanted)}; wrong are {', '.join({n: n for n, _ in wrong})}"
            )
        for name, text in request.parameters.items():
            if READ_BY_A_SHELL.search(text):
                raise JobRefused(f"{name} {text!r} has a character that a shell would read")


def read_pipeline(name: str, folder: Path = PIPELINES) -> Pipeline:
    """Read a pipeline and its components; raises JobRefused where there is none of that name."""
    path = folder / f"{name}.yml"
    if not re.fullmatch(r"\w+", name) or not path.is_file():
        raise JobRefused(f"there is no pipeline {name!r}")
    content = _load(path)
    steps = [_step(name, job, path.parent) for name, job in content["jobs"].items()]
    return Pipeline(
        steps=tuple(_in_order(steps)),
        inputs={name: _kind(given) for name, given in content.get("inputs", {}).items()},
        experiment=content.get("experiment_name", name),
    )


def _step(name: str, job: Mapping[str, Any], folder: Path) -> PipelineStep:
    path = (folder / job["component"]).resolve()
    component = _load(path)
    if list(component["outputs"]) != [OUTPUT]:
        raise JobRefused(f"{path.name}: a step has one output, named {OUTPUT!r}")
    tags = component.get("tags", {})
    return PipelineStep(
        name=name,
        command=component["command"],
        inputs={key: str(bound) for key, bound in job.get("inputs", {}).items()},
        kinds={key: given["type"] for key, given in component.get("inputs", {}).items()},
        reads={key.removeprefix("reads."): text.split() for key, text in tags.items() if key.startswith("reads.")},
        environment=component.get("environment_variables", {}),
        code=(path.parent / component.get("code", ".")).resolve(),
        timeout=job.get("limits", {}).get("timeout"),
    )  # fmt: skip


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)  # safe, and ten times as fast


def _kind(given: Any) -> str:
    kind = given["type"] if isinstance(given, dict) else ""
    return kind if kind in (FILE, FOLDER) else ""


def _in_order(steps: Sequence[PipelineStep]) -> list[PipelineStep]:
    """Put every step behind those that it needs."""
    waiting, ordered = list(steps), list[PipelineStep]()
    while waiting:
        done = {step.name for step in ordered}
        ready = [step for step in waiting if step.needs <= done]
        if not ready:
            raise JobRefused(f"steps wait for one another: {', '.join(step.name for step in waiting)}")
        ordered += ready
        waiting = [step for step in waiting if step not in ready]
    return ordered
