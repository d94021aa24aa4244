"""What the host hands to each kind of trigger, in the forms in which the platform's host sends it."""

import json
from datetime import datetime
from typing import Any

from protos import PROTOS, Message, data

HUB_VERSIONS = {"upperSchemaVersion": 1, "upperSchemaVersionNew": 2}


def http(
    method: str, path: str, body: Any = None, *, route: dict[str, str] | None = None, base: str
) -> Message:
    """Return a request; its body comes as bytes, and not at all where it is empty."""
    return data(
        http=PROTOS.RpcHttp(
            method=method,
            url=f"{base}/api/{path}",
            headers={"content-type": "application/json", "host": base.removeprefix("http://")},
            params=route or {},
            query={},
            body=PROTOS.TypedData() if body is None else data(bytes=json.dumps(body).encode()),
        )
    )


def blob(path: str, content: bytes, etag: str) -> tuple[Message, dict[str, Message]]:
    """Return a blob's bytes, and what the host tells of it: JSON, but for plain texts."""
    name = path.rpartition("/")[2]
    return data(bytes=content), {
        "BlobTrigger": data(string=path),
        "Uri": data(json=json.dumps(f"https://lake.blob.core.windows.net/{path}")),
        "Properties": data(json=json.dumps({"Length": len(content), "ETag": f'"{etag}"'})),
        "Metadata": data(json="{}"),
        "name": data(string=name),
    }


def queue_message(body: Any) -> tuple[Message, dict[str, Message]]:
    """Return a queue message with its numbers and moments as JSON."""
    return data(string=json.dumps(body)), {
        "Id": data(string="1"),
        "DequeueCount": data(json="1"),
        "InsertionTime": data(json='"2018-07-23T06:00:00+00:00"'),
        "ExpirationTime": data(json='"2018-07-30T06:00:00+00:00"'),
        "NextVisibleTime": data(json='"2018-07-23T06:10:00+00:00"'),
        "PopReceipt": data(string="a-receipt"),
    }


def poison(function: str, path: str, etag: str) -> Any:
    """Return what the blob trigger puts into its poison queue."""
    container, _, name = path.partition("/")
    return {
        "FunctionId": f"Host.Functions.{function}",
        "BlobType": "BlockBlob",
        "ContainerName": container,
        "BlobName": name,
        "ETag": f'"{etag}"',
    }


def job_event(tags: dict[str, str], job: str) -> Message:
    """Return Event Grid's event of an Azure ML job that has ended."""
    event = {
        "id": "1",
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w",
        "subject": f"experiments/shelfcast/runs/{job}",
        "eventType": "Microsoft.MachineLearningServices.RunCompleted",
        "eventTime": "2018-07-23T06:30:00.1234567Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "experimentId": "1",
            "experimentName": "shelfcast",
            "runId": job,
            "runType": "azureml.PipelineRun",
            "runTags": tags,
            "runProperties": {},
        },
    }
    return data(json=json.dumps(event))


def timer() -> Message:
    """Return a timer's tick."""
    status = {"Last": "0001-01-01T00:00:00+00:00", "Next": "2018-07-30T06:00:00+00:00", "LastUpdated": ""}
    told = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": False}
    return data(json=json.dumps(told))


def context(instance: str, message: str, history: list[dict[str, Any]], *, replaying: bool) -> Message:
    """Return what an orchestrator is replayed with; `message` is JSON."""
    told = {
        "history": history,
        "input": message,
        "instanceId": instance,
        "isReplaying": replaying,
        "parentInstanceId": None,
        **HUB_VERSIONS,
    }
    return data(string=json.dumps(told))


def moment(when: datetime) -> str:
    """Write a moment as the durable extension does."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
