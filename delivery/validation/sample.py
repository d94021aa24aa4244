"""Validation of the code on the sample, in this process, with few epochs: no Azure, no other process, the same steps.

build/validation/{level}/profile.yml     the profile with the level's settings
build/validation/{level}/lake/           the sample's lake, made anew when sample or settings change
build/validation/{level}/{stage}.json    what was found
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from delivery.validation.config import Level, ValidationConfig
from delivery.validation.data import DataValidation
from delivery.validation.inprocess import InProcess
from delivery.validation.models import figures, scoring_checks, training_checks
from delivery.validation.report import Check, StageReport, check
from local.ingest import condition_pending, find_files, open_lake, receive
from shared.code import code_fingerprint
from shared.lake import Lake
from shared.messages import CellOutcome, JobEnd, Plan, PlannedCell, RunRequest, Serving
from shared.ports import JobRequest, ModelVersion
from shared.profile import load_profile
from shared.runs.cells import decide_serving, prepare_scoring, prepare_training, publish_cell, registered
from shared.runs.layout import SLOTS
from shared.runs.outputs import STEPS, failure, read_report
from shared.runs.planning import plan_run
from shared.runs.registry import Registry
from shared.settings import ROOT, Settings

MADE_OF = "made_of.txt"


@dataclass(frozen=True)
class SampleValidation:
    """One level over the sample; everything is written below a folder."""

    name: str
    config: ValidationConfig
    folder: Path

    @property
    def stages(self) -> Mapping[str, Callable[[], StageReport]]:
        """The stages in their order; each can be run alone, and makes what it needs of those before."""
        return {"data": self.data, "training": self.training, "scoring": self.scoring}

    def data(self) -> StageReport:
        """Condition the sample anew, and look at what lies in the lake."""
        shutil.rmtree(self._root, ignore_errors=True)
        failed = self._fill()
        truth = ROOT / self.config.truth
        looked = DataValidation(lake=self._lake, config=self.config, truth=truth)
        checks = [check("every file was conditioned", failed, "in this process"), *looked.checks()]
        return self._report("data", checks)

    def training(self) -> StageReport:
        """Train the level's cells, and hold their models against the baseline."""
        self._ready()
        plan = self._plan("train")
        ended = {cell.name: self._train(plan, cell) for cell in self._cells(plan)}
        failures = [f"{name}: {said}" for name, (_, said) in ended.items() if said]
        models = [model for found, _ in ended.values() for model in found]
        checks = training_checks(self._registry, models, failures, self._level.bounds)
        if self._level.repeat:
            checks.append(self._repeat(plan, self._cells(plan)[0]))
        told = [figures(m) for m in models if not m.slot.endswith("historical_average")]
        return self._report("training", checks, epochs=self._level.epochs, models=told)

    def scoring(self) -> StageReport:
        """Score the level's cells with what training registered, whatever the gate said of it."""
        self._ready()
        trained, plan = self._plan("train"), self._plan("score")
        by_name = {cell.name: cell for cell in trained.cells}
        outcomes = [self._score(plan, cell, trained, by_name[cell.name]) for cell in self._cells(plan)]
        return self._report("scoring", scoring_checks(self._store, plan.run, outcomes))

    def _train(self, plan: Plan, cell: PlannedCell) -> tuple[list[ModelVersion], str]:
        """Train a cell; returns its models, and what went wrong."""
        request = prepare_training(self._store, self._registry, plan, cell, 1)
        end = self._jobs.run(request, "training")
        decide_serving(self._store, self._registry, plan, cell, end)
        models = registered(self._store, self._registry, plan, cell, end)
        return models, failure(self._store, cell, end)

    def _score(self, plan: Plan, cell: PlannedCell, trained: Plan, before: PlannedCell) -> CellOutcome:
        models, _ = self._train(trained, before)
        versions = {model.slot.rpartition(".")[2]: model.version for model in models}
        serving = {
            part: Serving(version=versions.get(part), reason="validation: registered last") for part in SLOTS
        }
        request = prepare_scoring(self._store, self._registry, plan, cell, serving, 1)
        end = self._jobs.run(request, "scoring")
        return publish_cell(self._store, plan, cell, None, serving, end)

    def _repeat(self, plan: Plan, cell: PlannedCell) -> Check:
        """Train a cell once more elsewhere: each step has to come to the same bytes."""
        request = prepare_training(self._store, self._registry, plan, cell, 1)
        again = replace(request, output=request.output.removesuffix("-1") + "-again")
        shutil.rmtree(self._root / again.output, ignore_errors=True)
        self._jobs.run(again, "training")
        first, second = self._contents(request), self._contents(again)
        faults = [
            f"{cell.name}: {step} came to {second[step]}, and to {first[step]} before"
            for step in STEPS["training"]
            if first[step] != second[step] or not first[step]
        ]
        return check("trained twice, the same bytes", faults, f"{cell.name}, {len(first)} steps")

    def _contents(self, request: JobRequest) -> dict[str, str]:
        end = JobEnd(name=request.name, pipeline="training", outcome="succeeded", output=request.output)
        reports = {step: read_report(self._store, end, step) for step in STEPS["training"]}
        return {step: str(report.get("content", "")) for step, report in reports.items()}

    def _plan(self, kind: str) -> Plan:
        return plan_run(
            self._lake,
            self._registry,
            RunRequest.parse(
                {
                    "run": f"{kind}-{code_fingerprint()[:12]}",
                    "kind": kind,
                    "force": True,
                    "trigger": "code",
                    "promotion": "await",
                    "trial": kind == "score",
                }
            ),
            settings=self._settings,
            code=code_fingerprint(),
            now=datetime.now(UTC),
        )

    def _cells(self, plan: Plan) -> tuple[PlannedCell, ...]:
        return plan.cells[: self._level.cells]

    def _ready(self) -> None:
        """Make the lake unless it is there, of this sample and these settings."""
        made_of = self._root / MADE_OF
        if not made_of.exists() or made_of.read_text() != self._made_of:
            shutil.rmtree(self._root, ignore_errors=True)
            self._fill()

    def _fill(self) -> list[str]:
        """Condition the sample; returns what went wrong."""
        lake = self._lake
        receive(lake, find_files(lake.profile, ROOT / self.config.data), advance=lambda: None)
        done = condition_pending(lake, lake.profile, self._profile, self._root, workers=1)
        failed = [f"{name}: {error}" for name, error in done if error]
        lake.materialise()
        (self._root / MADE_OF).write_text(self._made_of)
        return failed

    def _report(self, stage: str, checks: list[Check], **facts: Any) -> StageReport:
        return StageReport(stage=stage, of=self.name, checks=checks, facts=facts)

    @property
    def _level(self) -> Level:
        return self.config.levels[self.name]

    @property
    def _root(self) -> Path:
        return self.folder / "lake"

    @property
    def _lake(self) -> Lake:
        return open_lake(self._root, load_profile(self._profile))

    @property
    def _store(self) -> Any:
        return self._lake.store

    @property
    def _registry(self) -> Registry:
        return Registry(self._store)

    @property
    def _jobs(self) -> InProcess:
        return InProcess(root=self._root.resolve())

    @cached_property
    def _profile(self) -> Path:
        """The client profile with the level's settings; hooks lie beside it as they did."""
        source, level = ROOT / self.config.profile, self._level
        content = yaml.safe_load(source.read_text("utf-8"))
        content.setdefault("forecasting", {}).update(epochs=level.epochs, training_rows=level.training_rows)
        self.folder.mkdir(parents=True, exist_ok=True)
        for hook in source.parent.glob("*.py"):
            shutil.copy(hook, self.folder)
        path = self.folder / "profile.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
        return path.resolve()

    @cached_property
    def _settings(self) -> Settings:
        return Settings.read(
            {
                "SHELFCAST_ENVIRONMENT": "local",
                "SHELFCAST_PROFILE": str(self._profile),
                "SHELFCAST_LEDGER_URL": "sqlite://",
                "LakeStorage": str(self._root),
            }
        )

    @cached_property
    def _made_of(self) -> str:
        """Digest of the sample's files, the settings and the code."""
        made = hashlib.sha256(self._profile.read_bytes() + code_fingerprint().encode())
        for path in sorted((ROOT / self.config.data).rglob("*")):
            if path.is_file():
                made.update(path.as_posix().encode() + path.read_bytes())
        return made.hexdigest()
