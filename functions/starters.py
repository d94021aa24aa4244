"""HTTP: start a run, look at it, cancel it, condition a source again. Starters return at once; instances go on.

The caller's id is the instance's: asking again for the same run answers with the one that is there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.bootstrap import edges
from functions.callback import call_back_at_end, check_callback
from functions.conditioning import operation_of
from functions.instances import ENDED, follow, start_once, wake
from functions.requests import (
    ReplayConditioning,
    StartRun,
    answer,
    check_role,
    new_name,
    parse_body,
    refusal,
    run_name,
    run_request,
)
from shared.errors import RequestRefused

blueprint = df.Blueprint()

RUN, REPLAY = "weekly_run", "replay"

Handler = Callable[..., Awaitable[func.HttpResponse]]


def refusing(handler: Handler) -> Handler:
    """Answer a refused request with field and remedy."""

    @wraps(handler)
    async def guarded(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
        try:
            check_role(req, edges().settings.required_role)
            return await handler(req, client, context)
        except RequestRefused as exc:
            return refusal(exc)

    return guarded


@blueprint.route(route="runs", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@refusing
async def start_run(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
    """Start a run, or answer with the one that has this id already."""
    body = parse_body(req, StartRun)
    request = run_request(body, operation_of(context))
    if body.callBackUri is not None:
        check_callback(body.callBackUri)
    if not await _named(client, request.run, RUN):
        await asyncio.to_thread(_check, request)
        await start_once(client, RUN, request.run, request.to_json())
    if body.callBackUri is not None:
        await call_back_at_end(client, request.run, body.callBackUri, request.operation_id)
    return follow(client, req, request.run)


async def _named(client: df.DurableOrchestrationClient, instance: str, orchestrator: str) -> bool:
    """Tell whether the instance is there; raises RequestRefused where something else has its name."""
    status = await client.get_status(instance)
    if status and status.name != orchestrator:
        raise RequestRefused("id", f"{instance} is the name of something else", "Choose another")
    return bool(status)


def _check(request: Any) -> None:
    from shared.runs.planning import check_request

    check_request(edges().lake, request)


@blueprint.route(route="runs/{id}", methods=["GET"])
@blueprint.durable_client_input(client_name="client")
@refusing
async def get_run(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
    """Tell how a run stands."""
    run = run_name(req)
    status = await client.get_status(run)
    if not status or status.name != RUN:
        return _unknown(run)
    return answer(
        {
            "id": run,
            "runtimeStatus": status.runtime_status.name,
            "createdTime": status.created_time.isoformat(),
            "lastUpdatedTime": status.last_updated_time.isoformat(),
            "progress": await asyncio.to_thread(_progress, run, status.custom_status),
            "output": status.output,
        }
    )


def _progress(run: str, planned: Any) -> dict[str, Any]:
    from shared.runs.summary import count_outcomes

    return {**(planned or {}), "ended": count_outcomes(edges().lake.store, run)}


@blueprint.route(route="runs/{id}/cancel", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@refusing
async def cancel_run(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
    """Let a run end: its jobs are cancelled, cells that have not begun are left out, and its summary says so."""
    run = run_name(req)
    status = await client.get_status(run)
    if not status or status.name != RUN:
        return _unknown(run)
    if status.runtime_status in ENDED:
        problem = f"has ended as {status.runtime_status.name}"
        return answer(
            {"error": {"field": "id", "problem": problem, "remedy": "There is nothing to cancel"}}, 409
        )
    for instance in await asyncio.to_thread(_request_cancel, run):
        await wake(client, instance)
    return follow(client, req, run)


def _request_cancel(run: str) -> list[str]:
    """Mark the run as cancelled; returns the watchers of its jobs."""
    from shared.runs.summary import read_plan, request_cancel

    store = edges().lake.store
    request_cancel(store, run)
    plan = read_plan(store, run)
    cells = plan.cells if plan else ()
    return [f"{run}.{cell.name}.{pipeline}" for cell in cells for pipeline in ("training", "scoring")]


@blueprint.route(route="conditioning/{source}/replay", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
@refusing
async def replay_conditioning(req: func.HttpRequest, client: Any, context: func.Context) -> func.HttpResponse:
    """Condition the raw files of a source again."""
    source, body = req.route_params["source"], parse_body(req, ReplayConditioning)
    known = edges().lake.profile.sources
    if source not in known:
        raise RequestRefused(
            "source", f"{source[:100]!r} is not in the profile", f"Known are {', '.join(known)}"
        )
    instance = body.id or new_name("replay")
    message = {
        "source": source,
        "files": body.files,
        "force": body.force,
        "operation_id": operation_of(context),
        "after": "",
        "conditioned": 0,
        "failures": [],
    }
    if not await _named(client, instance, REPLAY):
        await start_once(client, REPLAY, instance, message)
    return follow(client, req, instance)


def _unknown(run: str) -> func.HttpResponse:
    problem = {"field": "id", "problem": f"there is no run {run}", "remedy": "POST /api/runs starts one"}
    return answer({"error": problem}, 404)
