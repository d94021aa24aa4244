"""A blob store as a folder on one machine, safe for several processes. What the blobs mean is not here."""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from shared.errors import BlobMissing, LakeError, WriteConflict
from shared.ports import BlobInfo, check_path

OWN = ".store"  # the store's own folder: its lock, and blobs that are still being written
ABANDONED_SECONDS = 24 * 3600  # a blob that is still unfinished after this was left by a writer that died
COPY_BYTES = 1 << 20


class FolderStore:
    """A blob store below one folder.

    A blob appears whole: it is written aside, synced, and renamed into place under the store's lock. Its ETag is its
    time of writing and its size; every write moves that time forward by at least a nanosecond, so that no two writes
    of a blob share an ETag and none has to read the blob.

    Parameters
    ----------
    root : Path
        The folder; it is made where it does not exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._aside = self._root / OWN / "unfinished"
        self._aside.mkdir(parents=True, exist_ok=True)
        self._lock_file = self._root / OWN / "lock"
        self._sweep()

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises BlobMissing."""
        try:
            return self._locate(path).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
            raise BlobMissing(path) from exc

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        """Write the whole blob at once and return its ETag; raises WriteConflict, see BlobStore."""
        target = self._locate(path)
        with self._written_aside(content) as unfinished, self._lock():
            current = self.stat(path)
            etag = current.etag if current else ""
            if if_match is not None and if_match != etag:
                raise WriteConflict(f"{path} has changed: its ETag is {etag!r}, not {if_match!r}")
            _stamp(unfinished, after=current)
            _move(unfinished, target, path)
            return _etag(target.stat())

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None where there is none."""
        target = self._locate(path)
        if not target.is_file():
            return None
        facts = target.stat()
        modified = datetime.fromtimestamp(facts.st_mtime, UTC)
        return BlobInfo(path=path, size=facts.st_size, etag=_etag(facts), modified=modified)

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path; one that vanishes meanwhile is left out."""
        above = prefix.rpartition("/")[0]
        start = self._locate(above) if above else self._root
        found = (self._path_of(file) for file in _files(start))
        for path in sorted(p for p in found if p.startswith(prefix) and p.partition("/")[0] != OWN):
            info = self.stat(path)
            if info:
                yield info

    def _locate(self, path: str) -> Path:
        parts = check_path(path)
        if parts[0] == OWN:
            raise LakeError(f"{path!r}: {OWN} is the store's own folder. Choose another name.")
        return self._root.joinpath(*parts)

    def _path_of(self, file: Path) -> str:
        return file.relative_to(self._root).as_posix()

    @contextmanager
    def _written_aside(self, content: bytes | Path) -> Iterator[Path]:
        with NamedTemporaryFile(dir=self._aside, delete=False) as out:
            unfinished = Path(out.name)
            try:
                _copy(content, out)
                out.close()
                yield unfinished
            finally:
                unfinished.unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        oldest = time.time() - ABANDONED_SECONDS
        for file in self._aside.iterdir():
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()


def _files(folder: Path) -> Iterator[Path]:
    for above, _, names in os.walk(folder):
        yield from (Path(above, name) for name in names)


def _copy(content: bytes | Path, out: IO[bytes]) -> None:
    if isinstance(content, Path):
        with content.open("rb") as source:
            shutil.copyfileobj(source, out, COPY_BYTES)
    else:
        out.write(content)
    out.flush()
    os.fsync(out.fileno())


def _stamp(file: Path, *, after: BlobInfo | None) -> None:
    """Set the time of writing, later than that of the blob that is replaced."""
    earliest = _time_of(after.etag) + 1 if after else 0
    moment = max(time.time_ns(), earliest)
    os.utime(file, ns=(moment, moment))


def _move(unfinished: Path, target: Path, path: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.chmod(0o644)
        unfinished.replace(target)
    except OSError as exc:
        in_the_way = exc.errno in (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY)
        problem = (
            "a blob stands where a folder should, or the other way round" if in_the_way else exc.strerror
        )
        raise LakeError(f"{path} cannot be written: {problem}") from exc


def _etag(facts: os.stat_result) -> str:
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"


def _time_of(etag: str) -> int:
    return int(etag.partition("-")[0], 16)
