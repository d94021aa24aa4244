"""Defects planted into raw rows, and the account of them. How sound rows look is in `deliveries`.

Every defect is a row of its own beside the sound one, or a harmless misspelling of it; no row bears two. What is left
after conditioning is therefore exactly what was sold, except for weeks that were never delivered.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

FEWEST_LINES = 50  # a file of trade with fewer stays clean

Place = Literal["instead", "before", "after", "end"]
Spoil = Callable[[str, int], str]
FoundIn = Literal["quarantine", "superseded", "corrections", "repeated", "warning", "report", "repaired"]


@dataclass(frozen=True, kw_only=True)
class Defect:
    """So many defects of one kind in one file.

    Attributes
    ----------
    found_in : str
        ``quarantine``: rejected rows. ``superseded``: an earlier value inside the file.
        ``corrections``: an earlier value of another file. ``repeated``: the same value delivered again.
        ``warning``: the manifest's warnings. ``report``: kept, and listed in a report of the manifest.
        ``repaired``: the standard table shows the right value.
    reason : str
        What it is called there: a reason of the quarantine, a repair of the file report, a warning, a report.
    """

    kind: str
    source: str
    file: str
    count: int
    found_in: FoundIn
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Blemish:
    """A kind of defect in a line-based file: `spoil` makes the bad line from a sound one and a running number."""

    kind: str
    found_in: FoundIn
    spoil: Spoil
    place: Place = "after"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A file's lines with their defects; `chosen` holds the sound lines that each kind was made from."""

    lines: list[str]
    defects: tuple[Defect, ...]
    chosen: dict[str, tuple[str, ...]]


def plant(
    lines: list[str],
    plan: Sequence[tuple[Blemish, int]],
    *,
    source: str,
    file: str,
    rng: np.random.Generator,
    among: Sequence[int] | None = None,
) -> Planted:
    """Plant so many blemishes of each kind, each at a line of its own.

    Parameters
    ----------
    among : sequence of int, optional
        Lines to choose from, where others have a defect already; default: all.

    Raises
    ------
    ValueError
        If there are fewer lines than defects.
    """
    places = _places(rng, range(len(lines)) if among is None else among, sum(n for _, n in plan), file)
    spoilt: dict[int, list[str]] = {}
    end: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for blemish, count in plan:
        own = [next(places) for _ in range(count)]
        chosen[blemish.kind] = tuple(lines[place] for place in sorted(own))
        for number, place in enumerate(sorted(own)):
            bad = blemish.spoil(lines[place], number)
            spoilt[place] = _beside(lines[place], bad, blemish.place)
            end += [bad] * (blemish.place == "end")
    kept = [line for place, sound in enumerate(lines) for line in spoilt.get(place, (sound,))]
    defects = tuple(
        Defect(kind=b.kind, source=source, file=file, count=count, found_in=b.found_in, reason=b.reason)
        for b, count in plan
        if count
    )
    return Planted(lines=kept + end, defects=defects, chosen=chosen)


def _places(rng: np.random.Generator, among: Sequence[int], count: int, file: str) -> Iterator[int]:
    if count > len(among):
        raise ValueError(f"{file} has {len(among)} sound lines, too few for {count} defects")
    return iter(rng.choice(among, count, replace=False).tolist())


def _beside(sound: str, bad: str, place: Place) -> list[str]:
    return {"instead": [bad], "before": [bad, sound], "after": [sound, bad], "end": [sound]}[place]


def replace_field(delimiter: str, position: int, value: Spoil) -> Spoil:
    """Return a `spoil` that replaces one field of a delimited line."""

    def spoil(line: str, number: int) -> str:
        fields = line.split(delimiter)
        fields[position] = value(fields[position], number)
        return delimiter.join(fields)

    return spoil


def truncate(delimiter: str, fields: int) -> Spoil:
    """Return a `spoil` that breaks a line off inside its field of that number (from 1)."""

    def spoil(line: str, number: int) -> str:
        kept = line.split(delimiter)[:fields]
        return delimiter.join([*kept[:-1], kept[-1][: len(kept[-1]) // 2]])

    return spoil


def same(line: str, number: int) -> str:
    """Spoil nothing: the exact duplicate."""
    return line


def rejected(kind: str, reason: str, spoil: Spoil, place: Place = "after") -> Blemish:
    """Return a kind of defect that ends in quarantine for that reason."""
    return Blemish(kind=kind, found_in="quarantine", reason=reason, spoil=spoil, place=place)


DUPLICATE = rejected("exact_duplicate", "duplicate", same, place="end")
