"""Brings a job's inputs from the lake to this machine, each blob once: Azure ML's download mode and its mounts.

blobs/{digest of path and ETag}     a blob as it was then; never changed
views/{digest of a listing}/...     hard links to blobs: the file or folder that a step sees
"""

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp

from shared.errors import BlobMissing
from shared.ports import BlobInfo, BlobStore

COPY_BYTES = 1 << 20
UNUSED_SECONDS = 14 * 24 * 3600  # what no job has asked for that long is not kept
READ_ONLY = 0o444


class InputCache:
    """What has been fetched from one store into one folder; safe for several threads of one process."""

    def __init__(self, folder: Path, store: BlobStore) -> None:
        self._store = store
        self._blobs, self._views, self._aside = (folder / name for name in ("blobs", "views", "aside"))
        shutil.rmtree(self._aside, ignore_errors=True)
        for path in (self._blobs, self._views, self._aside):
            path.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._sweep()

    def file(self, path: str) -> Path:
        """Return a blob as a file; raises BlobMissing."""
        info = self._store.stat(path)
        if info is None:
            raise BlobMissing(path)
        name = path.rpartition("/")[2]
        return self._view([(name, info)]) / name

    def folder(self, path: str, patterns: Sequence[str] = ("*",)) -> Path:
        """Return the blobs below a path as a folder; raises BlobMissing where there are none."""
        prefix = path.rstrip("/") + "/"
        listed = ((info.path.removeprefix(prefix), info) for info in self._store.list(prefix))
        wanted = [(name, info) for name, info in listed if _matches(name, patterns)]
        if not wanted:
            raise BlobMissing(f"{prefix} ({' '.join(patterns)})")
        return self._view(wanted)

    def _view(self, files: Sequence[tuple[str, BlobInfo]]) -> Path:
        view = self._views / _digest(part for name, info in files for part in (name, _key(info)))
        with self._lock:
            if not view.exists():
                partial = Path(mkdtemp(dir=self._aside))
                for name, info in files:
                    _link(self._fetch(info), partial / name)
                partial.rename(view)
            os.utime(view)
        return view

    def _fetch(self, info: BlobInfo) -> Path:
        target = self._blobs / _key(info)
        if not target.exists():
            with (
                NamedTemporaryFile(dir=self._aside, delete=False) as out,
                self._store.open(info.path) as source,
            ):
                shutil.copyfileobj(source, out, COPY_BYTES)
            unfinished = Path(out.name)
            unfinished.chmod(READ_ONLY)
            unfinished.replace(target)
        return target

    def _sweep(self) -> None:
        """Let go of views that no job has asked for in a while, and of blobs that are in no view."""
        oldest = time.time() - UNUSED_SECONDS
        for view in self._views.iterdir():
            if view.stat().st_mtime < oldest:
                shutil.rmtree(view)
        for blob in self._blobs.iterdir():
            if blob.stat().st_nlink == 1:
                blob.unlink()


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _link(blob: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(blob, target)


def _key(info: BlobInfo) -> str:
    return _digest([info.path, info.etag])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
