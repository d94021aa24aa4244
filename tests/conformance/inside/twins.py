"""What stands in for storage and Azure ML: a dictionary of blobs, and jobs that end when they are told to."""

import itertools
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from shared.errors import BlobMissing, WriteConflict
from shared.ports import BlobInfo, JobRequest, JobState, JobStatus, check_path


class DictStore:
    """A blob store for one thread at a time; see shared.ports.BlobStore."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[bytes, str]] = {}
        self._numbers = itertools.count(1)

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises BlobMissing."""
        if path not in self._blobs:
            raise BlobMissing(path)
        return BytesIO(self._blobs[path][0])

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        """Write the whole blob; raises WriteConflict."""
        check_path(path)
        etag = self._blobs[path][1] if path in self._blobs else ""
        if if_match is not None and if_match != etag:
            raise WriteConflict(f"{path} has changed: its ETag is {etag!r}, not {if_match!r}")
        data = content.read_bytes() if isinstance(content, Path) else content
        self._blobs[path] = (data, f"0x{next(self._numbers):X}")
        return self._blobs[path][1]

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None."""
        found = self._blobs.get(path)
        return BlobInfo(path=path, size=len(found[0]), etag=found[1]) if found else None

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path."""
        yield from [
            info for path in sorted(self._blobs) if path.startswith(prefix) and (info := self.stat(path))
        ]


class RecordedJobs:
    """Jobs that are remembered; see shared.ports.Jobs. They run until they are told to end."""

    def __init__(self) -> None:
        self.requests: dict[str, JobRequest] = {}
        self.states: dict[str, JobState] = {}

    def submit(self, request: JobRequest) -> JobStatus:
        """Remember a job."""
        self.requests.setdefault(request.name, request)
        self.states.setdefault(request.name, JobState.QUEUED)
        return self._status(request.name)

    def status(self, name: str) -> JobStatus | None:
        """Return a job's status, or None."""
        return self._status(name) if name in self.states else None

    def cancel(self, name: str) -> None:
        """End a job."""
        if name in self.states and not self.states[name].ended:
            self.states[name] = JobState.CANCELLED

    def _status(self, name: str) -> JobStatus:
        return JobStatus(name=name, state=self.states[name], service_state=self.states[name].value.title())
