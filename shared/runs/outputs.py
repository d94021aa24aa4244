"""Reads what jobs leave in the lake: a folder per step, with a report in it. What a report leads to is not here."""

from typing import Any

from shared.messages import CellOutcome, JobEnd, PlannedCell
from shared.ports import BlobStore
from shared.runs.records import read_json

STEPS = {
    "training": ("validate", "features", "train", "evaluate", "register"),
    "scoring": ("validate", "score", "validate_results", "publish"),
}
"""Steps of each pipeline, in their order."""
REPORT = "step_report.json"
_SAID = {
    "failed": "failed",
    "cancelled": "was cancelled",
    "timed_out": "timed out",
    "never_started": "never started",
    "not_submitted": "could not be submitted",
}
_TOLD = (
    "step",
    "status",
    "key",
    "content",
    "seconds",
    "rows_in",
    "rows_out",
    "quarantined",
    "details",
    "error",
)


def read_report(store: BlobStore, job: JobEnd | None, step: str) -> dict[str, Any]:
    """Return the report of a job's step, {} where it left none."""
    if job is None or not job.output:
        return {}
    return read_json(store, f"{job.output}/{step}/{REPORT}") or {}


def succeeded(store: BlobStore, cell: PlannedCell, job: JobEnd | None) -> bool:
    """Whether a job ended well, down to the report of its last step."""
    return job is not None and not failure(store, cell, job)


def failure(store: BlobStore, cell: PlannedCell, job: JobEnd) -> str:
    """Return in words why a job did not succeed, empty where it did.

    A job that has read other shipment rows than the plan counted has lost some, and counts as failed.
    """
    if job.outcome != "succeeded":
        said = _failed_step(store, job) or job.detail
        return f"{job.pipeline} {_SAID[job.outcome]}" + (f": {said}" if said else "")
    for step in STEPS[job.pipeline]:
        report = read_report(store, job, step)
        if not report:
            return f"{job.pipeline} left no report of its step {step}"
        if report["status"] != "succeeded":
            return f"{job.pipeline} failed: {step}: {report['error']}"
    read = int(read_report(store, job, "validate")["rows_in"])
    if read != cell.shipment_rows:
        return f"{job.pipeline} lost rows: it read {read} shipment rows of {cell.shipment_rows}"
    return ""


def step_reports(store: BlobStore, outcome: CellOutcome) -> list[dict[str, Any]]:
    """Return the reports of the steps of a cell's jobs, each with ``pipeline, job, log``, in their order."""
    steps = [
        (job, step, read_report(store, job, step))
        for job in (outcome.training, outcome.scoring)
        if job
        for step in STEPS[job.pipeline]
    ]
    return [_told(report, job, step) for job, step, report in steps if report]


def _told(report: dict[str, Any], job: JobEnd, step: str) -> dict[str, Any]:
    told = {name: report.get(name) for name in _TOLD}
    log = job.logs.get(step) or job.logs.get("", "")
    return {"pipeline": job.pipeline, "job": job.name, "log": log, **told, "step": step}


def _failed_step(store: BlobStore, job: JobEnd) -> str:
    for step in STEPS[job.pipeline]:
        report = read_report(store, job, step)
        if report and report["status"] == "failed":
            return f"{step}: {report['error']}"
    return ""
