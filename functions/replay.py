"""Conditions the raw files of a source again, after a rule was mended: page by page, each file's outcome a value."""

from collections.abc import Generator
from fnmatch import fnmatchcase
from typing import Any

import azure.durable_functions as df

from functions.activities import activity
from functions.bootstrap import edges
from functions.conditioning import condition_and_record
from functions.retries import RETRY

blueprint = df.Blueprint()

PAGE = 20
"""Files that are conditioned beside each other."""


@blueprint.orchestration_trigger(context_name="context")
def replay(context: df.DurableOrchestrationContext) -> Generator[Any, Any, dict[str, Any] | None]:
    """Condition a page of files, continue as new with the next; then let what has changed be published."""
    state = context.get_input()
    page = yield context.call_activity_with_retry("list_raw_files", RETRY, state)
    tasks = [context.call_activity("condition_raw_file", {**state, "path": path}) for path in page["paths"]]
    state = _counted(state, (yield context.task_all(tasks)) if tasks else [])
    if page["more"]:
        context.continue_as_new({**state, "after": page["paths"][-1]})
        return None
    settled = yield context.call_activity_with_retry("name_arrival", RETRY, state)
    counts = {"conditioned": state["conditioned"], "failures": state["failures"]}
    if settled["digest"] is None:
        return {**counts, "run": "", "waiting": True}
    arrived = yield context.call_sub_orchestrator(
        "arrivals",
        {"digest": settled["digest"], "quiet_seconds": 0, "operation_id": state["operation_id"]},
        instance_id=f"{context.instance_id}.arrivals",
    )
    return {**arrived, **counts}


def _counted(state: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    failures = [f"{result['path']}: {result['error']}" for result in results if result["error"]]
    told = (state["failures"] + failures)[:FAILURES]
    return {**state, "conditioned": state["conditioned"] + len(results) - len(failures), "failures": told}


FAILURES = 50
"""Failures that are told by name; all of them are in the log."""


@activity
def list_raw_files(message: dict) -> dict:
    """List the next raw files of a source, by their path."""
    prefix = f"raw/{message['source']}/"
    names = (blob.path for blob in edges().lake.store.list(prefix))
    left = [
        p for p in names if p > message["after"] and fnmatchcase(p.removeprefix(prefix), message["files"])
    ]
    return {"paths": left[:PAGE], "more": len(left) > PAGE}


@activity
def condition_raw_file(message: dict) -> dict:
    """Condition one raw file; what goes wrong is told, and keeps nothing else from being done."""
    try:
        condition_and_record(
            message["source"], message["path"], message["operation_id"], again=message["force"]
        )
    except Exception as exc:  # noqa: BLE001 - one file's failure is a value
        return {"path": message["path"], "error": f"{type(exc).__name__}: {exc}"}
    return {"path": message["path"], "error": ""}


@activity
def name_arrival(message: dict) -> dict:
    """Name what is there now, None while files wait to be conditioned."""
    from functions.arrivals import settled

    return {"digest": settled()}
