"""What lies in the lake about runs beside shared.messages, and how it is read and written. No decision is here."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from shared.errors import BlobMissing, WriteConflict
from shared.lake.blobs import read_bytes
from shared.messages import Message
from shared.ports import BlobStore

Kind = TypeVar("Kind", bound=Message)
Key = TypeVar("Key")
Value = TypeVar("Value")

ATTEMPTS = 20
"""Times that a record is written while others write it too."""
READERS = 16
"""Small blobs that are read at the same time: a store far away answers slowly, but many at once."""


class Claim(Message):
    """Who runs a week and set of versions, and under which name."""

    instance: str
    run: str
    versions: dict[str, str]


class Training(Message):
    """The newest training of a cell: what a later plan compares with.

    Attributes
    ----------
    week : str
        Last known week of the company when it was trained.
    trained_on : str
        Day of the training, ISO.
    demand : str
        Digest of the cell's demand rows up to that week.
    models : dict
        Version that each slot's model became, and ``historical_average``.
    """

    run: str
    week: str
    trained_on: str
    demand: str
    code: str
    profile: str
    models: dict[str, int]


class CurrentForecast(Message):
    """The forecast that stands for a cell; `trained` is the run of the training that it was made after.

    `serving` are the versions per slot that it was to be made with; None in records of other days.
    """

    run: str
    week: str
    folder: str
    versions: dict[str, str]
    code: str
    profile: str
    trained: str
    serving: dict[str, int | None] | None = None


def read_message(store: BlobStore, path: str, kind: type[Kind]) -> Kind | None:
    """Read a record, or None where there is none."""
    try:
        return kind.parse(read_bytes(store, path))
    except BlobMissing:
        return None


def read_json(store: BlobStore, path: str) -> dict[str, Any] | None:
    """Read a JSON object, or None where there is none."""
    try:
        return dict(json.loads(read_bytes(store, path)))
    except BlobMissing:
        return None


def to_bytes(value: Mapping[str, Any]) -> bytes:
    """Write JSON that reads well and is the same every time."""
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def keep(store: BlobStore, path: str, content: bytes) -> None:
    """Write a blob that never changes, unless it is there."""
    try:
        store.put(path, content, if_match="")
    except WriteConflict:
        return


def create(store: BlobStore, path: str, message: Kind) -> Kind:
    """Write a record unless there is one; return the one that is there then."""
    try:
        store.put(path, message.to_bytes(), if_match="")
    except WriteConflict:
        found = read_message(store, path, type(message))
        assert found, f"{path} was there, and is gone"
        return found
    return message


def replace(
    store: BlobStore, path: str, kind: type[Kind], change: Callable[[Kind | None], Kind | None]
) -> Kind | None:
    """Replace a record by what `change` makes of it (None: leave it), seeing every other writer's.

    Raises
    ------
    WriteConflict
        If others write it all the time.
    """
    for attempt in range(1, ATTEMPTS + 1):
        info = store.stat(path)
        found = read_message(store, path, kind) if info else None
        made = change(found)
        if made is None or made == found:
            return found
        try:
            store.put(path, made.to_bytes(), if_match=info.etag if info else "")
        except WriteConflict:
            if attempt == ATTEMPTS:
                raise
        else:
            return made
    raise AssertionError("every attempt returns or raises")


def read_many(read: Callable[[Key], Value], keys: Iterable[Key], *, at_once: int = READERS) -> list[Value]:
    """Read many blobs, some at once, in the order of their keys."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(read, keys))
