"""Validation in an environment: its app conditions, trains and scores through its HTTP starters, with the data it has.

A training registers its models, which then await promotion; a scoring tries those out, and nothing of it stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from delivery.environments import Environment
from delivery.triggers import Trigger
from delivery.validation.config import Environment as Limits
from delivery.validation.config import ValidationConfig
from delivery.validation.data import DataValidation
from delivery.validation.models import figures, scoring_checks, training_checks
from delivery.validation.report import Check, StageReport, check
from shared.errors import ShelfcastError
from shared.lake import Lake, read_current
from shared.messages import CellOutcome, Plan
from shared.plan import chosen_cells
from shared.ports import ModelVersion
from shared.runs.cells import registered
from shared.runs.demand import read_stores
from shared.runs.layout import BASELINE
from shared.runs.summary import read_outcomes, read_plan


@dataclass(frozen=True)
class AppValidation:
    """The stages against one environment."""

    environment: Environment
    config: ValidationConfig
    trigger: Trigger = "code"

    @property
    def stages(self) -> Mapping[str, Callable[[], StageReport]]:
        """The stages in their order; each can be run alone."""
        return {"data": self.data, "training": self.training, "scoring": self.scoring}

    def data(self) -> StageReport:
        """Let the app condition by the rules of today, then look at what lies in the lake."""
        waits = self.environment.settle(self._limits.minutes)
        settled = check("raw files are conditioned", [f"{path} waits" for path in waits], "none waits")
        conditioned = self._conditioned()
        looked = DataValidation(lake=self._lake, config=self.config, newest_parts=self._limits.newest_parts)
        return self._report("data", [settled, conditioned, *looked.checks()])

    def training(self) -> StageReport:
        """Let the app train some markets; their models await promotion."""
        self.environment.settle(self._limits.minutes)
        run = self._run("train", force=True, promotion="await", trigger=self.trigger)
        plan, outcomes = self._ended(run)
        models = self._models(plan, outcomes)
        failures = [f"{o.cell}: {o.error}" for o in outcomes if o.status != "trained"]
        checks = training_checks(self.environment.registry, models, failures, self._limits.bounds)
        told = [figures(m) for m in models if not m.slot.endswith(f".{BASELINE}")]
        return self._report("training", checks, run=run, models=told)

    def scoring(self) -> StageReport:
        """Let the app score the same markets with the models that await promotion."""
        run = self._run("score", trial=True, trigger=_scoring_trigger(self.trigger))
        _, outcomes = self._ended(run)
        return self._report("scoring", scoring_checks(self.environment.store, run, outcomes), run=run)

    def _conditioned(self) -> Check:
        """Let files be conditioned whose rules have changed; where none have, the newest file of a source."""
        store, sources = self.environment.store, self._lake.profile.sources
        asked = {source: "*" for source in sources if self._lake.pending(source)}
        newest = max((blob.path for blob in store.list(f"raw/{next(iter(sources))}/")), default="")
        if not asked and newest:
            _, source, name = newest.split("/", 2)
            asked = {source: name.replace("[", "[[]")}
        counts, faults = 0, []
        for source, files in asked.items():
            body = {"files": files, "force": files != "*"}
            found = self._finish(f"conditioning/{source}/replay", body)
            counts += int(found.get("conditioned", 0))
            faults += found.get("failures", [])
        self.environment.settle(self._limits.minutes)
        none = [] if counts else ["no file was conditioned"]
        return check("the app conditions", [*faults, *none], f"{counts} files of {', '.join(asked)}")

    def _run(self, kind: str, **more: object) -> str:
        """Start a run of some markets, and wait for its end."""
        run = f"validate-{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        self._finish("runs", {"id": run, "kind": kind, "markets": self._markets(), **more})
        return run

    def _finish(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.environment.app.finish(route, body, minutes=self._limits.minutes)

    def _ended(self, run: str) -> tuple[Plan, list[CellOutcome]]:
        plan = read_plan(self.environment.store, run)
        if plan is None:
            raise ShelfcastError(
                f"{run} has no plan in the lake of {self.environment.name}; is it the app's?"
            )
        return plan, read_outcomes(self.environment.store, run)

    def _models(self, plan: Plan, outcomes: list[CellOutcome]) -> list[ModelVersion]:
        cells = {cell.name: cell for cell in plan.cells}
        store, registry = self.environment.store, self.environment.registry
        return [
            model
            for outcome in outcomes
            for model in registered(store, registry, plan, cells[outcome.cell], outcome.training)
        ]

    def _markets(self) -> list[str]:
        """Return the first markets that the profile forecasts."""
        store, profile = self.environment.store, self.environment.profile
        version = read_current(store, "stores")
        if version is None:
            raise ShelfcastError(f"{self.environment.name} has no stores yet: validate its data first")
        stores = read_stores(store, version, profile.clusters)
        cells = chosen_cells(sorted({(m, f) for _, m, f in stores.itertuples(index=False)}), profile)
        return sorted({market for market, _ in cells})[: self._limits.markets]

    def _report(self, stage: str, checks: list[Check], **facts: Any) -> StageReport:
        return StageReport(stage=stage, of=self.environment.name, checks=checks, facts=facts)

    @property
    def _lake(self) -> Lake:
        return Lake(self.environment.store, self.environment.profile)

    @property
    def _limits(self) -> Limits:
        return self.config.environments[self.environment.name]


def _scoring_trigger(trigger: Trigger) -> str:
    # A run for stale models scores none that it did not train.
    return "demand" if trigger == "stale" else trigger
