"""The names of a file's columns, checked before any row is read."""

from collections import Counter
from collections.abc import Sequence

from shared.conditioning.limits import Limits
from shared.errors import UnreadableFile

_SHOWN_NAMES = 20


def named(header: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """Return usable names: stripped, never empty, each once.

    A name that comes twice is numbered (``units``, ``units.2``), an empty one named after its place (``column_4``).

    Raises
    ------
    UnreadableFile
        ``too_many_columns``.
    """
    if len(header) > limits.columns:
        raise too_many_columns(len(header), limits)
    seen: Counter[str] = Counter()
    names = []
    for place, raw in enumerate(header, start=1):
        name = raw.strip() or f"column_{place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(names)


def too_many_columns(count: int, limits: Limits) -> UnreadableFile:
    """Say that a file has too many columns."""
    return UnreadableFile(
        "too_many_columns",
        f"The header has {count:,} columns, more than {limits.columns:,}. Check the delimiter, "
        "or export only the columns that the profile names",
    )


def require(wanted: Sequence[str], seen: Sequence[str]) -> None:
    """Check that all mapped columns are there.

    Raises
    ------
    UnreadableFile
        ``missing_column``, with the columns wanted and seen.
    """
    missing = [name for name in wanted if name not in set(seen)]
    if missing:
        raise UnreadableFile(
            "missing_column",
            f"No column {_listed(missing)}; the file has {_listed(seen)}. Correct 'from' in the source's columns, "
            "or the file's header",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN_NAMES])
    return shown + (f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else "")
