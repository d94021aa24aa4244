"""The service's words for where a job is and why it failed, and ours. Nothing is asked here.

Shapes
------
A run, as run history tells it, is ``{"runId", "displayName", "status", "error", "cancelationReason"}``; its error is
``{"error": {"code", "message", "innerError": {"code", "innerError": ...}}}``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.ports import JobState

Run = Mapping[str, Any]

QUEUED = frozenset({"notstarted", "scheduled", "queued", "provisioning", "preparing", "starting"})
ENDED = {
    "completed": JobState.SUCCEEDED,
    "finished": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "canceled": JobState.CANCELLED,
}
SERVICE_FAULTS = frozenset(
    {
        "ServiceError",
        "SystemError",
        "TransientError",
        "RequestThrottled",
        "AzureStorageError",
        "InternalError",
    }
)
# What takes a node away is often reported as the user's error.
LOST_NODE = re.compile(
    r"preempt|evict|node[^.;]{0,40}(lost|unusable|unavailable|unreachable)|lost[^.;]{0,40}node|heartbeat"
    r"|internal (server )?error|service (is )?(temporarily )?unavailable",
    re.IGNORECASE,
)


def state_of(word: str) -> JobState:
    """Return the state that a word of the service means; a word not known means that the job goes on."""
    plain = word.replace("_", "").lower()
    return JobState.QUEUED if plain in QUEUED else ENDED.get(plain, JobState.RUNNING)


def waits_for_node(steps: Sequence[Run]) -> bool:
    """Whether no step of a pipeline has begun; the pipeline itself is ``Running`` as soon as it hands out steps."""
    return all(state_of(str(step.get("status"))) is JobState.QUEUED for step in steps)


def waiting_word(steps: Sequence[Run], otherwise: str) -> str:
    """Return the word of the first step that waits."""
    return next((str(step["status"]) for step in steps), otherwise)


def step_name(step: Run) -> str:
    """Return the name of a step's run as the pipeline has it; people see it as "Validate results"."""
    return str(step.get("displayName") or step["runId"]).strip().lower().replace(" ", "_")


def failures(job: Run, steps: Sequence[Run]) -> list[Run]:
    """Return the runs whose errors tell why a job failed: its failed steps, or else the job itself."""
    return [step for step in steps if state_of(str(step.get("status"))) is JobState.FAILED] or [job]


def why_failed(failed: Sequence[Run], job: Run) -> str:
    """Return the reasons in the service's words, each with its step."""
    said = [f"{step_name(run)}: {_message(run)}" if run is not job else _message(run) for run in failed]
    return "; ".join(said)


def retryable(failed: Sequence[Run]) -> bool:
    """Whether every failure is the service's own: the job itself may succeed another time."""
    return all(_of_the_service(run) for run in failed)


def _message(run: Run) -> str:
    return " ".join(str(_error(run).get("message") or "the service gives no reason").split())


def _of_the_service(run: Run) -> bool:
    codes = list(_codes(_error(run)))
    return not SERVICE_FAULTS.isdisjoint(codes) or bool(
        LOST_NODE.search(f"{' '.join(codes)} {_message(run)}")
    )


def _codes(error: Mapping[str, Any] | None) -> Iterator[str]:
    while error:
        yield str(error.get("code"))
        error = error.get("innerError")


def _error(run: Run) -> Mapping[str, Any]:
    said: Mapping[str, Any] = (run.get("error") or {}).get("error") or {}
    return said
