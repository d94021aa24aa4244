"""The published type definitions: where they lie, which types and versions they know.

They are data beside the repository, not a part of it. What one type looks like is not here (see kinds.py).
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from infra.check.nearest import nearest
from infra.check.types.kinds import Book, Writable

VARIABLE = "SHELFCAST_BICEP_TYPES"
NOTICE = f"no type definitions found: resources are not held against them (set {VARIABLE} to their folder)"

# A preview where the stable version is not the same thing any more.
NEWEST = {
    # 2016-09-01 knows no category groups and no choice of Log Analytics tables; nothing stable came after it.
    "microsoft.insights/diagnosticsettings": "2021-05-01-preview",
}


def definitions_folder(root: Path) -> Path | None:
    """Return where the definitions lie: by the environment, else beside the repository; None where they are not."""
    said = os.environ.get(VARIABLE)
    folder = Path(said) if said else root.resolve().parent / "shared" / "data" / "bicep-types"
    return folder if (folder / "index.json").is_file() else None


@cache
def load(folder: Path) -> "Definitions":
    """Return the definitions of a folder, read once and as far as they are needed."""
    return Definitions(folder=folder)


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """The definitions of a folder.

    ``index.json`` tells the file and the number in it of each ``Type@version``, ``recent_versions.json`` the versions
    that a type has had, newest first.
    """

    folder: Path

    @cached_property
    def _index(self) -> dict[tuple[str, str], tuple[str, str, int]]:
        written = _json(self.folder / "index.json")
        pairs = ((name.split("@"), entry) for name, entry in written.items())
        return {
            (kind.lower(), version.lower()): (kind, entry["file"], entry["index"])
            for (kind, version), entry in pairs
        }

    @cached_property
    def _history(self) -> Mapping[str, list[str]]:
        file = self.folder / "recent_versions.json"
        return {kind.lower(): versions for kind, versions in (_json(file) if file.is_file() else {}).items()}

    @cached_property
    def _books(self) -> dict[str, Book]:
        return {file: Book(self.folder / file) for _, file, _ in self._index.values()}

    @cached_property
    def _versions(self) -> Mapping[str, list[str]]:
        versions: dict[str, list[str]] = {}
        for kind, version in self._index:
            versions.setdefault(kind, []).append(version)
        return versions

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Each type as it is to be written, by its name in small letters."""
        return {kind: self._index[kind, self.newest(kind)][0] for kind, _ in self._index}

    def newest(self, kind: str) -> str:
        """Return the version to use of a type: the newest stable one, if there is any."""
        return NEWEST.get(kind.lower()) or newest_of(self._versions[kind.lower()])

    def history(self, kind: str) -> list[str]:
        """Return the versions of a type as far as they are known, newest first."""
        lower = kind.lower()
        return self._history.get(lower) or sorted(self._versions[lower], reverse=True)

    def find(self, kind: str, version: str) -> Writable:
        """Return what a known type looks like, in its newest version where the asked one is not defined."""
        lower = kind.lower()
        key = (lower, version.lower())
        _, file, number = self._index.get(key) or self._index[lower, self.newest(lower)]
        return self._books[file].resource(number)

    def nearest_type(self, kind: str) -> str | None:
        """Return the type that is most like one that is not known."""
        return nearest(kind, self.types.values())


def newest_of(versions: Iterable[str]) -> str:
    """Return the newest stable version; where all are previews, the newest of them."""
    ordered = sorted(versions)
    return max((v for v in ordered if not is_preview(v)), default=ordered[-1])


def is_preview(version: str) -> bool:
    """Tell whether a version's name is more than a date."""
    return len(version) > len("2026-01-01")


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
