"""What a job that only pretended to run leaves in the lake: reports, models and forecasts in the steps' own shapes.

The numbers mean nothing; rows and versions add up. They follow from the request and what it reads, so that whoever
writes them writes the same.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from shared.messages import Plan
from shared.ports import BlobStore, JobRequest
from training.metrics import measure
from training.steps.folders import (
    EVALUATION,
    FACTS,
    FORECASTS,
    JUDGEMENT,
    ORDERS,
    QUARANTINE,
    SERVING,
    SLOTS,
    TAGS,
)
from training.steps.program import REPORT
from training.steps.publish import COLUMNS
from training.steps.register import BASELINE

STEPS = {
    "training": ("validate", "features", "train", "evaluate", "register"),
    "scoring": ("validate", "score", "validate_results", "publish"),
}
PRODUCTS = ("P1", "P2")
REASON = "MAPE 0.1 is within 0.35 and below the better baseline's 0.2"


def write_outputs(store: BlobStore, request: JobRequest, *, seconds: float) -> None:
    """Write all that a job leaves that succeeded; every report last in its folder."""
    make = _train if request.pipeline == "training" else _score
    for step, (rows, files) in make(store, request).items():
        for name, content in files.items():
            store.put(f"{request.output}/{step}/{name}", content)
        share = round(seconds / len(STEPS[request.pipeline]), 3)
        _report(store, request, step, rows_in=rows, rows_out=rows, seconds=share)


def write_failure(store: BlobStore, request: JobRequest, failed: str, error: str) -> None:
    """Write what a job leaves of which a step failed: the reports, up to that step's."""
    for step in STEPS[request.pipeline]:
        if step == failed:
            return _report(store, request, step, status="failed", error=error)
        _report(store, request, step)
    raise ValueError(f"{request.pipeline} has no step {failed}")


Made = dict[str, tuple[int, Mapping[str, bytes]]]
"""Per step: number of rows, and its files."""


def _train(store: BlobStore, request: JobRequest) -> Made:
    rows, week = _about(store, request)
    held_out = _held_out(week)
    verdict = _verdict(held_out)
    split = {"border": 1.0, "slots": {product: SLOTS[i % 2] for i, product in enumerate(PRODUCTS)}}
    common = {
        "market": request.parameters["market"],
        "format": request.parameters["format"],
        "dataset_versions": _read_json(store, request.inputs["versions"]),
        "cutoff_week": week,
        "code": "simulated",
        "velocity_split": split,
    }
    models = {}
    for slot in SLOTS:
        tags = {**common, "kind": "ensemble", "velocity": slot, **verdict}
        models[f"{slot}/{TAGS}"] = _json(tags)
        models[f"{slot}/weights.bin"] = hashlib.sha256(_json([slot, tags])).digest()
    metrics = dict.fromkeys(SLOTS, verdict["metrics"][BASELINE])
    models[f"{BASELINE}/{TAGS}"] = _json({**common, "kind": BASELINE, "metrics": metrics})
    judged = {JUDGEMENT: _json(dict.fromkeys(SLOTS, verdict)), EVALUATION: _parquet(held_out)}
    made: Made = {"validate": (rows, {}), "features": (len(PRODUCTS), {}), "train": (len(PRODUCTS), {})}
    return {**made, "evaluate": (len(held_out), judged), "register": (len(SLOTS), models)}


def _score(store: BlobStore, request: JobRequest) -> Made:
    rows, week = _about(store, request)
    serving = _read_json(store, f"{request.inputs['models']}/{SERVING}")["slots"]
    forecasts = _forecasts(request, week, serving)
    orders = forecasts[["week_start", "store_id", "product_id", "suggested_order"]]
    published = {FORECASTS: _csv(forecasts), ORDERS: _csv(orders), FACTS: _json({"cutoff_week": week})}
    n = len(forecasts)
    return {
        "validate": (rows, {}),
        "score": (n, {}),
        "validate_results": (n, {QUARANTINE: b"quarantine_reason\n"}),
        "publish": (n, published),
    }


def _about(store: BlobStore, request: JobRequest) -> tuple[int, str]:
    """Return the cell's shipment rows and the last known week, as the plan of its run has them."""
    with store.open(f"runs/{request.tags['run']}/plan.json") as blob:
        plan = _plan(blob.read())
    market, form = request.parameters["market"], request.parameters["format"]
    cell = next(cell for cell in plan.cells if (cell.market, cell.format) == (market, form))
    return cell.shipment_rows, plan.week


@lru_cache(maxsize=8)
def _plan(content: bytes) -> Plan:
    return Plan.parse(content)


def _held_out(week: str) -> pd.DataFrame:
    made = [
        (pd.Timestamp(week) - pd.Timedelta(weeks=back), "S1", product, slot)
        for back in range(2)
        for product, slot in zip(PRODUCTS, SLOTS, strict=True)
    ]
    frame = pd.DataFrame(made, columns=["week_start", "store_id", "product_id", "velocity"])
    return frame.assign(
        lead=1, actual=10.0, forecast=9.0, historical_average=8.0, seasonal_average=7.5, primary=True
    )


def _verdict(rows: pd.DataFrame) -> dict[str, Any]:
    named = ("forecast", "historical_average", "seasonal_average")
    metrics = {name: measure(rows["actual"], rows[name]).to_json() for name in named}
    return {
        "metrics": metrics,
        "mape_reduction": 0.5,
        "better_baseline_mape": metrics["historical_average"]["mape"],
        "gate_passed": True,
        "reason": REASON,
    }


def _forecasts(request: JobRequest, week: str, serving: Mapping[str, Any]) -> pd.DataFrame:
    market, form = request.parameters["market"], request.parameters["format"]
    coming = (date.fromisoformat(week) + timedelta(weeks=1)).isoformat()
    rows = []
    for product, slot in zip(PRODUCTS, SLOTS, strict=True):
        version = serving[slot]["version"]
        rows.append(
            {
                "week_start": coming, "store_id": f"{market}-{form}", "product_id": product, "market": market,
                "format": form, "velocity": slot, "lead": 1, "cutoff_week": week, "forecast": 9.0, "lower": 7.0,
                "upper": 11.0, "suggested_order": 11, "serving_state": "primary" if version else "baseline",
                "model_version": version or 0, "reason": "" if version else serving[slot]["reason"], "lasso": 9.0,
                "network": 9.0, "historical_average": 8.0, "seasonal_average": 7.5,
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _report(
    store: BlobStore,
    request: JobRequest,
    step: str,
    *,
    status: str = "succeeded",
    error: str | None = None,
    rows_in: int = 0,
    rows_out: int = 0,
    seconds: float = 0.0,
) -> None:
    report = {
        "step": step, "status": status, "key": "", "content": "", "seconds": seconds, "rows_in": rows_in,
        "rows_out": rows_out, "quarantined": {}, "details": {}, "error": error, "trace": None,
    }  # fmt: skip
    store.put(f"{request.output}/logs/{step}.txt", f"{error}\n".encode() if error else b"")
    store.put(f"{request.output}/{step}/{REPORT}", _json(report))


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def _read_json(store: BlobStore, path: str) -> Any:
    with store.open(path) as blob:
        return json.loads(blob.read())


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()
