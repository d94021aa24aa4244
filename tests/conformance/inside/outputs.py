"""What a job of a cell leaves that succeeded, as small as the app's contract lets it be. The numbers mean nothing."""

import io
import json
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from shared.messages import Plan, PlannedCell
from shared.ports import BlobStore, JobRequest
from shared.runs.outputs import REPORT, STEPS
from shared.runs.summary import read_plan

PRODUCTS = ("P1", "P2")
SLOTS = ("slow", "fast")
METRICS = {
    "mape": 0.1, "n_used": 2, "n_zero": 0, "n_unknown": 0, "rmse_zero": None, "rmse_all": 1.0, "wape": 0.1,
    "bias": -1.0,
}  # fmt: skip
REASON = "MAPE 0.1 is within 0.35 and below the better baseline's 0.2"
FORECASTS = (
    "week_start,store_id,product_id,market,format,velocity,lead,cutoff_week,forecast,lower,upper,suggested_order,"
    "serving_state,model_version,reason,lasso,network,historical_average,seasonal_average\n"
)


def leave(store: BlobStore, job: JobRequest) -> None:
    """Write a job's outputs, every step's report last."""
    plan = read_plan(store, job.tags["run"])
    assert plan, "no job without a plan"
    cell = next(cell for cell in plan.cells if cell.name == job.tags["cell"])
    files = _trained(plan, cell) if job.pipeline == "training" else _scored(plan, cell)
    for name, content in files.items():
        store.put(f"{job.output}/{name}", content)
    for step in STEPS[job.pipeline]:
        rows = cell.shipment_rows if step == "validate" else len(SLOTS)
        report = {
            "step": step, "status": "succeeded", "key": "", "content": "", "seconds": 1.0, "rows_in": rows,
            "rows_out": rows, "quarantined": {}, "details": {}, "error": None, "trace": None,
        }  # fmt: skip
        store.put(f"{job.output}/{step}/{REPORT}", _json(report))


def _trained(plan: Plan, cell: PlannedCell) -> dict[str, bytes]:
    verdict = {
        "metrics": {"forecast": METRICS, "historical_average": METRICS, "seasonal_average": METRICS},
        "mape_reduction": 0.5,
        "better_baseline_mape": 0.2,
        "gate_passed": True,
        "reason": REASON,
    }
    common = {
        "market": cell.market,
        "format": cell.format,
        "dataset_versions": plan.versions,
        "cutoff_week": plan.week,
        "code": plan.code,
        "velocity_split": {"border": 1.0, "slots": {"P1": "slow", "P2": "fast"}},
    }
    baseline = {**common, "kind": "historical_average", "metrics": dict.fromkeys(SLOTS, METRICS)}
    models = {slot: {**common, "kind": "ensemble", "velocity": slot, **verdict} for slot in SLOTS}
    tagged = {**models, "historical_average": baseline}
    return {
        "evaluate/evaluation.parquet": _evaluation(plan),
        "evaluate/judgement.json": _json(dict.fromkeys(SLOTS, verdict)),
        **{f"register/{part}/tags.json": _json(tags) for part, tags in tagged.items()},
    }


def _scored(plan: Plan, cell: PlannedCell) -> dict[str, bytes]:
    rows = [
        f"2099-01-05,S1,{product},{cell.market},{cell.format},{slot},1,{plan.week},9.0,7.0,11.0,11,primary,1,,9,9,8,8\n"
        for product, slot in zip(PRODUCTS, SLOTS, strict=True)
    ]
    orders = "week_start,store_id,product_id,suggested_order\n2099-01-05,S1,P1,11\n2099-01-05,S1,P2,11\n"
    return {
        "publish/forecasts.csv": (FORECASTS + "".join(rows)).encode(),
        "publish/orders.csv": orders.encode(),
        "publish/facts.json": _json({"cutoff_week": plan.week}),
        "validate_results/quarantine.csv": b"quarantine_reason\n",
    }


def _evaluation(plan: Plan) -> bytes:
    """Return a forecast of the last known week per slot, beside what came."""
    week = datetime.fromisoformat(plan.week)
    rows = [
        {
            "week_start": week, "store_id": "S1", "product_id": product, "velocity": slot, "lead": 1, "actual": 10.0,
            "forecast": 9.0, "historical_average": 8.0, "seasonal_average": 7.5, "primary": True,
        }
        for product, slot in zip(PRODUCTS, SLOTS, strict=True)
    ]  # fmt: skip
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
