"""Orchestrator of one job: submit, look until it has ended, however long that takes. The rules are in job_watch.

Its history stays small: after a few looks it continues as new with what it knows.
"""

from collections.abc import Generator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from functions.instances import WAKE
from functions.job_watch import JobWatch, Look
from functions.retries import PATIENT
from shared.messages import JobEnd

blueprint = df.Blueprint()

LOOKS = 8
"""Looks per generation of the history."""

Step = Generator[Any, Any, Any]


@blueprint.orchestration_trigger(context_name="context")
def azure_ml_job(context: df.DurableOrchestrationContext) -> Step:
    """Run one job to its end; the outcome is a value, whatever happens."""
    watch = JobWatch.parse(context.get_input())
    if not watch.name:
        watch = yield from _submit(context, watch)
    ended = watch if isinstance(watch, JobEnd) else (yield from _watch(context, watch))
    return ended.to_json() if ended else None


def _submit(context: df.DurableOrchestrationContext, watch: JobWatch) -> Step:
    try:
        job = yield context.call_activity_with_retry("submit_job", PATIENT, watch.to_json())
    except Exception as exc:  # noqa: BLE001 - a job that could not be submitted is an outcome
        job = {"outcome": "not_submitted", "detail": str(exc)}
    now = context.current_utc_datetime
    if "outcome" in job:
        return watch.ended(job["outcome"], now, detail=job["detail"])
    return watch.submitted(job["name"], job["output"], now)


def _watch(context: df.DurableOrchestrationContext, watch: JobWatch) -> Step:
    """Look a few times; returns the end, or None after continuing as new."""
    woken = context.wait_for_external_event(WAKE)
    for _ in range(LOOKS):
        look = yield from _look(context, watch)
        now = context.current_utc_datetime
        if watch.may_try_again(look):
            context.continue_as_new(watch.again().to_json())
            return None
        if (look.state and look.state.ended) or watch.overdue(now):
            return watch.end(look, now)
        before, watch = watch, watch.looked(look, now)
        if watch.ending and not before.ending:
            yield from _cancel(context, watch)
        timer = context.create_timer(now + timedelta(seconds=watch.wait_seconds))
        winner = yield context.task_any([woken, timer])
        if winner is woken:
            timer.cancel()
            watch = watch.woken()
            break  # an event that has come would end every later wait of this generation, too
        watch = watch.rested()
    context.continue_as_new(watch.to_json())
    return None


def _look(context: df.DurableOrchestrationContext, watch: JobWatch) -> Step:
    """Look at the job; a service that cannot be reached tells nothing, and the limits go on counting."""
    known = {"run", "cell", "pipeline", "attempt", "name", "operation_id"}
    message = watch.model_dump(mode="json", include=known)
    try:
        return Look.model_validate((yield context.call_activity_with_retry("poll_job", PATIENT, message)))
    except Exception as exc:  # noqa: BLE001 - see above
        return Look(detail=str(exc))


def _cancel(context: df.DurableOrchestrationContext, watch: JobWatch) -> Step:
    message = {"name": watch.name, "operation_id": watch.operation_id}
    with suppress(Exception):  # its grace runs out instead
        yield context.call_activity_with_retry("cancel_job", PATIENT, message)
