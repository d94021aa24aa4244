"""For callers that wait to be called back (Data Factory's WebHook activity): a word at the end of a run.

The run goes on whether anybody waits for it or not; it is not here.
"""

import hashlib
import json
import re
import urllib.request
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import azure.durable_functions as df

from functions.activities import activity
from functions.bootstrap import edges
from functions.instances import start_once
from functions.retries import PATIENT, RETRY
from shared.errors import RequestRefused

blueprint = df.Blueprint()

HOST = re.compile(
    r"[a-z0-9-]+\.svc\.datafactory\.azure\.com|([a-z0-9-]+\.)+(clouddatahub\.net|azuredatafactory\.net)"
)
"""Where Data Factory waits; nobody else is called. Other names below azure.com may be had by anybody."""

LOOPBACK = "127.0.0.1"
TIMEOUT_SECONDS = 30
PATIENCE = timedelta(days=7)
"""Longer than any caller waits; a run that was terminated by hand never says that it has ended."""

LOOKS = 20
"""Looks per generation of the history."""


def check_callback(uri: str) -> None:
    """Refuse to call anybody but Data Factory; raises RequestRefused."""
    if not _is_allowed(uri):
        raise RequestRefused(
            "callBackUri", "is no address of Data Factory", "Leave it out, and poll statusQueryGetUri"
        )


def _is_allowed(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    if parts.netloc == f"{LOOPBACK}:{port}" and not edges().settings.deployed:
        return parts.scheme == "http"
    return parts.scheme == "https" and port in (None, 443) and bool(HOST.fullmatch(_host(parts.netloc)))


def _host(netloc: str) -> str:
    return netloc.lower().removesuffix(":443")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for an error: where it leads has not been checked."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


async def call_back_at_end(
    client: df.DurableOrchestrationClient, run: str, uri: str, operation_id: str
) -> None:
    """Let a caller be told how a run ends, once, whether the run begins now or is there already."""
    message = {
        "run": run,
        "uri": uri,
        "wait_seconds": edges().settings.poll_seconds,
        "until": (datetime.now(UTC) + PATIENCE).isoformat(),
        "operation_id": operation_id,
    }
    caller = hashlib.sha256(uri.encode()).hexdigest()[:16]
    await start_once(client, "called_back_run", f"{run}.callback-{caller}", message)


@blueprint.orchestration_trigger(context_name="context")
def called_back_run(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any] | None]:
    """Wait until a run has ended, then tell the caller how."""
    message = context.get_input()
    for _ in range(LOOKS):
        end = yield context.call_activity_with_retry("read_end", PATIENT, message)
        now = context.current_utc_datetime
        if now > datetime.fromisoformat(message["until"]):
            end = {"said": _failed("RunOverdue", f"{message['run']} has not ended in {PATIENCE.days} days")}
        if end["said"]:
            yield context.call_activity_with_retry("call_back", RETRY, {**message, **end})
            return dict(end["said"])
        yield context.create_timer(now + timedelta(seconds=message["wait_seconds"]))
    context.continue_as_new(message)
    return None


@activity
def read_end(message: dict) -> dict:
    """Return what is to be said of a run's end, None while it goes on."""
    from shared.runs.summary import read_summary

    summary = read_summary(edges().lake.store, message["run"])
    if summary is None:
        return {"said": None}
    output = summary.to_json()
    if summary.status in ("succeeded", "skipped"):
        return {"said": {"statusCode": "200", "output": output}}
    why = "; ".join(summary.failures) or summary.error
    text = f"{summary.run} is {summary.status}: {why}"
    return {"said": {**_failed(f"Run{summary.status.title()}", text), "output": output}}


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"statusCode": "500", "error": {"ErrorCode": code, "Message": message}}


@activity
def call_back(message: dict) -> dict:
    """Post what is to be said."""
    check_callback(message["uri"])
    call = urllib.request.Request(  # noqa: S310 - its address has just been checked
        message["uri"],
        data=json.dumps(message["said"]).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with _OPENER.open(call, timeout=TIMEOUT_SECONDS) as said:
        return {"status": said.status}
