"""What somebody may have meant: the nearest of some names, for messages.

Which names are valid is not here.
"""

from collections.abc import Iterable
from difflib import get_close_matches

MANY = 15  # more names than this are not listed in a message
FEW = 8


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is most like another, first without regard to case; None where none is near."""
    known = {each.lower(): each for each in names}
    if name.lower() in known:
        return known[name.lower()]
    close = get_close_matches(name.lower(), list(known), n=1, cutoff=0.72)
    return known[close[0]] if close else None


def listed(names: Iterable[str], name: str = "") -> str:
    """Return names as a message lists them; of many, those that are most like `name`."""
    known = list(dict.fromkeys(names))
    if len(known) <= MANY:
        return ", ".join(known)
    close = get_close_matches(name, known, n=FEW, cutoff=0.0)
    return f"{', '.join(close)} and {len(known) - FEW} more"


def meant(name: str, names: Iterable[str]) -> str:
    """Return a remedy: the nearest name to write, or the names that there are."""
    known = list(names)
    if not known:
        return "Remove it."
    close = nearest(name, known)
    return f"Write '{close}'." if close else f"Write one of: {listed(known, name)}."
