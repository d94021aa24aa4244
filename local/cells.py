"""One cell's job: the training steps, the registry, the scoring steps; what fails is answered by the next best.

The same step programs run in an Azure ML pipeline; here they are called one after the other in a worker process.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.registry import FolderRegistry, RegisteredModel
from shared.plan import cell_name
from training.steps import (
    evaluate,
    features,
    publish,
    register,
    score,
    train,
    validate,
    validate_results,
)
from training.steps.folders import SERVING, SLOTS, read_json, write_json
from training.steps.program import Step, StepReport, read_report

STEPS: dict[str, Step] = {
    module.STEP.name: module.STEP
    for module in (validate, features, train, evaluate, register, score, validate_results, publish)
}
TRAINING = ("validate", "features", "train", "evaluate", "register")
SCORING = ("score", "validate_results", "publish")


@dataclass(frozen=True, kw_only=True)
class CellTask:
    """A cell to train and score; paths are those of the machine."""

    market: str
    format: str
    profile: Path
    conditioned: Path
    versions: Path
    work: Path
    models: Path

    @property
    def name(self) -> str:
        """A name that is safe as a folder's, such as ``north-texas.large``."""
        return cell_name(self.market, self.format)

    @property
    def folder(self) -> Path:
        """Where the outputs of the cell's steps lie."""
        return self.work / self.name


@dataclass(frozen=True, kw_only=True)
class CellOutcome:
    """How a cell's job ended: a report per step, and what serves each slot."""

    market: str
    format: str
    folder: Path
    steps: Mapping[str, StepReport]
    serving: Mapping[str, Any] = field(default_factory=dict)
    crash: str | None = None

    @property
    def error(self) -> str | None:
        """What the first step that failed said, if any did, or how the job itself ended."""
        if self.crash:
            return self.crash
        failed = next((r for r in self.steps.values() if r.status == "failed"), None)
        return f"{failed.step}: {failed.error}" if failed else None

    @property
    def published(self) -> bool:
        """Whether forecasts came out."""
        return "publish" in self.steps and self.steps["publish"].status == "succeeded"


def crashed(task: CellTask, exc: Exception) -> CellOutcome:
    """Return the outcome of a job that ended otherwise than by a step's report."""
    said = f"{type(exc).__name__}: {exc}"
    return CellOutcome(market=task.market, format=task.format, folder=task.folder, steps={}, crash=said)


def run_cell(task: CellTask) -> CellOutcome:
    """Train, register and score one cell; steps whose inputs are as before are not run again."""
    registry = FolderRegistry(task.models)
    task.folder.mkdir(parents=True, exist_ok=True)
    write_json(task.folder / "previous.json", _split_before(task, registry))
    reports = _run_steps(task, TRAINING)
    trained = reports[-1].step == TRAINING[-1] and reports[-1].status == "succeeded"
    decisions = _decide(task, registry, trained=trained, error=reports[-1].error)
    _lay_out_serving(task, registry, decisions)
    if reports[0].status == "succeeded":
        reports += _run_steps(task, SCORING)
    return CellOutcome(
        market=task.market,
        format=task.format,
        folder=task.folder,
        steps={report.step: report for report in reports},
        serving=decisions,
    )


def _arguments(task: CellTask) -> dict[str, list[str]]:
    def output_of(step: str) -> str:
        return str(task.folder / step)

    return {
        "validate": [
            "--conditioned", str(task.conditioned), "--versions", str(task.versions), "--profile", str(task.profile),
            "--market", task.market, "--format", task.format,
        ],
        "features": ["--validated", output_of("validate"), "--previous", output_of("previous.json")],
        "train": ["--features", output_of("features")],
        "evaluate": ["--features", output_of("features"), "--trained", output_of("train")],
        "register": [
            "--validated", output_of("validate"), "--features", output_of("features"), "--trained", output_of("train"),
            "--evaluated", output_of("evaluate"),
        ],
        "score": ["--validated", output_of("validate"), "--models", output_of("serving")],
        "validate_results": ["--scored", output_of("score")],
        "publish": ["--results", output_of("validate_results")],
    }  # fmt: skip


def _run_steps(task: CellTask, names: tuple[str, ...]) -> list[StepReport]:
    """Run steps one after the other, up to the first that fails."""
    reports: list[StepReport] = []
    for name in names:
        output = task.folder / name
        STEPS[name].main([*_arguments(task)[name], "--output", str(output)])
        report = read_report(output)
        assert report is not None, f"{name} left no report"
        reports.append(report)
        if report.status == "failed":
            break
    return reports


def _decide(
    task: CellTask, registry: FolderRegistry, *, trained: bool, error: str | None
) -> dict[str, dict[str, Any]]:
    """Register what was trained, and say per slot which version serves and why."""
    output = task.folder / "register"
    decisions = {}
    for slot in SLOTS:
        name = f"{task.name}.{slot}"
        reason = error or "it has no series, or could not be fitted"
        if trained and (output / slot).exists():
            new = registry.register(name, output / slot)
            reason = new.tags["reason"]
            if new.tags["gate_passed"]:
                registry.serve(name, new.version, reason=reason)
        elif trained:
            reason = _failure(task, slot) or reason
        decisions[slot] = _serving(registry, name, reason)
    if trained:
        registry.register(f"{task.name}.{register.BASELINE}", output / register.BASELINE)
    return decisions


def _failure(task: CellTask, slot: str) -> str | None:
    judged: dict[str, Any] = read_json(task.folder / "evaluate" / "judgement.json")
    return str(judged[slot]["reason"]) if slot in judged else None


def _serving(registry: FolderRegistry, name: str, reason: str) -> dict[str, Any]:
    champion = registry.serving(name)
    return {"version": champion.version if champion else None, "reason": reason}


def _lay_out_serving(
    task: CellTask, registry: FolderRegistry, decisions: Mapping[str, Mapping[str, Any]]
) -> None:
    """Put the models that serve side by side, as a job's input."""
    folder, partial = task.folder / "serving", task.folder / "serving.partial"
    shutil.rmtree(partial, ignore_errors=True)
    for slot in SLOTS:
        champion = registry.serving(f"{task.name}.{slot}")
        if champion:
            shutil.copytree(champion.folder, partial / slot)
    write_json(
        partial / SERVING, {"velocity_split": _last_split(task, registry) or _NO_SPLIT, "slots": decisions}
    )
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


_NO_SPLIT = {"border": 0.0, "slots": {}}


def _split_before(task: CellTask, registry: FolderRegistry) -> dict[str, Any]:
    """Return the velocity split of the newest training on other data, {} before the first.

    A rerun on the same data starts from the same split, and so comes to the same one.
    """
    versions = read_json(task.versions)
    earlier = [m for m in _baselines(task, registry) if m.tags["dataset_versions"] != versions]
    return dict(earlier[-1].tags["velocity_split"]) if earlier else {}


def _last_split(task: CellTask, registry: FolderRegistry) -> dict[str, Any]:
    """Return the velocity split of the newest training, {} before the first."""
    known = _baselines(task, registry)
    return dict(known[-1].tags["velocity_split"]) if known else {}


def _baselines(task: CellTask, registry: FolderRegistry) -> list[RegisteredModel]:
    return registry.versions(f"{task.name}.{register.BASELINE}")
