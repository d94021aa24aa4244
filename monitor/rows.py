"""How the product's records become rows of the ledger. Nothing is written here; numbers are in accuracy."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.lake.records import DatasetVersion, Receipt
from shared.messages import CellOutcome, JobEnd, Plan, RunSummary
from shared.ports import JobState, JobStatus, ModelVersion

Row = dict[str, Any]

STALE_AFTER_DAYS = 60

DIGEST_CHARACTERS = 24


def key_of(*parts: str) -> str:
    """Return a short key for texts that are too long to be one."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGEST_CHARACTERS]


def moment_of(text: str) -> datetime | None:
    """Read an ISO moment, UTC where it names no zone; None for an empty text."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def fiscal_week(week: date, start_month: int) -> str:
    """Return a week's name in the fiscal year that begins with `start_month`, such as ``FY2019 W07``.

    Week 1 is the first that begins in the year; a year that does not begin in January is named for its end.
    """
    began = week.year if week.month >= start_month else week.year - 1
    number = (week - date(began, start_month, 1)).days // 7 + 1
    return f"FY{began + (start_month > 1)} W{number:02d}"


def run_row(plan: Plan, at: datetime, start_month: int) -> Row:
    """Return the row of a run that begins."""
    week = date.fromisoformat(plan.week)
    return {
        "run": plan.run,
        "status": "running",
        "kind": plan.request.kind,
        "started_by": plan.request.trigger,
        "week": week,
        "fiscal_week": fiscal_week(week, start_month),
        "code": plan.code,
        "cells_planned": len(plan.cells),
        "cells_skipped": len(plan.skipped),
        "operation_id": plan.request.operation_id,
        "started_at": at,
    }


def planned_rows(plan: Plan, at: datetime) -> Iterator[Row]:
    """Give a row per cell of a run that begins, those too that have nothing to do."""
    for cell in plan.cells:
        yield {
            "run": plan.run,
            "cell": cell.name,
            "market": cell.market,
            "format": cell.format,
            "status": "running",
            "train": cell.train,
            "score": cell.score,
            "why": "; ".join(cell.why),
            "started_at": at,
            "ended_at": None,
        }
    for skipped in plan.skipped:
        yield {
            "run": plan.run,
            "cell": skipped.name,
            "market": "",
            "format": skipped.name.rpartition(".")[2],
            "status": "skipped",
            "train": False,
            "score": False,
            "why": skipped.why,
            "started_at": at,
            "ended_at": at,
        }


def summary_row(summary: RunSummary, at: datetime) -> Row:
    """Return what is known of a run once it has ended."""
    return {
        "run": summary.run,
        "status": summary.status,
        "error": summary.error,
        "resume": summary.resume,
        "forecasts": summary.forecasts,
        "cells_skipped": len(summary.skipped),
        "ended_at": at,
    }


def unplanned_row(summary: RunSummary, at: datetime, start_month: int) -> Row:
    """Return what else a run's row needs that ended before it was planned."""
    week = date.fromisoformat(summary.week) if summary.week else None
    return {
        "kind": "both",
        "started_by": summary.trigger,
        "week": week,
        "fiscal_week": fiscal_week(week, start_month) if week else "",
        "operation_id": summary.operation_id,
        "started_at": at,
    }


def outcome_row(outcome: CellOutcome, at: datetime) -> Row:
    """Return what is known of a cell once it has ended."""
    return {
        "run": outcome.run,
        "cell": outcome.cell,
        "status": outcome.status,
        "error": outcome.error,
        "forecast": outcome.forecast,
        "forecast_run": outcome.forecast_run,
        "ended_at": at,
    }


def job_ends(outcome: CellOutcome) -> list[JobEnd]:
    """Return the jobs that a cell had."""
    return [end for end in (outcome.training, outcome.scoring) if end]


def ended_job_row(outcome: CellOutcome, end: JobEnd) -> Row:
    """Return the row of a job that ended, in its last attempt."""
    known = {"submitted_at": moment_of(end.submitted_at), "ended_at": moment_of(end.ended_at)}
    return {
        "job": end.name or f"{outcome.run}-{outcome.cell}-{end.pipeline}",
        "run": outcome.run,
        "cell": outcome.cell,
        "pipeline": end.pipeline,
        "status": end.outcome,
        "attempt": end.attempts,
        "detail": end.detail,
        "output": end.output,
        "log": end.logs.get("", ""),
    } | {name: value for name, value in known.items() if value}


