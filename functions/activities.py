"""Activities: what orchestrators have done for them. Each takes and returns plain JSON and may be called twice.

The work is in shared.runs; what is recorded of it, in monitor.ledger. Nothing here waits.
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import azure.durable_functions as df

from functions.bootstrap import edges
from functions.recording import alert, record
from shared.errors import BlobMissing, JobRefused
from shared.messages import CellOutcome, JobEnd, Plan, PlannedCell, RunRequest, Serving
from shared.ports import JobRequest

LOG = logging.getLogger(__name__)

blueprint = df.Blueprint()

Json = dict[str, Any]


def activity(function: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Register an activity under its own name, inside a span of the operation that its message names."""
    from functions.recording import in_operation

    return blueprint.activity_trigger(input_name="message")(in_operation(function))


@activity
def publish_versions(message: dict) -> dict:
    """Publish dataset versions of what has arrived, and name the run that they call for."""
    from shared.lake import read_version
    from shared.runs.arrivals import publish_versions as publish

    lake = edges().lake
    published = publish(lake, instance=message["instance"], expected=message["digest"])
    if published.week:
        versions = {
            table: read_version(lake.store, table, each) for table, each in published.versions.items()
        }
        record("versions_published", versions, date.fromisoformat(published.week), published.late)
    for source, files in published.outdated.items():
        text = f"{files} files are conditioned by earlier rules; POST /api/conditioning/{source}/replay"
        LOG.error("%s: %s; nothing is published until then", source, text)
        alert("outdated", source, text)
    return published.to_json()


@activity
def open_run(message: dict) -> dict:
    """Plan a run."""
    from shared.code import code_fingerprint
    from shared.runs.arrivals import versions_digest
    from shared.runs.layout import versions_path
    from shared.runs.planning import plan_run

    own = edges()
    plan = plan_run(
        own.lake,
        own.registry,
        RunRequest.parse(message),
        settings=own.settings,
        code=code_fingerprint(),
        now=datetime.now(UTC),
    )
    own.catalogue.announce_data(
        "dataset",
        version=versions_digest(plan.versions),
        path=versions_path(plan.run),
        tags={"week": plan.week, **plan.versions},
    )
    record("run_started", plan)
    if plan.request.trigger == "timer":
        _alert_late(plan, datetime.now(UTC).date())
    lanes = min(plan.cells_at_a_time, len(plan.cells))
    return {"cells": len(plan.cells), "lanes": lanes, "skipped": len(plan.skipped), "week": plan.week}


def _alert_late(plan: Plan, today: date) -> None:
    """Tell of the sources that have not come for the week that should be known today."""
    from shared.lake import read_version
    from shared.runs.readiness import readiness

    lake = edges().lake
    due = lake.profile.calendar.week_start(today - timedelta(days=7))
    versions = {table: read_version(lake.store, table, each) for table, each in plan.versions.items()}
    for source in readiness(lake, versions, week=due).late:
        owner = lake.profile.sources[source].owner or "its owner"
        text = f"{source} has not come for the week of {due}; ask {owner}"
        LOG.warning(text)
        alert("late", source, text)


@activity
def begin_cell(message: dict) -> dict:
    """Say what a cell of the plan has to do; nothing where the run is cancelled."""
    from shared.runs.summary import cancel_requested

    plan, cell = _cell(message)
    go_on = not cancel_requested(edges().lake.store, plan.run)
    return {
        "cell": cell.name,
        "train": cell.train and go_on,
        "score": cell.score and go_on,
        "limits": plan.limits.to_json(),
    }


@activity
def submit_job(message: dict) -> dict:
    """Submit a job, or find it where it has been; returns its name, or how it ended before it began."""
    from shared.runs.summary import cancel_requested

    plan, cell = _cell(message)
    if cancel_requested(edges().lake.store, plan.run):
        return {"outcome": "cancelled", "detail": "the run was cancelled before it was submitted"}
    request = _job_request(plan, cell, message)
    try:
        status = edges().jobs.submit(request)
    except JobRefused as exc:
        return {"outcome": "not_submitted", "detail": str(exc)}
    record("job_seen", plan.run, cell.name, message["pipeline"], message["attempt"], status)
    return {"name": request.name, "output": request.output}


