"""What the domain needs from the outside, as small protocols; implementations live in local and shared.adapters."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, kw_only=True)
class BlobInfo:
    """A blob as a listing shows it; `path` starts with the container, such as ``raw/shipments/2019-08.csv``."""

    path: str
    size: int
    etag: str


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
