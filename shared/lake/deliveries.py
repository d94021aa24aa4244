"""What raw files are called, and the order in which a source's deliveries are applied. Nothing is read here.

A raw file keeps its name. Another file under the same name is a revision and lies beside it: ``2019-W31.csv``, then
``2019-W31~r2.csv``. The number says in which order they arrived.
"""

import hashlib
import re

from shared.conditioning.sequence import natural
from shared.ports import NAME_BYTES
from shared.profile import Profile

RAW = "raw"
_PARTS = re.compile(
    r"(?P<stem>.+?)(~r(?P<revision>[1-9][0-9]*))?(?P<suffix>(\.[A-Za-z][A-Za-z0-9]{0,7}){0,2})", re.DOTALL
)

Order = tuple[int, str, str, str, int]


def raw_path(source: str, file: str) -> str:
    """Return the blob path of a source's raw file."""
    return f"{RAW}/{source}/{file}"


def file_of(source: str, path: str) -> str:
    """Return the file's name, folders below the source included."""
    return path.removeprefix(f"{RAW}/{source}/")


def name_beside(file: str, suffix: str) -> str:
    """Return what lies beside a raw file under its name; where that is too long, part of it gives way to its digest."""
    folder, slash, name = file.rpartition("/")
    over = len(name.encode()) + len(suffix) - NAME_BYTES
    if over <= 0:
        return file + suffix
    mark = f"~{hashlib.sha256(file.encode()).hexdigest()[:16]}"
    kept = name.encode()[: -over - len(mark)].decode(errors="ignore")
    return f"{folder}{slash}{kept}{mark}{suffix}"


def revision_name(file: str, revision: int) -> str:
    """Return the name of a file's n-th revision; the first is the file's own."""
    if revision == 1:
        return file
    folder, slash, name = file.rpartition("/")
    parts = _split(name)
    return f"{folder}{slash}{parts['stem']}~r{revision}{parts['suffix']}"


def original_name(file: str) -> tuple[str, int]:
    """Return the name that a file was delivered under, and its revision."""
    folder, slash, name = file.rpartition("/")
    parts = _split(name)
    return f"{folder}{slash}{parts['stem']}{parts['suffix']}", int(parts["revision"] or 1)


def delivery_order(profile: Profile, source: str, file: str) -> Order:
    """Return what sorts deliveries; the last one wins.

    Sources count in the order of the profile. Within one, the group that `Source.sequence` finds in the file name goes
    by natural order (numbers by value), files without it first; then the natural order of the name without its suffix;
    then the revision.
    """
    original, revision = original_name(file)
    name = original.rpartition("/")[2]
    position = list(profile.sources).index(source)
    group = _group(profile.sources[source].sequence, name)
    return position, natural(group), natural(_split(name)["stem"] or ""), natural(original), revision


def _group(pattern: str | None, name: str) -> str:
    match = re.search(pattern, name) if pattern else None
    return (match.group(1 if match.groups() else 0) or "") if match else ""


def _split(name: str) -> dict[str, str | None]:
    match = _PARTS.fullmatch(name)
    return match.groupdict() if match else {"stem": name, "revision": None, "suffix": ""}
