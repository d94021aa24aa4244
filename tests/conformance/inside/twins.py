"""What stands in for storage and Azure ML: a dictionary of blobs, and jobs that get on when they are looked at."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from shared.errors import BlobMissing, WriteConflict
from shared.ports import BlobInfo, JobRequest, JobState, JobStatus, check_path

NEXT = {JobState.QUEUED: JobState.RUNNING, JobState.RUNNING: JobState.SUCCEEDED}


class DictStore:
    """A blob store for one thread at a time; see shared.ports.BlobStore."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[bytes, str, datetime]] = {}
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
        self._blobs[path] = (data, f"0x{next(self._numbers):X}", datetime.now(UTC))
        return self._blobs[path][1]

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None."""
        found = self._blobs.get(path)
        if not found:
            return None
        return BlobInfo(path=path, size=len(found[0]), etag=found[1], modified=found[2])

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path."""
        yield from [
            info for path in sorted(self._blobs) if path.startswith(prefix) and (info := self.stat(path))
        ]


class PacedJobs:
    """Jobs that get on by one state with every look at them, and leave their outputs; see shared.ports.Jobs."""

    def __init__(self, leave: Callable[[JobRequest], None]) -> None:
        self.requests: dict[str, JobRequest] = {}
        self._states: dict[str, JobState] = {}
        self._leave = leave

    def submit(self, request: JobRequest) -> JobStatus:
        """Remember a job."""
        self.requests.setdefault(request.name, request)
        self._states.setdefault(request.name, JobState.QUEUED)
        return self._status(request.name)

    def status(self, name: str) -> JobStatus | None:
        """Let a job get on, and return its status; None where there is no such job."""
        if name not in self._states:
            return None
        if not self._states[name].ended:
            self._states[name] = NEXT[self._states[name]]
            if self._states[name] is JobState.SUCCEEDED:
                self._leave(self.requests[name])
        return self._status(name)

    def cancel(self, name: str) -> None:
        """End a job."""
        if name in self._states and not self._states[name].ended:
            self._states[name] = JobState.CANCELLED

    def _status(self, name: str) -> JobStatus:
        state = self._states[name]
        return JobStatus(name=name, state=state, service_state=state.value.title())
