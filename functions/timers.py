"""Timers: the weekly run, whatever has arrived, and the daily look for models that have grown old."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.conditioning import operation_of
from functions.instances import start_once
from shared.messages import RunRequest, Trigger

LOG = logging.getLogger(__name__)

blueprint = df.Blueprint()


@blueprint.timer_trigger(arg_name="timer", schedule="%SHELFCAST_WEEKLY_SCHEDULE%", run_on_startup=False)
@blueprint.durable_client_input(client_name="client")
async def weekly_run_timer(timer: func.TimerRequest, client: Any, context: func.Context) -> None:
    """Run with what is there; a week whose run has been has nothing left to do."""
    await _start(client, "timer", operation_of(context))


@blueprint.timer_trigger(arg_name="timer", schedule="%SHELFCAST_STALE_SCHEDULE%", run_on_startup=False)
@blueprint.durable_client_input(client_name="client")
async def stale_models_timer(timer: func.TimerRequest, client: Any, context: func.Context) -> None:
    """Train again whatever is older than the profile allows."""
    await _start(client, "stale", operation_of(context))


async def _start(client: df.DurableOrchestrationClient, trigger: Trigger, operation_id: str) -> None:
    """Start the day's run, unless there is nothing to forecast yet."""
    from functions.bootstrap import edges
    from shared.lake import read_current

    if await asyncio.to_thread(read_current, edges().lake.store, "shipments") is None:
        LOG.info("no shipments yet: no %s run", trigger)
        return
    run = f"{trigger}-{datetime.now(UTC):%Y-%m-%d}"
    request = RunRequest(run=run, trigger=trigger, operation_id=operation_id)
    await start_once(client, "weekly_run", run, request.to_json())
