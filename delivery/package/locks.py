"""Reads a list of pinned versions, as pip-compile and pins write it: versions, hashes, and who needs what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from delivery.package.errors import PackageError

DIRECT = "-"
LISTS = {"functions": "requirements.txt", "training": "training/environment/requirements.txt"}
"""What is installed for each package."""

DOCKERFILE = "training/environment/Dockerfile"

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDER = re.compile(r"\s+#\s+(?:via\s+)?([A-Za-z0-9][A-Za-z0-9._-]*)$")
_ASKED = re.compile(r"\s+#\s+(?:via\s+)?(?:-r \S+|\S+ \(pyproject\.toml\))$")


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A pinned package.

    Attributes
    ----------
    needed_by : tuple of str
        Packages that ask for it, DIRECT where the project itself does.
    line : int
        Of its version in the list.
    """

    name: str
    version: str
    line: int
    hashes: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()


@dataclass
class _Entry:
    name: str
    version: str
    line: int
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)


def packages_for(root: Path, name: str) -> list[Locked]:
    """Return what is installed for a package; the steps' torch stands in the Dockerfile alone."""
    listed = read_lock(root / LISTS[name])
    return [*listed, _torch(root / DOCKERFILE)] if name == "training" else listed


def _torch(dockerfile: Path) -> Locked:
    for number, line in enumerate(dockerfile.read_text().splitlines(), start=1):
        if found := re.fullmatch(r"ARG TORCH=(\S+)", line):
            return Locked(name="torch", version=found[1], line=number, needed_by=(DIRECT,))
    raise PackageError(f"{DOCKERFILE} has no line ARG TORCH=. Say there which version is installed.")


def read_lock(path: Path) -> list[Locked]:
    """Return the packages of a list, in its order."""
    return [
        Locked(
            name=entry.name,
            version=entry.version,
            line=entry.line,
            hashes=tuple(entry.hashes),
            needed_by=tuple(entry.needed_by),
        )
        for entry in _entries(path)
    ]


def _entries(path: Path) -> Iterator[_Entry]:
    current: _Entry | None = None
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if found := _PIN.match(line):
            if current:
                yield current
            current = _Entry(found[1], found[2], number)
        elif current:
            _add(current, line)
    if current:
        yield current


def _add(entry: _Entry, line: str) -> None:
    if found := _HASH.search(line):
        entry.hashes.append(found[1])
    elif _ASKED.match(line):
        entry.needed_by.append(DIRECT)
    elif (found := _NEEDER.match(line)) and found[1] != "via":
        entry.needed_by.append(found[1])
