"""Starts durable instances at most once, and says where people can follow them. What runs in them is not here."""

import json
from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

WAKE = "wake"
"""The event that lets a job's watcher look at once; it carries nothing."""


async def start_once(
    client: df.DurableOrchestrationClient, orchestrator: str, instance: str, message: Mapping[str, Any]
) -> bool:
    """Start an instance unless one of that id is there, running or ended; tells whether this call did."""
    if await client.get_status(instance):
        return False
    try:
        await client.start_new(orchestrator, instance, dict(message))
    except Exception:
        if await client.get_status(instance):
            return False
        raise
    return True


async def wake(client: df.DurableOrchestrationClient, instance: str) -> bool:
    """Let a job's watcher look at once; False where it is not waiting (any more)."""
    if not await _goes_on(client, instance):
        return False
    try:
        await client.raise_event(instance, WAKE, None)
    except Exception:
        if await _goes_on(client, instance):
            raise
        return False
    return True


async def _goes_on(client: df.DurableOrchestrationClient, instance: str) -> bool:
    status = await client.get_status(instance)
    return bool(status) and status.runtime_status not in ENDED


ENDED = frozenset(
    {
        df.OrchestrationRuntimeStatus.Completed,
        df.OrchestrationRuntimeStatus.Failed,
        df.OrchestrationRuntimeStatus.Terminated,
        df.OrchestrationRuntimeStatus.Canceled,
    }
)


def follow(
    client: df.DurableOrchestrationClient, request: func.HttpRequest, instance: str
) -> func.HttpResponse:
    """Answer 202 with the addresses at which the instance can be followed.

    A failed instance answers 500 there instead of 200, so that whoever only looks at the code sees it.
    """
    links = client.get_client_response_links(request, instance)
    links["statusQueryGetUri"] = _failing_loudly(links["statusQueryGetUri"])
    return func.HttpResponse(
        json.dumps(links),
        status_code=202,
        mimetype="application/json",
        headers={"Location": links["statusQueryGetUri"], "Retry-After": "10"},
    )


def _failing_loudly(uri: str) -> str:
    option = "returnInternalServerErrorOnFailure"
    return uri if option in uri else f"{uri}{'&' if '?' in uri else '?'}{option}=true"
