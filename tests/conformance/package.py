"""Lays out what the deployed package holds: what .funcignore leaves of the repository. Deploying it is not here."""

import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

CACHES = ("__pycache__", "*.pyc")


def lay_out(repository: Path, target: Path) -> list[str]:
    """Copy the package into an empty folder; returns the names at its top."""
    ignored = read_patterns(repository / ".funcignore")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    kept = sorted(_kept(repository, ignored), key=lambda path: path.name)
    for path in kept:
        if path.is_dir():
            shutil.copytree(path, target / path.name, ignore=_ignore(ignored))
        else:
            shutil.copy2(path, target / path.name)
    return [path.name for path in kept]


def read_patterns(funcignore: Path) -> list[str]:
    """Return the patterns of a .funcignore; those with a slash are not understood here, and refused."""
    lines = (line.strip() for line in funcignore.read_text().splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    deep = [pattern for pattern in patterns if "/" in pattern]
    if deep:
        raise ValueError(
            f"{funcignore.name} has patterns with a slash, which this filter does not know: {deep}"
        )
    return patterns


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Whether a name is left out: as in .gitignore, the last pattern that fits decides."""
    ignored = False
    for pattern in patterns:
        if fnmatchcase(name, pattern.removeprefix("!")):
            ignored = not pattern.startswith("!")
    return ignored


def _kept(repository: Path, ignored: list[str]) -> Iterator[Path]:
    return (path for path in repository.iterdir() if not is_ignored(path.name, [*ignored, *CACHES]))


def _ignore(ignored: list[str]) -> shutil.ignore_patterns:
    return lambda folder, names: {name for name in names if is_ignored(name, [*ignored, *CACHES])}
