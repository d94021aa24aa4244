"""The numbers that telemetry gets of what has happened: what alerts ask for. Facts for people lie in the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.lake import Receipt
from shared.messages import CellOutcome, JobEnd, Plan, RunSummary
from shared.ports import ModelVersion
from shared.telemetry import Metric, count, measure


def file_conditioned(receipt: Receipt) -> None:
    """Count the rows of a raw file."""
    source, report = receipt.source, receipt.report
    count(Metric.ROWS_ACCEPTED, sum(report["accepted"].values()), source=source)
    for reason, rows in report["rejected"].items():
        count(Metric.ROWS_REJECTED, rows, source=source, reason=reason)
    if report["refused"]:
        count(Metric.FILES_REFUSED, 1, source=source, reason=report["refused"])


def sources_late(week: str, late: Iterable[str]) -> None:
    """Count the sources that a week waits for."""
    for source in late:
        count(Metric.SOURCES_LATE, 1, source=source, week=week)


def models_registered(models: Sequence[ModelVersion]) -> None:
    """Count new model versions, and tell their error on the held-out weeks."""
    for model in models:
        count(Metric.MODELS_REGISTERED, 1, slot=model.slot)
        mape = model.tags["metrics"].get("forecast", {}).get("mape")
        if mape is not None:
            measure(Metric.MAPE, mape, slot=model.slot)


def run_started(plan: Plan) -> None:
    """Count the cells whose models are stale."""
    stale = sum(any("stale" in why for why in cell.why) for cell in plan.cells)
    if stale:
        count(Metric.MODELS_STALE, stale, run=plan.run)


def cell_ended(outcome: CellOutcome, steps: Sequence[Mapping[str, Any]]) -> None:
    """Count a cell and its forecasts, and how its jobs went."""
    run, cell = outcome.run, outcome.cell
    count(Metric.CELLS_ENDED, 1, status=outcome.status, serving=outcome.forecast, run=run, cell=cell)
    count(Metric.FORECASTS_PUBLISHED, outcome.scored, run=run, cell=cell)
    if outcome.quarantined:
        count(Metric.FORECASTS_QUARANTINED, outcome.quarantined, run=run, cell=cell)
    for job in (outcome.training, outcome.scoring):
        if job:
            _job_ended(job, [step for step in steps if step["pipeline"] == job.pipeline])


def _job_ended(job: JobEnd, steps: Sequence[Mapping[str, Any]]) -> None:
    """Tell how long a job took; what its steps did not take, it waited."""
    count(Metric.JOBS_ENDED, 1, pipeline=job.pipeline, status=job.outcome)
    if not job.submitted_at:
        return
    whole = (datetime.fromisoformat(job.ended_at) - datetime.fromisoformat(job.submitted_at)).total_seconds()
    busy = sum(float(step["seconds"]) for step in steps)
    measure(Metric.JOB_SECONDS, busy, pipeline=job.pipeline, status=job.outcome)
    measure(Metric.QUEUE_SECONDS, max(0.0, whole - busy), pipeline=job.pipeline)


def run_ended(summary: RunSummary) -> None:
    """Count a run."""
    count(Metric.RUNS_ENDED, 1, status=summary.status, trigger=summary.trigger, run=summary.run)
