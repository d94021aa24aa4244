"""An archive whose bytes depend on its files alone, and the manifest beside it. Which files go in is not here.

Nothing is compressed: what deflate makes of a file depends on the library's version. The app's code is small.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from delivery.package.errors import PackageError

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every file's time: the first that an archive can tell. The commit's would give the same code other bytes."""

MODE = 0o100644
UNIX = 3


@dataclass(frozen=True, kw_only=True)
class PackedFile:
    """A file of an archive."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive is. Lies beside it, as the commit is no part of its bytes.

    Attributes
    ----------
    sha256, size : str, int
        Of the archive itself; bytes.
    unclean : tuple of str
        Files that were not as in the commit; none where the package can be made again from it.
    left_out : dict
        Number of tracked files that do not ship, by folder.
    """

    name: str
    version: str
    commit: str
    sha256: str
    size: int
    unclean: tuple[str, ...]
    left_out: dict[str, int]
    files: tuple[PackedFile, ...]

    def to_bytes(self) -> bytes:
        """Return it as readable JSON."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it back; raises PackageError where there is none."""
        if not path.exists():
            raise PackageError(f"{path} is missing. Run `make package`.")
        value = json.loads(path.read_bytes())
        files = tuple(PackedFile(**one) for one in value.pop("files"))
        return cls(**value | {"files": files, "unclean": tuple(value["unclean"])})


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of the files: the same bytes wherever and whenever it is made."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for path in sorted(files, key=str.encode):
            archive.writestr(_entry(path), files[path])
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """Return the files of an archive."""
    with ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def lay_out(path: Path, folder: Path) -> list[str]:
    """Write the files of an archive into a folder; returns the names at its top."""
    with ZipFile(path) as archive:
        archive.extractall(folder)
        return sorted({name.partition("/")[0] for name in archive.namelist()})


def describe(files: Mapping[str, bytes]) -> tuple[PackedFile, ...]:
    """Return size and digest of each file, in the archive's order."""
    return tuple(
        PackedFile(path=path, size=len(files[path]), sha256=hashlib.sha256(files[path]).hexdigest())
        for path in sorted(files, key=str.encode)
    )


def _entry(path: str) -> ZipInfo:
    entry = ZipInfo(path, EPOCH)
    entry.create_system, entry.external_attr = UNIX, MODE << 16
    return entry
