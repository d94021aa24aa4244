"""A small company in a lake, and jobs whose outputs are written by hand: what training computes has its own tests."""

import importlib.util
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from shared.messages import JobEnd, Plan, PlannedCell, RunRequest
from shared.runs.arrivals import arrival_digest, publish_versions
from shared.runs.cells import decide_serving, prepare_scoring, prepare_training, publish_cell
from shared.runs.planning import plan_run
from shared.runs.registry import Registry
from shared.runs.summary import close_run
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("lake_fixtures", ROOT / "tests/shared/lake/conftest.py")
lake_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(lake_fixtures)

SETTINGS = Settings.read(
    {"SHELFCAST_ENVIRONMENT": "local", "LakeStorage": "x", "SHELFCAST_LEDGER_URL": "sqlite://"}
)
STORES = ("S1 North TX 75001 - 50", "S2 North TX 75002 - 100", "S3 South TX 75003 - 150")
"""North has a small and a large store, South a large one."""


class Company:
    """A lake in memory, a registry over it, and a clock that stands."""

    def __init__(self, folder: Path, profile=None, store=None) -> None:
        self.client = lake_fixtures.Client(folder, profile, store)
        self.store, self.lake, self.profile = self.client.store, self.client.lake, self.client.profile
        self.today = date(2019, 8, 20)
        self.registry = Registry(self.store, now=lambda: datetime(*self.today.timetuple()[:3], tzinfo=UTC))
        self.code = "code-1"

    def masters(self) -> "Company":
        self.client.bring("stores", "stores.csv", *STORES)
        self.client.bring("products", "products.csv", "P1 soda - -", "P2 soda - -")
        self.client.bring("demographics", "d.csv", "S1 2017-01-01 1000 - - -")
        return self

    def week(self, day: str, units: int = 5) -> "Company":
        """Bring a whole week: two products in each store, a return, a promotion."""
        lines = [f"{day} S{s} P{p} {units}" for s in (1, 2, 3) for p in (1, 2)]
        self.client.bring("shipments", f"s{day}.csv", *lines)
        self.client.bring("returns", f"r{day}.csv", f"{day} S1 P1 1")
        self.client.bring("promotions", f"p{day}.csv", f"{day} S3 P1 2.5 - -")
        return self

    def arrive(self, instance: str = "arrivals-1"):
        expected = arrival_digest(self.store, self.profile)
        return publish_versions(self.lake, instance=instance, expected=expected)

    def plan(self, run: str = "run-1", **request) -> Plan:
        return plan_run(
            self.lake,
            self.registry,
            RunRequest(run=run, **request),
            settings=SETTINGS,
            code=self.code,
            now=self.registry.now(),
        )

    def turn(self, plan: Plan, cell: PlannedCell, *, passed: bool = True, weights: bytes = b"w"):
        """Take a cell through its turn, where every job succeeds."""
        training = None
        if cell.train:
            prepare_training(self.store, self.registry, plan, cell, 1)
            training = self.trained(plan, cell, passed=passed, weights=weights)
        serving = decide_serving(self.store, self.registry, plan, cell, training)
        scoring = None
        if cell.score:
            prepare_scoring(self.store, self.registry, plan, cell, serving, 1)
            scoring = self.scored(plan, cell, serving)
        return publish_cell(self.store, plan, cell, training, serving, scoring)

    def run(self, run: str = "run-1", **request) -> Plan:
        """Plan a run, and take every cell through its turn."""
        plan = self.plan(run, **request)
        for cell in plan.cells:
            self.turn(plan, cell)
        close_run(self.store, plan)
        return plan

    def put(self, path: str, value: object) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.store.put(path, content)

    def read(self, path: str) -> bytes:
        with self.store.open(path) as blob:
            return blob.read()

    def json(self, path: str):
        return json.loads(self.read(path))

    def report(
        self, output: str, step: str, rows_in: int, rows_out: int, error: str = "", **quarantined
    ) -> None:
        said = {
            "step": step,
            "status": "failed" if error else "succeeded",
            "key": "",
            "content": "",
            "seconds": 1.5,
            "rows_in": rows_in,
            "rows_out": rows_out,
            "quarantined": quarantined,
            "details": {},
            "error": error or None,
            "trace": None,
        }
        self.put(f"{output}/{step}/step_report.json", said)

    def trained(
        self, plan: Plan, cell: PlannedCell, *, passed: bool = True, weights: bytes = b"w", read: int = 0
    ) -> JobEnd:
        """Write what a training job leaves: a model of fast movers, none of slow ones."""
        output = f"work/{plan.run}/{cell.name}/training-1"
        verdict = {
            "gate_passed": passed,
            "reason": "MAPE 0.2 is fine" if passed else "MAPE 0.9 is above 0.45",
        }
        common = {
            "dataset_versions": plan.versions,
            "cutoff_week": plan.week,
            "velocity_split": {"border": 1.0, "slots": {"P1": "fast"}},
        }
        self.put(f"{output}/evaluate/judgement.json", {"fast": verdict})
        self.put(f"{output}/evaluate/evaluation.parquet", _evaluation())
        self.put(f"{output}/register/fast/weights.bin", weights)
        self.put(f"{output}/register/fast/tags.json", {**common, **verdict})
        self.put(f"{output}/register/historical_average/tags.json", {**common, "kind": "historical_average"})
        for step in ("validate", "features", "train", "evaluate", "register"):
            self.report(output, step, read or cell.shipment_rows, read or cell.shipment_rows)
        return self.ended(plan, cell, "training")

    def scored(self, plan: Plan, cell: PlannedCell, serving, *, held_back: int = 1, lost: int = 0) -> JobEnd:
        """Write what a scoring job leaves: a forecast for two products of a store."""
        output = f"work/{plan.run}/{cell.name}/scoring-1"
        version = serving["fast"].version
        rows = pd.DataFrame(
            {
                "week_start": "2019-08-19",
                "store_id": [f"S-{cell.name}"] * 2,
                "product_id": ["P1", "P2"],
                "market": cell.market,
                "format": cell.format,
                "velocity": "fast",
                "forecast": [5.5, 4.25],
                "serving_state": "primary" if version else "baseline",
                "model_version": version or 0,
            }
        )
        orders = rows[["week_start", "store_id", "product_id"]].assign(suggested_order=[6, 5])
        self.put(f"{output}/publish/forecasts.csv", rows.to_csv(index=False).encode())
        self.put(f"{output}/publish/orders.csv", orders.to_csv(index=False).encode())
        self.report(output, "validate", cell.shipment_rows, cell.shipment_rows)
        self.report(output, "score", 2 + held_back + lost, 2 + held_back)
        self.report(output, "validate_results", 2 + held_back, 2, negative=held_back)
        self.report(output, "publish", 2, 2)
        return self.ended(plan, cell, "scoring")

    def ended(
        self, plan: Plan, cell: PlannedCell, pipeline: str, outcome: str = "succeeded", **more
    ) -> JobEnd:
        return JobEnd(
            name=f"{plan.run}-{cell.name}-{pipeline}-1".replace(".", "-"),
            pipeline=pipeline,
            outcome=outcome,
            output=f"work/{plan.run}/{cell.name}/{pipeline}-1",
            logs={"": "http://job", "train": "http://job/train"},
            **more,
        )


def _evaluation() -> bytes:
    content = io.BytesIO()
    pd.DataFrame(
        {
            "store_id": ["S2", "S1"],
            "product_id": ["P1", "P1"],
            "week_start": pd.to_datetime(["2019-08-05", "2019-08-05"]),
            "lead": [1, 1],
            "actual": [5.0, 4.0],
            "forecast": [5.5, 0.1],
        }
    ).to_parquet(content, index=False)
    return content.getvalue()


@pytest.fixture
def new_company(tmp_path: Path):
    """Make a company; keyword arguments change the profile."""

    def make(*, store=None, **changes: object) -> Company:
        return Company(tmp_path / "company", lake_fixtures.make_profile(**changes), store)

    return make


@pytest.fixture
def company(new_company) -> Company:
    """A company with two weeks of everything, and current versions."""
    made = new_company().masters().week("2019-08-05").week("2019-08-12")
    made.arrive()
    return made


@pytest.fixture
def source_block():
    """Make a source's block of the profile that maps every column to itself."""
    return lake_fixtures.source_block
