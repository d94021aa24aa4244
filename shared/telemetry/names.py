"""Every name under which telemetry can be found: what alerts and dashboards ask for has to stand here.

Operations are named for the function that runs: ``condition_shipments``, ``submit_job``. How telemetry is sent is not
here.
"""

from enum import StrEnum
from typing import TypedDict


class Metric(StrEnum):
    """Custom metrics; UNITS says what each counts."""

    ROWS_ACCEPTED = "shelfcast.rows_accepted"
    ROWS_REJECTED = "shelfcast.rows_rejected"
    FILES_REFUSED = "shelfcast.files_refused"
    SOURCES_LATE = "shelfcast.sources_late"
    QUEUE_SECONDS = "shelfcast.queue_seconds"
    JOB_SECONDS = "shelfcast.job_seconds"
    JOBS_ENDED = "shelfcast.jobs_ended"
    CELLS_ENDED = "shelfcast.cells_ended"
    RUNS_ENDED = "shelfcast.runs_ended"
    WEEK_AGE_DAYS = "shelfcast.week_age_days"
    FORECASTS_PUBLISHED = "shelfcast.forecasts_published"
    FORECASTS_QUARANTINED = "shelfcast.forecasts_quarantined"
    MODELS_REGISTERED = "shelfcast.models_registered"
    MODELS_STALE = "shelfcast.models_stale"
    MAPE = "shelfcast.mape"
    ALERTS = "shelfcast.alerts"
    LEDGER_UNAVAILABLE = "shelfcast.ledger_unavailable"


UNITS: dict[Metric, str] = {
    Metric.ROWS_ACCEPTED: "rows of a raw file that went into a table, by source",
    Metric.ROWS_REJECTED: "rows of a raw file in quarantine, by source and reason",
    Metric.FILES_REFUSED: "raw files in quarantine as a whole, by source and reason",
    Metric.SOURCES_LATE: "sources without a file for the week, by source and week",
    Metric.QUEUE_SECONDS: "seconds from a job's submission to its first command, by pipeline",
    Metric.JOB_SECONDS: "seconds from a job's submission to its end, by pipeline and status",
    Metric.JOBS_ENDED: "jobs, by pipeline and status",
    Metric.CELLS_ENDED: "cells, by status and serving state",
    Metric.RUNS_ENDED: "runs, by status and trigger",
    Metric.WEEK_AGE_DAYS: "days from the end of the last week that a run knows to its start",
    Metric.FORECASTS_PUBLISHED: "forecast rows, by cell",
    Metric.FORECASTS_QUARANTINED: "forecast rows held back, by cell",
    Metric.MODELS_REGISTERED: "model versions, by slot",
    Metric.MODELS_STALE: "slots whose model is stale",
    Metric.MAPE: "MAPE of a slot on the held-out weeks, a fraction, by slot",
    Metric.ALERTS: "alerts that people were sent, by kind",
    Metric.LEDGER_UNAVAILABLE: "records that the ledger lacks",
}


class Dimensions(TypedDict, total=False):
    """What telemetry may be split by; nothing else is sent, so that no store's data leave by this door."""

    source: str
    file: str
    run: str
    cell: str
    market: str
    format: str
    slot: str
    pipeline: str
    step: str
    job: str
    attempt: int
    status: str
    serving: str
    reason: str
    kind: str
    trigger: str
    week: str
    table: str
    what: str


DIMENSIONS = frozenset(Dimensions.__annotations__)
