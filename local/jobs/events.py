"""Tells a subscriber that a job has ended, as Azure ML does through Event Grid. Nobody has to listen."""

import json
import urllib.request
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from shared.ports import JobRequest, JobStatus

COMPLETED = "Microsoft.MachineLearningServices.RunCompleted"
CHANGED = "Microsoft.MachineLearningServices.RunStatusChanged"
PATIENCE_SECONDS = 5.0


def ended_event(request: JobRequest, status: JobStatus, experiment: str) -> dict[str, Any]:
    """Return the event, in Event Grid's own schema; only a job that succeeded has completed."""
    data = {
        "experimentName": experiment,
        "experimentId": str(uuid.uuid5(uuid.NAMESPACE_URL, experiment)),
        "runId": status.name,
        "runType": "azureml.PipelineRun",
        "runTags": dict(request.tags),
        "runProperties": {},
    }
    succeeded = status.service_state == "Completed"
    return {
        "id": str(uuid.uuid4()),
        "topic": "/local/jobs",
        "subject": f"experiments/{data['experimentId']}/runs/{status.name}",
        "eventType": COMPLETED if succeeded else CHANGED,
        "eventTime": datetime.now(UTC).isoformat(),
        "data": data if succeeded else {**data, "runStatus": status.service_state},
        "dataVersion": "1.0",
        "metadataVersion": "1",
    }


def post(url: str, event: dict[str, Any]) -> None:
    """Deliver an event; where nobody answers, nobody wanted it: the state of a job is what its status says."""
    headers = {"Content-Type": "application/json", "aeg-event-type": "Notification"}
    request = urllib.request.Request(url, json.dumps([event]).encode(), headers)  # noqa: S310 - the operator's URL
    with suppress(OSError), urllib.request.urlopen(request, timeout=PATIENCE_SECONDS):  # noqa: S310
        pass
