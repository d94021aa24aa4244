"""What has to hold of a training and of a scoring, wherever they ran: of their outcomes and the files they left."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from delivery.validation.config import Bounds
from delivery.validation.report import Check, check
from shared.lake.blobs import read_bytes
from shared.messages import CellOutcome
from shared.ports import BlobStore, ModelVersion
from shared.runs.layout import BASELINE, FORECASTS, ORDERS, cell_prediction
from shared.runs.lifecycle import Lifecycle
from shared.runs.registry import Registry

KEY = ["week_start", "store_id", "product_id"]


def figures(model: ModelVersion) -> dict[str, Any]:
    """Return a model's figures on the held-out weeks."""
    metrics: Mapping[str, Any] = model.tags.get("metrics") or {}
    own, baseline = metrics.get("forecast") or {}, metrics.get(BASELINE) or {}
    return {
        "slot": model.slot,
        "version": model.version,
        "mape": own.get("mape"),
        "baseline_mape": baseline.get("mape"),
        "gate_passed": bool(model.tags.get("gate_passed")),
        "reason": str(model.tags.get("reason", "")),
    }


def training_checks(
    registry: Registry, models: Sequence[ModelVersion], failures: Iterable[str], bounds: Bounds
) -> list[Check]:
    """Check what a training came to: `models` are those that it registered, `failures` the cells that failed."""
    ensembles = [model for model in models if not model.slot.endswith(f".{BASELINE}")]
    told = [figures(model) for model in ensembles]
    awaiting = sum(Lifecycle(registry).life(model).state == "awaiting_promotion" for model in ensembles)
    absent = [] if ensembles else ["no model was registered"]
    return [
        check(
            "every cell was trained",
            list(failures),
            f"{len({m.slot.rpartition('.')[0] for m in models})} cells",
        ),
        check("models are registered", absent, f"{len(ensembles)} models, {awaiting} await promotion"),
        check("metrics are within bounds", [*absent, *_out_of_bounds(told, bounds)], _said(told)),
        check("states follow the gate", list(_wrong_states(registry, ensembles)), "as the gate judged"),
    ]


def _out_of_bounds(told: Iterable[Mapping[str, Any]], bounds: Bounds) -> Iterator[str]:
    for found in told:
        mape, baseline = found["mape"], found["baseline_mape"]
        if mape is None or baseline is None or not np.isfinite(mape):
            yield f"{found['slot']}: its MAPE is {mape}, the baseline's {baseline}"
        elif mape > bounds.max_mape:
            yield f"{found['slot']}: MAPE {mape:.3f} is above {bounds.max_mape}"
        elif mape > bounds.max_of_baseline * baseline:
            yield f"{found['slot']}: MAPE {mape:.3f} is above {bounds.max_of_baseline} x {baseline:.3f}, the baseline's"


def _said(told: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{f['slot']} v{f['version']} {f['mape']:.3f} (baseline {f['baseline_mape']:.3f})"
        for f in told
        if f["mape"] is not None and f["baseline_mape"] is not None
    )


def _wrong_states(registry: Registry, models: Iterable[ModelVersion]) -> Iterator[str]:
    lives = Lifecycle(registry)
    for model in models:
        state = lives.life(model).state
        if (state == "rejected") == bool(model.tags.get("gate_passed")):
            yield f"{model.slot} v{model.version}: is {state}, and its gate said: {model.tags.get('reason')}"


def scoring_checks(store: BlobStore, run: str, outcomes: Sequence[CellOutcome]) -> list[Check]:
    """Check what a scoring came to, in its outcomes and row by row."""
    published = [outcome for outcome in outcomes if outcome.status == "published"]
    failed = [f"{o.cell}: {o.error or o.status}" for o in outcomes if o.status != "published"]
    faults = [fault for outcome in published for fault in _faulty_rows(store, run, outcome)]
    lost = [f"{o.cell}: {o.rows_in} in" for o in published if o.rows_in != o.scored + o.quarantined]
    scored, held = sum(o.scored for o in published), sum(o.quarantined for o in published)
    none = [] if scored else ["no row was scored"]
    return [
        check(
            "every cell was scored",
            failed or ([] if outcomes else ["no cell was"]),
            f"{len(published)} cells",
        ),
        check("rows in = scored + quarantined", lost or none, f"{scored + held} = {scored} + {held}"),
        check("every row is complete", faults or none, "forecast, bounds, order, model version"),
        check(
            "models score",
            list(_without_models(published)) or none,
            "every slot by the model that it was given",
        ),
    ]


def _without_models(outcomes: Iterable[CellOutcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.forecast == "baseline" and any(chosen.version for chosen in outcome.serving.values()):
            reasons = "; ".join(f"{part}: {chosen.reason}" for part, chosen in outcome.serving.items())
            if all(chosen.version for chosen in outcome.serving.values()):
                yield f"{outcome.cell}: the baseline scored instead of its models ({reasons})"


def _faulty_rows(store: BlobStore, run: str, outcome: CellOutcome) -> Iterator[str]:
    rows, orders = (_read(store, run, outcome.cell, name) for name in (FORECASTS, ORDERS))
    both = rows.merge(orders, on=KEY, how="outer", indicator=True, suffixes=("", "_ordered"))
    faults = {
        "rows": len(rows) != outcome.scored,
        "a forecast in every row": not np.isfinite(rows["forecast"]).all() or (rows["forecast"] < 0).any(),
        "an order for every row": (both["_merge"] != "both").any() or (orders["suggested_order"] < 0).any(),
        "a model version in every row": rows["model_version"].isna().any(),
        "a version where a model scored": (
            rows.loc[rows["serving_state"] == "primary", "model_version"] < 1
        ).any(),
        "a reason where the baseline did": rows.loc[rows["serving_state"] != "primary", "reason"]
        .isna()
        .any(),
    }
    for missing, is_so in faults.items():
        if is_so:
            yield f"{outcome.cell}: not {missing}"


def _read(store: BlobStore, run: str, cell: str, name: str) -> pd.DataFrame:
    text = {"store_id": "str", "product_id": "str"}
    return pd.read_csv(io.BytesIO(read_bytes(store, cell_prediction(run, cell, name))), dtype=text)
