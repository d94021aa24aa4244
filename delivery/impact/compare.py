"""How a contract differs from what it was, and whether that breaks those that use it. Who they are is not here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from delivery.impact.snapshot import Entries

Definition = Mapping[str, Any]
ABOUT = "about"
"""The key of words that only explain."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference.

    Attributes
    ----------
    name : str
        What it was called, or is called if it is new.
    breaking : bool
        Whether those that use the contract have to follow.
    """

    kind: Literal["removed", "renamed", "changed", "new"]
    name: str
    breaking: bool
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}{self.detail}"


def compare(before: Entries, after: Entries, *, supplied: bool) -> list[Change]:
    """Return every difference.

    Parameters
    ----------
    before, after : Entries
    supplied : bool
        Whether others fill the contract in, so that something new which they must give breaks them.
    """
    renamed = _renames(before, after)
    changes = [
        Change(kind="renamed", name=old, breaking=True, detail=f" to {new}") for old, new in renamed.items()
    ]
    for name in sorted({*before, *after} - {*renamed, *renamed.values()}):
        changes += _changes(name, before.get(name), after.get(name), supplied=supplied)
    return changes


def _changes(
    name: str, before: Definition | None, after: Definition | None, *, supplied: bool
) -> Iterator[Change]:
    if after is None:
        yield Change(kind="removed", name=name, breaking=True)
    elif before is None:
        must = supplied and bool(after.get("required"))
        yield Change(kind="new", name=name, breaking=must, detail=", which is required" if must else "")
    else:
        for key in sorted({*before, *after}):
            old, new = before.get(key), after.get(key)
            if old != new:
                detail = f": {key} was {old!r}, is {new!r}"
                yield Change(
                    kind="changed", name=name, breaking=_breaks(key, old, new, supplied), detail=detail
                )


def _breaks(key: str, old: object, new: object, supplied: bool) -> bool:
    if key == ABOUT:
        return False
    if key == "one_of" and isinstance(old, list) and isinstance(new, list):
        return not set(old) <= set(new)
    return not (key == "required" and supplied and old and not new)


def _renames(before: Entries, after: Entries) -> dict[str, str]:
    """Return the names that vanished where exactly one of the same definition came, in the same place."""
    gone, come = set(before) - set(after), set(after) - set(before)
    found = {}
    for old in sorted(gone):
        alike = [new for new in sorted(come) if _place(new) == _place(old) and after[new] == before[old]]
        rivals = [one for one in gone if _place(one) == _place(old) and before[one] == before[old]]
        if len(alike) == len(rivals) == 1:
            found[old] = alike[0]
    return found


def _place(name: str) -> str:
    return name.rpartition(".")[0]
