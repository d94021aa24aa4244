"""Which files ship: those that git tracks, less what an ignore file leaves out. How they are packed is not here."""

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pathspec import PathSpec

from delivery.package.errors import PackageError


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What of a repository ships.

    Attributes
    ----------
    files : mapping of str to bytes
        By path below the repository.
    left_out : tuple of str
        Tracked files that do not ship.
    unclean : tuple of str
        Files of a kind that ships which differ from the commit, or which git does not track; the latter never ship.
    """

    commit: str
    files: Mapping[str, bytes]
    left_out: tuple[str, ...]
    unclean: tuple[str, ...]


def collect(root: Path, ignore_file: str) -> Contents:
    """Read what ships of a repository's work tree; raises PackageError where that is no repository."""
    ignored = read_ignored(root / ignore_file)
    paths = _tracked(root)
    ships = [path for path in paths if not ignored.match_file(path) and (root / path).exists()]
    return Contents(
        commit=_git(root, "rev-parse", "HEAD").strip(),
        files={path: (root / path).read_bytes() for path in ships},
        left_out=tuple(path for path in paths if ignored.match_file(path)),
        unclean=tuple(p for p in _unclean(root) if p == ignore_file or not ignored.match_file(p)),
    )


def read_ignored(path: Path) -> PathSpec:
    """Return the patterns of an ignore file; the last one that fits a path decides, as the vendors' tools have it."""
    return PathSpec.from_lines("gitignore", path.read_text().splitlines())


def _tracked(root: Path) -> list[str]:
    """Return the paths that git tracks, sorted by their bytes, whatever the machine's language."""
    staged = _split(_git(root, "ls-files", "--stage", "-z"))
    odd = [entry for entry in staged if not entry.startswith("100")]
    if odd:
        raise PackageError(
            f"links and submodules do not ship, and git tracks {', '.join(map(_path, odd))}. "
            "Put plain files in their places."
        )
    return sorted(map(_path, staged), key=str.encode)


def _path(entry: str) -> str:
    return entry.partition("\t")[2]


def _unclean(root: Path) -> Iterable[str]:
    """Yield the paths whose content is not the commit's."""
    listed = _git(root, "status", "--porcelain=v1", "--no-renames", "--untracked-files=all", "-z")
    return [entry[3:] for entry in _split(listed)]


def _split(listing: str) -> list[str]:
    return [entry for entry in listing.split("\0") if entry]


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise PackageError(
            f"git says of {root}: {done.stderr.strip()}. A package is made of what git tracks: make it in a clone."
        )
    return done.stdout
