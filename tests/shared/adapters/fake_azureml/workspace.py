"""What the fake service knows: jobs with their steps, assets, blobs. How it is asked is not here (server.py).

A job does only what a test tells it to: it starts as ``NotStarted`` and stays there.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENDED = ("Completed", "Failed", "Canceled")

Json = dict[str, Any]


@dataclass(kw_only=True)
class FakeStep:
    """A step's run, a child of the job's."""

    name: str
    status: str
    error: Json | None = None


@dataclass(kw_only=True)
class FakeJob:
    """A job as it was put, its state, and how often it was created and cancelled."""

    name: str
    properties: Json
    status: str = "NotStarted"
    error: Json | None = None
    steps: dict[str, FakeStep] = field(default_factory=dict)
    cancellations: int = 0


@dataclass
class Refused(Exception):
    """An answer that is no success, in the service's own shape."""

    status: int
    code: str
    message: str


def fault(code: str, message: str, *inner: str) -> Json:
    """Return an error as the run history tells it; `inner` are the codes nested in it, outermost first."""
    nested: Json | None = None
    for name in reversed(inner):
        nested = {"code": name, "innerError": nested}
    return {"error": {"code": code, "message": message, "innerError": nested}}


class FakeWorkspace:
    """One workspace; its methods in words of the service are called by the server, the others by tests."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, FakeJob] = {}
        self.assets: dict[tuple[str, str, str], Json] = {
            ("environments", "shelfcast-training", "1"): {"properties": {"image": "shelfcast:1"}}
        }
        self.blobs: dict[str, bytes] = {}
        self.blob_metadata: dict[str, dict[str, str]] = {}
        self.computes = {"cpu-cluster"}
        self.refusals: dict[str, str] = {}
        self.writes: list[str] = []

    # What tests do and ask

    def move(self, name: str, status: str, **steps: str) -> None:
        """Bring a job, and some of its steps, to a state of the service."""
        with self.lock:
            job = self.jobs[name]
            job.status = status
            for step, state in steps.items():
                job.steps[step] = FakeStep(name=step, status=state)

    def fail(self, name: str, step: str, error: Json) -> None:
        """Let a step fail, and its job with it."""
        with self.lock:
            job = self.jobs[name]
            job.steps[step] = FakeStep(name=step, status="Failed", error=error)
            job.status = "Failed"
            job.error = fault("UserError", f"Pipeline has failed child jobs. Failed nodes: /{step}.")

    def fail_whole(self, name: str, error: Json) -> None:
        """Let a job fail before any of its steps began."""
        with self.lock:
            self.jobs[name].status = "Failed"
            self.jobs[name].error = error

    def forget_jobs(self) -> None:
        """Begin anew, but for the assets."""
        with self.lock:
            self.jobs.clear()
            self.writes.clear()

    def created(self, kind: str, name: str) -> int:
        """Return how many writes of a job or asset took effect."""
        return self.writes.count(f"{kind}/{name}")

    # What the service does

    def put_job(self, name: str, body: Json) -> FakeJob:
        with self.lock:
            if name in self.jobs:
                raise Refused(
                    400, "UserError", f"A job with this name already exists: {name}. Use a different name."
                )
            for word, message in self.refusals.items():
                if word in json.dumps(body):
                    raise Refused(400, "UserError", message)
            self.jobs[name] = FakeJob(name=name, properties=body["properties"])
            self.writes.append(f"jobs/{name}")
            return self.jobs[name]

    def job(self, name: str) -> FakeJob:
        with self.lock:
            if name not in self.jobs:
                raise Refused(404, "UserError", f"Job {name} was not found.")
            return self.jobs[name]

    def cancel_job(self, name: str) -> None:
        with self.lock:
            job = self.job(name)
            if job.status in ENDED:
                raise Refused(400, "UserError", f"Job {name} is in terminal state {job.status}.")
            job.status = "CancelRequested"
            job.cancellations += 1

    def put_asset(self, kind: str, name: str, version: str, body: Json) -> Json:
        """Create it; an asset that exists keeps its path, only its tags and words may change."""
        with self.lock:
            key = (kind, name, version)
            before = self.assets.get(key)
            if before is not None and _path(before) != _path(body):
                raise Refused(409, "Conflict", f"{kind}/{name}:{version} exists, its path cannot be changed.")
            self.assets[key] = body
            self.writes.append(f"{kind}/{name}:{version}")
            return body

    def asset(self, kind: str, name: str, version: str) -> Json:
        with self.lock:
            if (kind, name, version) not in self.assets:
                raise Refused(404, "NotFound", f"{kind}/{name}:{version} was not found.")
            return self.assets[kind, name, version]

    def versions(self, kind: str, name: str) -> list[tuple[str, Json]]:
        """Return an asset's versions, the last one first."""
        with self.lock:
            found = [(v, body) for (k, n, v), body in self.assets.items() if (k, n) == (kind, name)]
            return found[::-1]

    def codes(self, digest: str) -> list[tuple[str, str, Json]]:
        with self.lock:
            return [
                (name, version, body)
                for (kind, name, version), body in self.assets.items()
                if kind == "codes" and body["properties"].get("properties", {}).get("hash_sha256") == digest
            ]

    def put_blob(self, path: str, content: bytes, metadata: Mapping[str, str]) -> None:
        with self.lock:
            self.blobs[path] = content
            self.blob_metadata[path] = dict(metadata)


def _path(body: Json) -> object:
    properties = body["properties"]
    return next((properties[key] for key in ("modelUri", "dataUri", "codeUri") if key in properties), None)