def seen_job_row(run: str, cell: str, pipeline: str, attempt: int, status: JobStatus, at: datetime) -> Row:
    """Return the row of a job as a look at it showed it."""
    row = {
        "job": status.name,
        "run": run,
        "cell": cell,
        "pipeline": pipeline,
        "status": status.state.value,
        "attempt": attempt,
        "detail": status.detail,
        "log": status.logs.get("", ""),
    }
    return row | ({"ended_at": at} if status.state.ended else {})


def has_begun(status: JobStatus) -> bool:
    """Whether the job's commands run."""
    return status.state is JobState.RUNNING


def step_row(outcome: CellOutcome, report: Mapping[str, Any], at: datetime) -> Row:
    """Return the row of a step from its report, to which the reader added the pipeline."""
    end = outcome.training if report["pipeline"] == "training" else outcome.scoring
    reasons = dict(report.get("quarantined") or {})
    return {
        "run": outcome.run,
        "cell": outcome.cell,
        "pipeline": report["pipeline"],
        "step": report["step"],
        "status": report["status"],
        "seconds": report.get("seconds"),
        "rows_in": report.get("rows_in", 0),
        "rows_out": report.get("rows_out", 0),
        "quarantined": sum(reasons.values()),
        "reasons": reasons,
        "error": report.get("error") or "",
        "log": end.logs.get(report["step"], "") if end else "",
        "attempt": end.attempts if end else 1,
        "ended_at": at,
    }


def serving_rows(outcome: CellOutcome, at: datetime) -> Iterator[Row]:
    """Give a row per slot of the cell."""
    for velocity, chosen in outcome.serving.items():
        yield {
            "run": outcome.run,
            "cell": outcome.cell,
            "slot": f"{outcome.cell}.{velocity}",
            "version": chosen.version,
            "reason": chosen.reason,
            "decided_at": at,
        }


def scoring_row(
    outcome: CellOutcome,
    steps: Sequence[Mapping[str, Any]],
    models: Sequence[Row],
    at: datetime,
    *,
    stale_after_days: int,
) -> Row:
    """Return the row of a cell's scoring; `models` are the registered ones that scored."""
    trained = min((model["trained_at"] for model in models), default=None)
    newest = max(models, key=lambda model: model["trained_at"], default=None)
    age = None if trained is None else at - trained
    return {
        "run": outcome.run,
        "cell": outcome.cell,
        "serving_state": outcome.forecast,
        "build_version": newest["build_version"] if newest else "",
        "weather_issued_at": _weather_issued(steps),
        "model_trained_at": trained,
        "model_age_days": None if age is None else age.days,
        "stale": None if age is None else age > timedelta(days=stale_after_days),
        "rows_in": outcome.rows_in,
        "scored": outcome.scored,
        "quarantined": outcome.quarantined,
        "scored_at": at,
    }


def _weather_issued(steps: Sequence[Mapping[str, Any]]) -> datetime | None:
    told = [step.get("details") or {} for step in steps if step["pipeline"] == "scoring"]
    found = (moment_of(str(details.get("weather_issued_at") or "")) for details in told)
    return max((moment for moment in found if moment), default=None)


def model_row(model: ModelVersion) -> Row:
    """Return the row of a registered model; the registry's tags tell most of it."""
    cell, _, velocity = model.slot.rpartition(".")
    cutoff = model.tags.get("cutoff_week")
    return {
        "slot": model.slot,
        "version": model.version,
        "cell": cell,
        "market": model.tags.get("market", cell),
        "velocity": velocity,
        "build_version": str(model.tags.get("build_version") or f"1.{model.version}"),
        "trained_until": date.fromisoformat(cutoff) if cutoff else None,
        "gate_passed": model.tags.get("gate_passed"),
        "gate_reason": model.tags.get("reason", ""),
        "path": model.path,
        "tags": dict(model.tags),
    }


def version_row(version: DatasetVersion) -> Row:
    """Return the row of a dataset version."""
    return {
        "dataset": version.table,
        "version": version.version,
        "alias": version.alias,
        "row_count": version.rows.weekly_rows,
        "warnings": list(version.warnings),
    }


def file_row(receipt: Receipt, at: datetime) -> Row:
    """Return the row of a conditioned file."""
    report = receipt.report
    return {
        "file_id": key_of(receipt.source, receipt.name),
        "source": receipt.source,
        "file": receipt.name,
        "sha256": receipt.sha256,
        "rows_in": report["rows_in"],
        "accepted": sum(report["accepted"].values()),
        "rejected": sum(report["rejected"].values()),
        "superseded": report["superseded"],
        "refused": report["refused"] or "",
        "repaired": report["repaired"],
        "conditioned_at": at,
    }
