"""Orchestrators of a run: lanes of cells, so many at a time, and a summary. They decide; activities do.

A cell's outcome is a value: what fails in one stops no other. Jobs are watched in functions.azure_ml_job.
"""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from functions.retries import RETRY

blueprint = df.Blueprint()

Waiting = Generator[Any, Any, dict[str, Any]]


@blueprint.orchestration_trigger(context_name="context")
def weekly_run(context: df.DurableOrchestrationContext) -> Waiting:
    """Plan, run every cell, sum up. Fails where nothing came out, so that whoever waits for it sees that."""
    request = context.get_input()
    message = {"run": request["run"], "operation_id": request["operation_id"]}
    error = ""
    try:
        opened = yield context.call_activity_with_retry("open_run", RETRY, request)
        context.set_custom_status(
            {"cells": opened["cells"], "skipped": opened["skipped"], "week": opened["week"]}
        )
        yield context.task_all(_lanes(context, message, opened))
    except Exception as exc:  # noqa: BLE001 - whatever ends a run early is in its summary
        error = str(exc)
    summary = yield context.call_activity_with_retry("close_run", RETRY, {"request": request, "error": error})
    if summary["status"] == "failed":
        raise RunFailed(summary["error"] or "; ".join(summary["failures"]))
    return dict(summary)


class RunFailed(Exception):
    """No cell of the run came out; its summary says why."""


def _lanes(
    context: df.DurableOrchestrationContext, message: dict[str, Any], opened: dict[str, Any]
) -> list[df.models.Task.TaskBase]:
    return [
        context.call_sub_orchestrator(
            "cell_lane",
            {**message, "next": number, "step": opened["lanes"], "cells": opened["cells"]},
            instance_id=f"{message['run']}.lane{number}",
        )
        for number in range(opened["lanes"])
    ]


@blueprint.orchestration_trigger(context_name="context")
def cell_lane(context: df.DurableOrchestrationContext) -> Waiting:
    """Run every so-many-th cell of the plan, one after the other, each in a history of its own."""
    lane = context.get_input()
    if lane["next"] >= lane["cells"]:
        return {}
    message = {"run": lane["run"], "operation_id": lane["operation_id"], "index": lane["next"]}
    try:
        yield context.call_sub_orchestrator(
            "cell_run", message, instance_id=f"{lane['run']}.cell{lane['next']}"
        )
    except Exception as exc:  # noqa: BLE001 - the cell's failure is recorded, the lane goes on
        yield context.call_activity_with_retry("fail_cell", RETRY, {**message, "error": str(exc)})
    context.continue_as_new({**lane, "next": lane["next"] + lane["step"]})
    return {}


@blueprint.orchestration_trigger(context_name="context")
def cell_run(context: df.DurableOrchestrationContext) -> Waiting:
    """Train where the plan says so, decide what serves, score, publish."""
    message = context.get_input()
    cell = yield context.call_activity_with_retry("begin_cell", RETRY, message)
    jobs = {"training": None, "scoring": None}
    if cell["train"]:
        jobs["training"] = yield _job(context, message, cell, "training")
    serving = yield context.call_activity_with_retry(
        "decide_serving", RETRY, {**message, "training": jobs["training"]}
    )
    if cell["score"]:
        jobs["scoring"] = yield _job(context, {**message, "serving": serving}, cell, "scoring")
    outcome = yield context.call_activity_with_retry(
        "publish_cell", RETRY, {**message, **jobs, "serving": serving}
    )
    return dict(outcome)


def _job(
    context: df.DurableOrchestrationContext, message: dict[str, Any], cell: dict[str, Any], pipeline: str
) -> df.models.Task.TaskBase:
    return context.call_sub_orchestrator(
        "azure_ml_job",
        {**message, "cell": cell["cell"], "pipeline": pipeline, "limits": cell["limits"]},
        instance_id=f"{message['run']}.{cell['cell']}.{pipeline}",
    )
