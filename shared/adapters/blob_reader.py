"""A blob as a file to read, fetched in chunks: it never lies in memory as a whole. Writing is not here."""

import os
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from shared.adapters.blob_service import CHUNK_BYTES, is_folder, our_errors
from shared.errors import BlobMissing, WriteConflict

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient, StorageStreamDownloader


class BlobReader(RawIOBase):
    """A blob's bytes, fetched in chunks of one version; it can be read from any place."""

    def __init__(self, blob: "BlobClient", path: str) -> None:
        self._blob, self._path = blob, path
        self._etag = ""
        self._start, self._chunk = 0, b""
        self._place = self._size = 0
        self._fetch(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative place in {self._path}: {base + offset}")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        if self._place == self._start and len(self._chunk) == self._size:
            self._place = self._size
            return self._chunk
        parts = []
        while part := self._next(CHUNK_BYTES):
            parts.append(part)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        if self._place >= self._size:
            return b""
        if not self._start <= self._place < self._start + len(self._chunk):
            self._fetch(self._place)
        begin = self._place - self._start
        data = self._chunk[begin : begin + size]
        self._place += len(data)
        return data

    def _fetch(self, start: int) -> None:
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

        with our_errors(self._path):
            try:
                answer = self._request(start)
                self._start, self._chunk = start, answer.read(CHUNK_BYTES)
            except ResourceNotFoundError as exc:
                raise BlobMissing(self._path) from exc
            except ResourceModifiedError as exc:
                raise WriteConflict(f"{self._path} was replaced while it was read. Read it again.") from exc
        if is_folder(answer.properties):
            raise BlobMissing(self._path)
        if not self._etag:
            self._etag, self._size = str(answer.properties.etag), answer.size

    def _request(self, start: int) -> "StorageStreamDownloader[bytes]":
        from azure.core import MatchConditions

        if not self._etag:
            return self._blob.download_blob()  # its first chunk alone: what is never read is never fetched
        return self._blob.download_blob(
            start, CHUNK_BYTES, etag=self._etag, match_condition=MatchConditions.IfNotModified
        )
