"""A blob store in memory, for trials and tests: as strict as the others, gone with its process."""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from shared.errors import BlobMissing, WriteConflict
from shared.ports import BlobInfo, check_path


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """A blob store in memory, safe for several threads; `now` tells when a blob is written."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._blobs: dict[str, tuple[bytes, str, datetime]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises BlobMissing."""
        check_path(path)
        try:
            return BytesIO(self._blobs[path][0])
        except KeyError as exc:
            raise BlobMissing(path) from exc

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        """Write the whole blob at once and return its ETag; raises WriteConflict, see BlobStore."""
        check_path(path)
        data = content.read_bytes() if isinstance(content, Path) else content
        with self._lock:
            etag = self._blobs[path][1] if path in self._blobs else ""
            if if_match is not None and if_match != etag:
                raise WriteConflict(f"{path} has changed: its ETag is {etag!r}, not {if_match!r}")
            self._blobs[path] = (data, str(next(self._numbers)), self._now())
            return self._blobs[path][1]

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None where there is none."""
        check_path(path)
        found = self._blobs.get(path)
        if not found:
            return None
        return BlobInfo(path=path, size=len(found[0]), etag=found[1], modified=found[2])

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path."""
        for path in sorted(path for path in self._blobs.copy() if path.startswith(prefix)):
            info = self.stat(path)
            if info:
                yield info
