"""What a cell's turn in a run is made of, between its jobs: inputs are laid out, results are taken in.

Each function may be called again, with the same result. Waiting for jobs is the orchestrator's.
"""

from collections.abc import Mapping
from typing import Any

from shared.messages import Pipeline, Plan, PlannedCell, Serving
from shared.ports import BlobStore, JobRequest
from shared.runs.layout import (
    BASELINE,
    cell_work,
    job_name,
    job_output,
    profile_path,
    slot_name,
    trained_path,
    versions_path,
)
from shared.runs.outputs import step_reports
from shared.runs.promotion import decide_serving, registered
from shared.runs.publication import fail_cell, publish_cell
from shared.runs.records import Training, keep, read_message, to_bytes
from shared.runs.registry import Registry

__all__ = [
    "decide_serving",
    "fail_cell",
    "prepare_scoring",
    "prepare_training",
    "publish_cell",
    "registered",
    "step_reports",
]

SERVING = "serving.json"
_NO_SPLIT: dict[str, Any] = {"border": 0.0, "slots": {}}


def prepare_training(
    store: BlobStore, registry: Registry, plan: Plan, cell: PlannedCell, attempt: int
) -> JobRequest:
    """Lay out what the cell's training reads, and return the job."""
    previous = cell_work(plan.run, cell.name, "previous.json")
    keep(store, previous, to_bytes(_split_before(registry, plan, cell)))
    return _job(plan, cell, "training", attempt, {"previous": previous})


def prepare_scoring(
    store: BlobStore,
    registry: Registry,
    plan: Plan,
    cell: PlannedCell,
    serving: Mapping[str, Serving],
    attempt: int,
) -> JobRequest:
    """Put the models that serve side by side, as the scoring's input, and return the job."""
    folder = cell_work(plan.run, cell.name, "serving")
    for part, chosen in serving.items():
        if chosen.version is not None:
            registry.copy_serving(slot_name(cell.name, part), chosen.version, f"{folder}/{part}")
    slots = {part: chosen.to_json() for part, chosen in serving.items()}
    laid_out = {"velocity_split": _last_split(store, registry, cell) or _NO_SPLIT, "slots": slots}
    keep(store, f"{folder}/{SERVING}", to_bytes(laid_out))
    return _job(plan, cell, "scoring", attempt, {"models": folder})


def _job(
    plan: Plan, cell: PlannedCell, pipeline: Pipeline, attempt: int, inputs: Mapping[str, str]
) -> JobRequest:
    common = {
        "conditioned": "conditioned",
        "versions": versions_path(plan.run),
        "profile": profile_path(plan.run),
    }
    return JobRequest(
        name=job_name(plan.run, cell.name, pipeline, attempt),
        pipeline=pipeline,
        inputs={**common, **inputs},
        parameters={"market": cell.market, "format": cell.format},
        output=job_output(plan.run, cell.name, pipeline, attempt),
        tags={
            "run": plan.run,
            "cell": cell.name,
            "pipeline": pipeline,
            "operation_id": plan.request.operation_id,
            **({"scoring": plan.scoring} if pipeline == "scoring" and plan.scoring else {}),
        },
    )


def _split_before(registry: Registry, plan: Plan, cell: PlannedCell) -> dict[str, Any]:
    """Return the velocity split of the newest training on other data, {} before the first.

    A training that is repeated on the same data starts from the same split, and so comes to the same one.
    """
    slot = slot_name(cell.name, BASELINE)
    for number in reversed(registry.numbers(slot)):
        tags = registry.version(slot, number).tags
        if tags["dataset_versions"] != plan.versions:
            return dict(tags["velocity_split"])
    return {}


def _last_split(store: BlobStore, registry: Registry, cell: PlannedCell) -> dict[str, Any]:
    """Return the velocity split of the newest training, {} before the first."""
    slot = slot_name(cell.name, BASELINE)
    newest = read_message(store, trained_path(cell.name), Training)
    number = newest.models.get(BASELINE) if newest else max(registry.numbers(slot), default=None)
    return dict(registry.version(slot, number).tags["velocity_split"]) if number else {}
