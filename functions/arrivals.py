"""From files that have arrived to the run that they call for: once nothing has come for a while, and once only.

Whoever commits the last waiting file announces the arrival, under an id made of everything that is there; so events
may repeat and come in any order. What makes a dataset ready is in shared.runs.arrivals.
"""

import asyncio
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from functions.bootstrap import edges
from functions.instances import start_once
from functions.retries import RETRY
from shared.messages import RunRequest

blueprint = df.Blueprint()


async def announce(client: df.DurableOrchestrationClient, operation_id: str) -> str | None:
    """Start what waits for quiet, unless files still wait to be conditioned; returns its id where this call did."""
    digest = await asyncio.to_thread(settled)
    if digest is None:
        return None
    instance = f"arrivals-{digest}"
    message = {
        "digest": digest,
        "quiet_seconds": edges().settings.quiet_seconds,
        "operation_id": operation_id,
    }
    return instance if await start_once(client, "arrivals", instance, message) else None


_waited: list[str] = []
"""A file that waited at the last look: as long as it does, nothing has to be listed, however many files come."""


def settled() -> str | None:
    """Return what names the files that are there, or None while some wait."""
    from shared.runs.arrivals import arrival_digest, still_waiting, waiting

    store, profile = edges().lake.store, edges().lake.profile
    if any(still_waiting(store, path) for path in _waited):
        return None
    _waited[:] = waiting(store, profile)[-1:]
    return None if _waited else arrival_digest(store, profile)


@blueprint.orchestration_trigger(context_name="context")
def arrivals(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """Wait for quiet, publish dataset versions, and run if all required sources are there."""
    message = context.get_input()
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=message["quiet_seconds"]))
    published = yield context.call_activity_with_retry(
        "publish_versions", RETRY, {**message, "instance": context.instance_id}
    )
    if not published["run"]:
        return dict(published)
    request = RunRequest(
        run=published["run"], trigger="arrival", week=published["week"], operation_id=message["operation_id"]
    )
    summary = yield context.call_sub_orchestrator("weekly_run", request.to_json(), instance_id=request.run)
    return {**published, "status": summary["status"]}
