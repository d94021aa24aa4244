"""A small company's run, as the app would tell the ledger of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.ledger import Ledger
from shared.lake.records import DatasetVersion, Receipt, RowCounts, SourceFile
from shared.messages import (
    CellOutcome,
    JobEnd,
    Plan,
    PlannedCell,
    RunRequest,
    RunSummary,
    Serving,
    SkippedCell,
)
from shared.ports import ModelVersion

T0 = datetime(2019, 8, 12, 6, tzinfo=UTC)
CELL = "north-texas.large"
NUMBERS = {"mape": 0.2, "rmse_zero": 1.0, "rmse_all": 2.0, "wape": 0.21, "bias": -0.01}
BASELINE = {"mape": 0.5, "rmse_zero": 3.0, "rmse_all": 4.0, "wape": 0.5, "bias": 0.1}
STEPS = {
    "training": ("validate", "features", "train", "evaluate", "register"),
    "scoring": ("validate", "score", "validate_results", "publish"),
}


def verdict(n_used: int, n_zero: int, **numbers: float) -> dict[str, Any]:
    counts = {"n_used": n_used, "n_zero": n_zero, "n_unknown": 0}
    return {
        "metrics": {"forecast": NUMBERS | numbers | counts, "historical_average": BASELINE | counts},
        "mape_reduction": 0.6,
        "better_baseline_mape": 0.5,
        "gate_passed": True,
        "reason": "MAPE 0.2000 is within 0.45 and below the better baseline's 0.5000",
    }


@dataclass
class Story:
    """Records of a run over some cells."""

    run: str = "weekly-1"
    cells: tuple[str, ...] = (CELL,)

    @property
    def plan(self) -> Plan:
        return Plan(
            request=RunRequest(run=self.run, operation_id="a" * 32, trigger="arrival"),
            week="2019-08-05",
            versions={"shipments": "v1", "weather_forecast": "w1"},
            code="c0de",
            cells=tuple(self.planned(cell) for cell in self.cells),
            skipped=(SkippedCell(name="utah.small", why="nothing changed"),),
        )

    def planned(self, cell: str) -> PlannedCell:
        return PlannedCell(
            market="North Texas", format="large", name=cell, train=True, score=True, why=("new data",),
            shipment_rows=10, demand="d1",
        )  # fmt: skip

    def job(self, cell: str, pipeline: Any, outcome: Any = "succeeded") -> JobEnd:
        name = f"{self.run}-{cell}-{pipeline}-1".replace(".", "-")
        logs = {step: f"https://ml.example/{name}/{step}" for step in STEPS[pipeline]}
        return JobEnd(
            name=name, pipeline=pipeline, outcome=outcome, logs={"": f"https://ml.example/{name}", **logs},
            submitted_at="2019-08-12T06:05:00Z", ended_at="2019-08-12T06:50:00+00:00",
        )  # fmt: skip

    def outcome(self, cell: str = CELL, **changes: Any) -> CellOutcome:
        kept = Serving(version=3, reason="new")
        values = {
            "run": self.run, "cell": cell, "market": "North Texas", "format": "large", "status": "published",
            "training": self.job(cell, "training"), "scoring": self.job(cell, "scoring"),
            "serving": {"slow": kept, "fast": Serving(version=None, reason="gate")},
            "forecast": "baseline", "forecast_run": self.run, "rows_in": 10, "scored": 9, "quarantined": 1,
        }  # fmt: skip
        return CellOutcome(**{**values, **changes})

    def step(self, pipeline: str, step: str, **changes: Any) -> dict[str, Any]:
        report = {
            "pipeline": pipeline, "step": step, "status": "succeeded", "key": "k", "content": "c", "seconds": 1.5,
            "rows_in": 10, "rows_out": 9, "quarantined": {"twice": 1}, "details": {}, "error": None, "trace": None,
        }  # fmt: skip
        return report | changes

    def steps(self) -> list[dict[str, Any]]:
        told = {
            "evaluate": {"slow": verdict(100, 50), "fast": verdict(300, 0, mape=0.4, rmse_all=4.0)},
            "score": {"weather_issued_at": "2019-08-12T00:00:00+00:00"},
        }
        return [
            self.step(pipeline, step, details=told.get(step, {}))
            for pipeline in STEPS
            for step in STEPS[pipeline]
        ]

    def summary(self, **changes: Any) -> RunSummary:
        return RunSummary(**{"run": self.run, "status": "succeeded", "week": "2019-08-05", **changes})

    def model(self, velocity: str = "slow", version: int = 3, **tags: Any) -> ModelVersion:
        told = {"market": "North Texas", "cutoff_week": "2019-08-05", "gate_passed": True, "reason": "within"}
        slot = f"{CELL}.{velocity}"
        return ModelVersion(slot=slot, version=version, path=f"models/{slot}/{version}", tags=told | tags)

    def versions(self) -> dict[str, DatasetVersion]:
        return {"shipments": dataset("shipments", "v1", "2019-08", "shipments")}


def dataset(table: str, version: str, alias: str, source: str) -> DatasetVersion:
    return DatasetVersion(
        table=table, version=version, alias=alias, schema_version=1, columns=(), parts=(),
        sources=(SourceFile(source=source, name=f"raw/{source}/1.csv", sha256="s"),),
        rows=RowCounts(delta_rows=7, kept=7, weekly_rows=7), warnings=("one week is missing",),
    )  # fmt: skip


def receipt(name: str = "raw/shipments/2019-08.csv", **report: Any) -> Receipt:
    counts = {"rows_read": 10, "rows_in": 10, "accepted": {"shipments": 7}, "rejected": {"negative": 2},
              "superseded": 1, "repaired": {"zip_code zeros": 3}, "refused": None}  # fmt: skip
    return Receipt(
        source="shipments", name=name, sha256="5" * 64, size=10, etag="e", fingerprint="f", sequence="s",
        deltas=(), rejects=None, superseded=None, report=counts | report,
    )  # fmt: skip


def record_everything(ledger: Ledger, story: Story) -> None:
    """Tell a run from its files to its end."""
    ledger.file_conditioned(receipt(), T0)
    ledger.versions_published(story.versions(), date(2019, 8, 5), ["promotions"], T0)
    ledger.run_started(story.plan, T0)
    ledger.models_registered([story.model()], T0 + timedelta(minutes=40), run=story.run)
    for cell in story.cells:
        ledger.cell_ended(story.plan, story.outcome(cell), story.steps(), T0 + timedelta(hours=1))
    ledger.run_ended(story.summary(), T0 + timedelta(hours=2))
    ledger.alert("late_source", "promotions", "no file for 2019-08-05; ask the sender", T0)
    ledger.markets_known([("North Texas", "TX")])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    made = Ledger(url, pause=lambda _: None)
    made.create()
    yield made
    made.close()


@pytest.fixture
def story() -> Story:
    return Story()
