"""The commonest policy: certain types of resources have certain values. Which ones is in the policies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, said


@dataclass(frozen=True)
class Must:
    """A property at a dotted path has one of these values."""

    path: str
    values: tuple[Any, ...]
    unset: bool = False  # whether it may be left out, as the service's own default is right

    def __init__(self, path: str, *values: Any, unset: bool = False) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "unset", unset)


Wanted = Mapping[str, tuple[Must, ...]]


def breaches(
    subject: Infrastructure, wanted: Wanted, why: str, *, environment: str = ""
) -> Iterator[Finding]:
    """Yield what differs from a table of types and values."""
    for kind, musts in wanted.items():
        for found in subject.each(kind, only=environment):
            for must in musts:
                if not _holds(found, must):
                    yield _finding(found, must, why)


def _holds(found: Found, must: Must) -> bool:
    actual = found.get(must.path)
    return must.unset if actual is None else any(_same(actual, wanted) for wanted in must.values)


def _same(actual: Any, wanted: Any) -> bool:
    return type(actual) is type(wanted) and actual == wanted


def _finding(found: Found, must: Must, why: str) -> Finding:
    choice = " or ".join(repr(value) if isinstance(value, str) else said(value) for value in must.values)
    return found.finding(
        f"has {must.path} {said(found.get(must.path))}: {why}.", f"Set {must.path} to {choice}.", must.path
    )
