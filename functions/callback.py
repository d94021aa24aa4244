"""For callers that wait to be called back (Data Factory's WebHook activity): a run, and a word at its end."""

import json
import re
import urllib.request
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import azure.durable_functions as df

from functions.activities import activity
from functions.bootstrap import edges
from functions.retries import RETRY
from shared.errors import RequestRefused

blueprint = df.Blueprint()

HOST = re.compile(
    r"[a-z0-9-]+\.svc\.datafactory\.azure\.com|([a-z0-9-]+\.)+(clouddatahub\.net|azuredatafactory\.net)"
)
"""Where Data Factory waits; nobody else is called. Other names below azure.com may be had by anybody."""

LOOPBACK = "127.0.0.1"
TIMEOUT_SECONDS = 30


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


@blueprint.orchestration_trigger(context_name="context")
def called_back_run(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any]]:
    """Run, then tell the caller how it ended."""
    message = context.get_input()
    request = message["request"]
    try:
        summary = yield context.call_sub_orchestrator("weekly_run", request, instance_id=request["run"])
        said = {"statusCode": "200", "output": summary}
        if summary["status"] not in ("succeeded", "skipped"):
            said = {"statusCode": "500", "output": summary, "error": _error(summary)}
    except Exception as exc:  # noqa: BLE001 - told to the caller
        said = {"statusCode": "500", "error": {"ErrorCode": "RunFailed", "Message": str(exc)}}
    yield context.call_activity_with_retry(
        "call_back", RETRY, {"uri": message["uri"], "said": said, "operation_id": request["operation_id"]}
    )
    return said


def _error(summary: dict[str, Any]) -> dict[str, str]:
    why = "; ".join(summary["failures"]) or summary["error"]
    return {
        "ErrorCode": f"Run{summary['status'].title()}",
        "Message": f"{summary['run']} is {summary['status']}: {why}",
    }


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
