"""Templates of routes and blob paths, such as ``runs/{id}`` and ``raw/shipments/{name}``, as matchers.

What is done on a match is not here.
"""

import re
from dataclasses import dataclass
from functools import cached_property

PART = re.compile(r"\{(?P<star>\*)?(?P<name>\w+)(?::(?P<kind>\w+))?(?P<optional>\?)?\}")
KINDS = {None: "[^/]+", "int": r"-?\d+", "guid": "[0-9a-fA-F-]{36}", "alpha": "[a-zA-Z]+"}


@dataclass(frozen=True)
class RoutePattern:
    """A route; letters' case does not matter, and a parameter holds no slash unless it has a star."""

    template: str

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters' values, or None where the path is not of this route."""
        found = self._pattern.fullmatch(path.strip("/"))
        return {k: v for k, v in found.groupdict().items() if v is not None} if found else None

    @property
    def parameters(self) -> int:
        """Number of parameters: of two routes that match, that with fewer is meant."""
        return len(PART.findall(self.template))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        segments = self.template.strip("/").split("/")
        text = "".join(_segment(segment, first=n == 0) for n, segment in enumerate(segments))
        return re.compile(text, re.IGNORECASE)


@dataclass(frozen=True)
class BlobPattern:
    """A blob path whose last parameter may hold slashes; the container is its first part."""

    template: str

    @property
    def prefix(self) -> str:
        """What all blobs of this pattern begin with."""
        return self.template.partition("{")[0]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters' values, or None where the path does not fit."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces, last = [], 0
        for part in PART.finditer(self.template):
            pieces.append(re.escape(self.template[last : part.start()]) + f"(?P<{part['name']}>.+)")
            last = part.end()
        return re.compile("".join(pieces) + re.escape(self.template[last:]))


def _segment(segment: str, *, first: bool) -> str:
    slash = "" if first else "/"
    part = PART.fullmatch(segment)
    if part is None:
        return slash + re.escape(segment)
    value = ".*" if part["star"] else KINDS.get(part["kind"], "[^/]+")
    text = f"{slash}(?P<{part['name']}>{value})"
    return f"(?:{text})?" if part["optional"] else text
