"""Judges a written sample: does it name anybody, can anybody be found, can enough stores be told apart by nothing?

The attacks themselves are in `attack`. A sample that fails is not to leave the house.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from local.obfuscation.attack import Attempt
from local.obfuscation.files import PROFILE
from local.obfuscation.sample import ANONYMITY
from shared.profile import Profile
from shared.schemas import TABLES
from training.dataset import Tables

NAMING = {
    "stores": ("store_id", "market", "zip_code"),
    "products": ("product_id", "category", "brand"),
    "events": ("event_id", "name"),
    "weather_history": ("zip_code",),
    "weather_forecast": ("zip_code",),
    "demographics_by_zip": ("zip_code",),
}
UNJUDGED = "products by their sales"
"""Reported, not judged: totals of a product over stores are kept on purpose, and with them what it is recognised by."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the check found; `faults` is empty when the sample may leave."""

    attempts: tuple[Attempt, ...]
    control: Attempt
    smallest_class: int
    faults: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the measured shares; names and dates are not among them."""
        shares = {a.name: {"share": round(a.share, 4), "tried": a.tried} for a in self.attempts}
        return {
            "reidentified": shares,
            "series_without_mixing": round(self.control.share, 4),
            "smallest_class": self.smallest_class,
        }


def judge(
    folder: Path,
    made: dict[str, pd.DataFrame],
    tables: Tables,
    profile: Profile,
    attempts: Sequence[Attempt],
    control: Attempt,
    threshold: float,
) -> Verdict:
    """Hold a written sample against the three rules: no true name, no identification, no store alone."""
    smallest = smallest_class(made["stores"])
    faults = [
        *(f"{where} gives away {what!r}" for where, what in leaks(folder, made, tables, profile)),
        *(f"{a.name}: {a.share:.0%} of {a.tried} found" for a in attempts if not _withstood(a, threshold)),
        *([f"a store is alone with its market, format and capacity ({smallest=})"] * (smallest < ANONYMITY)),
    ]
    return Verdict(attempts=tuple(attempts), control=control, smallest_class=smallest, faults=tuple(faults))


def smallest_class(stores: pd.DataFrame) -> int:
    """Return how many stores at least share market, format and storage capacity."""
    return int(stores.groupby(["market", "format", "storage_capacity"], dropna=False).size().min())


def leaks(
    folder: Path, made: dict[str, pd.DataFrame], tables: Tables, profile: Profile
) -> Iterator[tuple[str, str]]:
    """Find true names as whole words in any text of the sample: (file, name).

    Numbers and dates are not searched: they are numbers and dates by type, and a year's 52 is no store.
    """
    words = "|".join(re.escape(name) for name in sorted(true_names(tables, profile), key=len, reverse=True))
    wanted = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    settings = yaml.safe_load((folder / PROFILE).read_text(encoding="utf-8"))
    texts = {PROFILE: set(_leaves(settings)), **{name: set(_text(name, f)) for name, f in made.items()}}
    for where, cells in texts.items():
        yield from ((where, found[0]) for cell in sorted(cells) if (found := wanted.search(cell.casefold())))


def true_names(tables: Tables, profile: Profile) -> set[str]:
    """Return all names and identifiers of the client, in small letters."""
    columns = [
        getattr(tables, table)[name]
        for table, names in NAMING.items()
        for name in names
        if getattr(tables, table) is not None
    ]
    found = {str(value).strip().casefold() for column in columns for value in column.dropna().unique()}
    return (found | {profile.client.casefold()}) - {""}


def _withstood(attempt: Attempt, threshold: float) -> bool:
    """Judge by the threshold; of a handful of stores or places, one may be found by luck."""
    if attempt.name == UNJUDGED:
        return True
    luck = 0 if attempt.name == "series" else 1
    return attempt.share * attempt.tried <= threshold * attempt.tried + luck


def _text(table: str, frame: pd.DataFrame) -> Iterator[str]:
    free = [f.name for f in TABLES[table].fields if f.kind == "text" and not f.one_of and f.name in frame]
    return (str(value) for name in free for value in frame[name].dropna().unique())


def _leaves(settings: Any) -> Iterable[str]:
    if isinstance(settings, dict):
        return (leaf for value in settings.values() for leaf in _leaves(value))
    if isinstance(settings, list):
        return (leaf for value in settings for leaf in _leaves(value))
    return (settings,) if isinstance(settings, str) else ()
