"""What the ledger is told, told to telemetry in numbers: what alerts and charts of the running system ask for.

An activity that is repeated counts again; the ledger is what is exact. The names are in shared.telemetry.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.rows import job_ends, moment_of
from shared.lake.records import DatasetVersion, Receipt
from shared.messages import CellOutcome, JobEnd, Plan, RunSummary
from shared.ports import ModelVersion
from shared.telemetry import Metric, count, measure


def say(what: str, *facts: Any) -> None:
    """Send the numbers of what the ledger's writer of that name is told; of some there are none."""
    speaker = _SPEAKERS.get(what)
    if speaker:
        speaker(*facts)


def queued(seconds: float | None, pipeline: str) -> None:
    """Send how long a job waited for its first command, at the look that found it running first."""
    if seconds is not None:
        measure(Metric.QUEUE_SECONDS, seconds, pipeline=pipeline)


def _file_conditioned(receipt: Receipt) -> None:
    report, source = receipt.report, receipt.source
    if report["refused"]:
        count(Metric.FILES_REFUSED, source=source, reason=report["refused"])
    count(Metric.ROWS_ACCEPTED, sum(report["accepted"].values()), source=source)
    for reason, rows in report["rejected"].items():
        count(Metric.ROWS_REJECTED, rows, source=source, reason=reason)


def _versions_published(versions: Mapping[str, DatasetVersion], week: date, late: Sequence[str]) -> None:
    for source in late:
        count(Metric.SOURCES_LATE, source=source, week=week.isoformat())


def _models_registered(models: Sequence[ModelVersion]) -> None:
    for model in models:
        count(Metric.MODELS_REGISTERED, slot=model.slot)
        mape = ((model.tags.get("metrics") or {}).get("forecast") or {}).get("mape")
        if mape is not None:
            measure(Metric.MAPE, mape, slot=model.slot)


def _cell_ended(_plan: Plan, outcome: CellOutcome, _steps: Sequence[Mapping[str, Any]]) -> None:
    count(Metric.CELLS_ENDED, status=outcome.status, serving=outcome.forecast)
    for end in job_ends(outcome):
        _job_ended(end)
    if outcome.scoring:
        count(Metric.FORECASTS_PUBLISHED, outcome.scored, cell=outcome.cell)
        count(Metric.FORECASTS_QUARANTINED, outcome.quarantined, cell=outcome.cell)


def _job_ended(end: JobEnd) -> None:
    count(Metric.JOBS_ENDED, pipeline=end.pipeline, status=end.outcome)
    began, ended = moment_of(end.submitted_at), moment_of(end.ended_at)
    if began and ended:
        seconds = (ended - began).total_seconds()
        measure(Metric.JOB_SECONDS, seconds, pipeline=end.pipeline, status=end.outcome)


def _run_started(plan: Plan) -> None:
    known_until = date.fromisoformat(plan.week) + timedelta(days=7)
    measure(Metric.WEEK_AGE_DAYS, (datetime.now(UTC).date() - known_until).days, run=plan.run)
    stale = sum(any("stale" in why for why in cell.why) for cell in plan.cells)
    if stale:
        count(Metric.MODELS_STALE, stale, run=plan.run)


def _run_ended(summary: RunSummary) -> None:
    count(Metric.RUNS_ENDED, status=summary.status, trigger=summary.trigger)


def _alert(kind: str, _subject: str, _text: str) -> None:
    count(Metric.ALERTS, kind=kind)


_SPEAKERS: dict[str, Callable[..., None]] = {
    "file_conditioned": _file_conditioned,
    "run_started": _run_started,
    "versions_published": _versions_published,
    "models_registered": _models_registered,
    "cell_ended": _cell_ended,
    "run_ended": _run_ended,
    "alert": _alert,
}
