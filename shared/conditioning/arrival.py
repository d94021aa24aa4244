"""Unpacks gzip files and zip archives, seen in their bytes, and refuses those that would explode.

Nothing is ever written under a name that an archive gives.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from shared.conditioning.limits import Limits
from shared.conditioning.sequence import natural
from shared.errors import UnreadableFile

_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHER_ARCHIVES = (
    _GZIP,
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
)
_WORKBOOK = ("[Content_Types].xml", "mimetype")
_ENCRYPTED = 0x1
_HEAD_BYTES = 8
# What Python's archive modules raise over damaged bytes; NotImplementedError (a RuntimeError) over strange methods.
_DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    struct.error,
    ValueError,
    LookupError,
    RuntimeError,
)


def members(raw: Path, limits: Limits, *, of_workbooks: bool = False) -> Iterator[io.BufferedReader]:
    """Open a raw file, or what it packs, as streams of plain bytes.

    Parameters
    ----------
    of_workbooks : bool
        Whether members may be workbooks, which are zip archives themselves.

    Yields
    ------
    BufferedReader
        The file itself, its content if it is gzip, or the members of a zip archive in the natural order of names.

    Raises
    ------
    UnreadableFile
        ``damaged``, ``encrypted``, ``nested_archive``, ``too_large_when_unpacked``, ``too_many_members``, ``empty``;
        also from reading a stream.
    """
    refused = _OTHER_ARCHIVES if of_workbooks else (*_ZIP, *_OTHER_ARCHIVES)
    with raw.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        if head.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as packed:
                meter = _Meter(packed_bytes=raw.stat().st_size, limits=limits)
                yield _metered(packed, meter, refused)
        elif head.startswith(_ZIP):
            yield from _zip_members(file, raw.stat().st_size, limits, refused)
        else:
            yield file


def is_packed(raw: Path) -> bool:
    """Tell gzip files and zip archives by their first bytes."""
    with raw.open("rb") as file:
        return file.read(_HEAD_BYTES).startswith((_GZIP, *_ZIP))


def is_workbook(raw: Path) -> bool:
    """Tell whether a file is a workbook rather than an archive of files."""
    if not is_zip(raw):
        return False
    with opened_zip(raw) as archive:
        return any(name in archive.NameToInfo for name in _WORKBOOK)


def is_zip(raw: Path) -> bool:
    """Tell a zip archive by its first bytes."""
    with raw.open("rb") as file:
        return file.read(_HEAD_BYTES).startswith(_ZIP)


@contextmanager
def opened_zip(file: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open an archive; its damage becomes an UnreadableFile."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except _DAMAGE as exc:
        raise _damaged(exc) from exc


def check_directory(archive: zipfile.ZipFile, packed_bytes: int, limits: Limits) -> None:
    """Refuse an archive by what its directory says: too many members, too large, with passwords."""
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise UnreadableFile(
            "too_many_members",
            f"The archive holds {len(infos):,} files, more than {limits.members:,}. Deliver fewer at a time",
        )
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise UnreadableFile("encrypted", "The archive asks for a password. Deliver it without one")
    _Meter(packed_bytes=packed_bytes, limits=limits).add(sum(info.file_size for info in infos))


def _zip_members(
    file: BinaryIO, packed_bytes: int, limits: Limits, refused: tuple[bytes, ...]
) -> Iterator[io.BufferedReader]:
    with opened_zip(file) as archive:
        check_directory(archive, packed_bytes, limits)
        infos = sorted((i for i in archive.infolist() if _wanted(i)), key=lambda info: natural(info.filename))
        if not infos:
            raise UnreadableFile("empty", "The archive holds no file. Deliver it again")
        meter = _Meter(packed_bytes=packed_bytes, limits=limits)
        for info in infos:
            with archive.open(info) as packed:
                yield _metered(packed, meter, refused)


def _metered(packed: "_Readable", meter: "_Meter", refused: tuple[bytes, ...]) -> io.BufferedReader:
    return io.BufferedReader(_Metered(packed, meter, refused=refused))


def _wanted(info: zipfile.ZipInfo) -> bool:
    """Leave out folders, and what macOS adds."""
    return not (info.is_dir() or info.filename.startswith("__MACOSX/") or info.filename.endswith(".DS_Store"))


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Meter:
    """Counts unpacked bytes and refuses too many of them."""

    def __init__(self, *, packed_bytes: int, limits: Limits) -> None:
        self._most = min(limits.unpacked_bytes, max(limits.free_bytes, packed_bytes * limits.expansion))
        self._bytes = 0

    def add(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self._most:
            raise UnreadableFile(
                "too_large_when_unpacked",
                f"The file grows beyond {self._most:,} bytes when unpacked. Check it; deliver a real one of that size "
                "unpacked",
            )


class _Metered(io.RawIOBase):
    """A packed stream whose bytes are counted; refuses an archive in an archive."""

    def __init__(self, packed: _Readable, meter: _Meter, *, refused: tuple[bytes, ...]) -> None:
        self._packed, self._meter, self._refused, self._begun = packed, meter, refused, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a memoryview is what BufferedReader gives
        try:
            content = self._packed.read(len(buffer))
        except _DAMAGE as exc:
            raise _damaged(exc) from exc
        self._meter.add(len(content))
        self._refuse_archives(content)
        buffer[: len(content)] = content
        return len(content)

    def _refuse_archives(self, content: bytes) -> None:
        if not self._begun and content.startswith(self._refused):
            raise UnreadableFile("nested_archive", "An archive lies in the archive. Deliver it unpacked once")
        self._begun = True


def _damaged(exc: BaseException) -> UnreadableFile:
    return UnreadableFile("damaged", f"The archive is cut off or damaged ({exc}). Deliver it again")
