"""The order in which a source's deliveries are applied."""

import re

_DIGITS_WIDTH = 20


def sequence_of(name: str, pattern: str | None) -> str:
    """Return a text that sorts as the delivery should.

    Parameters
    ----------
    name : str
        The raw blob's path.
    pattern : str or None
        A regular expression whose first group is searched in the file name; None, or no match: the whole name counts.

    Returns
    -------
    str
        The group in natural order (numbers by value), then the name, so that no two files tie.
    """
    file = name.rsplit("/", 1)[-1]
    match = re.search(pattern, file) if pattern else None
    group = (match.group(1) if match.groups() else match.group(0)) if match else ""
    return f"{natural(group or '')}\t{natural(file)}" if pattern else natural(file)


def natural(text: str) -> str:
    """Pad every number in a text, so that ``week 9`` sorts before ``week 10``."""
    return re.sub(r"[0-9]+", lambda digits: digits.group().zfill(_DIGITS_WIDTH), text)