def _job_request(plan: Plan, cell: PlannedCell, message: Json) -> JobRequest:
    from shared.runs.cells import prepare_scoring, prepare_training

    store, registry, attempt = edges().lake.store, edges().registry, message["attempt"]
    if message["pipeline"] == "training":
        return prepare_training(store, registry, plan, cell, attempt)
    return prepare_scoring(store, registry, plan, cell, _serving(message), attempt)


@activity
def poll_job(message: dict) -> dict:
    """Look at a job; where the run is cancelled, ask for the job's end first."""
    from monitor import measures
    from shared.runs.summary import cancel_requested

    own = edges()
    cancelled = cancel_requested(own.lake.store, message["run"])
    if cancelled:
        own.jobs.cancel(message["name"])
    status = own.jobs.status(message["name"])
    if status is None:
        return {"state": None, "cancel_requested": cancelled}
    queued = record("job_seen", *(message[part] for part in ("run", "cell", "pipeline", "attempt")), status)
    measures.queued(queued, message["pipeline"])
    return {
        "state": status.state.value,
        "detail": status.detail,
        "retryable": status.retryable,
        "logs": dict(status.logs),
        "cancel_requested": cancelled,
    }


@activity
def cancel_job(message: dict) -> dict:
    """Ask for a job's end."""
    edges().jobs.cancel(message["name"])
    return {}


@activity
def decide_serving(message: dict) -> dict:
    """Register what was trained, and decide what serves each slot."""
    from shared.runs.cells import decide_serving as decide
    from shared.runs.cells import registered
    from shared.runs.lifecycle import Lifecycle

    own, (plan, cell), training = edges(), _cell(message), _end(message["training"])
    serving = decide(own.lake.store, own.registry, plan, cell, training)
    models = registered(own.lake.store, own.registry, plan, cell, training)
    for model in models:
        own.catalogue.announce(model)
    for model, life in Lifecycle(own.registry).concerned(models):
        own.catalogue.tag(model, life.tags)
    record("models_registered", models, run=plan.run)
    return {slot: chosen.to_json() for slot, chosen in serving.items()}


@activity
def publish_cell(message: dict) -> dict:
    """Publish a cell's forecasts, or say which earlier ones stand, and record how it ended."""
    from shared.runs.cells import publish_cell as publish

    own, (plan, cell) = edges(), _cell(message)
    outcome = publish(
        own.lake.store, plan, cell, _end(message["training"]), _serving(message), _end(message["scoring"])
    )
    return _ended(plan, outcome)


@activity
def fail_cell(message: dict) -> dict:
    """Record that a cell's orchestration broke down."""
    from shared.runs.cells import fail_cell as fail

    plan, cell = _cell(message)
    return _ended(plan, fail(edges().lake.store, plan, cell, message["error"]))


@activity
def close_run(message: dict) -> dict:
    """Sum a run up."""
    from shared.runs.summary import close_refused, read_plan
    from shared.runs.summary import close_run as close

    store, request = edges().lake.store, RunRequest.parse(message["request"])
    plan = read_plan(store, request.run)
    summary = (
        close(store, plan, error=message["error"])
        if plan
        else close_refused(store, request, error=message["error"])
    )
    record("run_ended", summary)
    return summary.to_json()


def _ended(plan: Plan, outcome: CellOutcome) -> Json:
    from shared.runs.cells import step_reports

    steps = step_reports(edges().lake.store, outcome)
    record("cell_ended", plan, outcome, steps)
    return outcome.brief


def _cell(message: Json) -> tuple[Plan, PlannedCell]:
    from shared.runs.summary import read_plan

    plan = read_plan(edges().lake.store, message["run"])
    if plan is None:
        raise BlobMissing(f"the plan of {message['run']}")
    return plan, plan.cells[message["index"]]


def _end(value: Json | None) -> JobEnd | None:
    return JobEnd.parse(value) if value else None


def _serving(message: Json) -> dict[str, Serving]:
    return {slot: Serving.parse(chosen) for slot, chosen in (message["serving"] or {}).items()}
