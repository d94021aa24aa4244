"""What the domain needs from the outside, as small protocols; implementations live in local and shared.adapters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from unicodedata import category

from shared.errors import LakeError

NAME_BYTES = 255  # the longest file name of common file systems


@dataclass(frozen=True, kw_only=True)
class BlobInfo:
    """A blob as a listing shows it.

    Attributes
    ----------
    path : str
        Starts with the container, such as ``raw/shipments/2019-08.csv``.
    modified : datetime
        When it was written last, UTC. For people and for restoring: nothing is decided by it.
    """

    path: str
    size: int
    etag: str
    modified: datetime


class BlobStore(Protocol):
    """A lake's storage: whole blobs, conditional writes, listings in the order of their paths."""

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises BlobMissing."""
        ...

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        """Write the whole blob at once and return its ETag.

        `if_match` is the ETag to replace, or ``""`` for "must not exist yet"; raises WriteConflict when it differs.
        None writes unconditionally.
        """
        ...

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None where there is none."""
        ...

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path."""
        ...


def check_path(path: str) -> list[str]:
    """Return the names in a blob path; raises LakeError for what is none, such as one with ``..`` in it."""
    parts = path.split("/")
    if not _writable(path) or not all(_is_name(part) for part in parts):
        raise LakeError(
            f"{path!r} is no blob path. Give names of 1 to {NAME_BYTES} bytes between single slashes."
        )
    return parts


def _writable(path: str) -> bool:
    return not any(category(letter) in ("Cc", "Cs") or letter == "\\" for letter in path)


def _is_name(part: str) -> bool:
    return part not in ("", ".", "..") and len(part.encode()) <= NAME_BYTES


class JobState(StrEnum):
    """Where a job is; queued covers everything before its commands run, such as preparing a node."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to the job any more."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """A pipeline job to be run.

    Attributes
    ----------
    name : str
        Its only name: letters, digits, ``-`` and ``_``. The same name is the same job.
    pipeline : str
        ``training`` or ``scoring``: a YAML file in training/pipelines.
    inputs : dict
        Lake path of each input that is a file or folder, such as ``{"versions": "work/r1/versions.json"}``.
    parameters : dict
        Text of each other input, such as ``{"market": "North Texas"}``.
    output : str
        Lake folder; each step's output becomes a folder in it, by the step's name.
    tags : dict
        What people search jobs by: run, cell, operation_id.
    """

    name: str
    pipeline: str
    inputs: Mapping[str, str]
    parameters: Mapping[str, str]
    output: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """What is known about a job.

    Attributes
    ----------
    service_state : str
        The service's own word, such as ``Preparing``.
    detail : str
        Why it failed or was cancelled, in the service's words; empty otherwise.
    retryable : bool
        Whether it failed by no fault of its own: a lost node, a service error.
    logs : dict
        Address of each step's log, as far as known; ``""`` is the job's own page.
    """

    name: str
    state: JobState
    service_state: str = ""
    detail: str = ""
    retryable: bool = False
    logs: Mapping[str, str] = field(default_factory=dict)


class Jobs(Protocol):
    """Whoever runs pipeline jobs."""

    def submit(self, request: JobRequest) -> JobStatus:
        """Start the job, or find the one of that name: submitted twice, it runs once. Returns without waiting.

        Raises JobRefused where the request itself is at fault, JobsUnavailable where trying again may help.
        """
        ...

    def status(self, name: str) -> JobStatus | None:
        """Return the status of a job, or None where there is none; raises JobsUnavailable."""
        ...

    def cancel(self, name: str) -> None:
        """Ask for the job's end; one that has ended, or was never there, is left as it is; raises JobsUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A registered version of a slot's model; `path` is its folder in the lake."""

    slot: str
    version: int
    path: str
    tags: Mapping[str, Any]


class ModelCatalogue(Protocol):
    """Where people look models and data up; both lie in the lake, see shared.runs.registry and shared.lake."""

    def announce(self, model: ModelVersion) -> None:
        """List a model under its slot and version with its tags; again changes nothing; raises JobsUnavailable."""
        ...

    def tag(self, model: ModelVersion, tags: Mapping[str, str]) -> None:
        """Say of a model where it stands now, such as ``state``; again changes nothing; raises JobsUnavailable."""
        ...

    def announce_data(self, name: str, *, version: str, path: str, tags: Mapping[str, Any]) -> None:
        """List a file or folder of the lake under a version that tells its content; raises JobsUnavailable."""
        ...
