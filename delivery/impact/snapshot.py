"""A contract as it is written down: a version, and every name with its definition. How code is read is not here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import total_ordering
from pathlib import Path
from typing import Any, Self

from shared.errors import ShelfcastError

Entries = Mapping[str, Mapping[str, Any]]
"""Definition by name, such as ``{"jobs.outcome": {"kind": "text", "null": False}}``."""

FOLDER = Path("delivery/impact/contracts")


class ImpactError(ShelfcastError):
    """What a change asks for cannot be told; the remedy is named."""


@total_ordering
@dataclass(frozen=True)
class Version:
    """Of a contract: major where those that use it have to follow, minor where they may."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``1.0``; raises ImpactError."""
        major, _, minor = text.partition(".")
        if not (major.isdigit() and minor.isdigit()):
            raise ImpactError(f"{text!r} is no version of a contract. Write it like 2.0.")
        return cls(int(major), int(minor))

    def after(self, *, breaking: bool) -> "Version":
        """Return the next one."""
        return Version(self.major + 1, 0) if breaking else Version(self.major, self.minor + 1)

    def __lt__(self, other: "Version") -> bool:
        return (self.major, self.minor) < (other.major, other.minor)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True)
class Snapshot:
    """A contract at one time."""

    version: Version
    entries: Entries

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it; raises ImpactError."""
        try:
            value = json.loads(text)
            return cls(Version.parse(value["version"]), value["entries"])
        except (ValueError, KeyError, TypeError) as exc:
            raise ImpactError(
                f"a file in {FOLDER} is no contract: {exc!r}. Take it from the base again."
            ) from exc

    def to_text(self) -> str:
        """Write it: a name per line, sorted, so that a change shows as one."""
        lines = [f"  {json.dumps(name)}: {json.dumps(self.entries[name])}" for name in sorted(self.entries)]
        return "\n".join(
            ["{", f' "version": "{self.version}",', ' "entries": {', ",\n".join(lines), " }", "}", ""]
        )


def path_of(contract: str) -> Path:
    """Return where a contract is written down, below the repository."""
    return FOLDER / f"{contract}.json"
