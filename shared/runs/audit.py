"""The audit log in the lake: who did what, when, and why. Entries are only ever added, each with the last's digest.

audit/{book}/{number}.json     an entry, written once
models/_audit/{book}.json      how far the book goes, so that entries cut off at its end are missed

The container `audit` may be made immutable: nothing in it is written twice. What is worth an entry is not decided here.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from shared.errors import BlobMissing, LakeError, WriteConflict
from shared.lake.blobs import read_bytes
from shared.messages import Message
from shared.ports import BlobStore
from shared.runs.layout import AUDIT, MODELS
from shared.runs.records import read_message, replace

TRIES = 200
"""Times that an entry looks for its number while others add theirs."""


class Fact(Message):
    """What happened.

    Attributes
    ----------
    key : str
        The happening's own name: told twice after an interruption, it is one.
    before, after : str
        What it changed, in words of the subject's own.
    """

    key: str
    at: str
    by: str
    what: str
    subject: str
    before: str = ""
    after: str = ""
    why: str = ""


class Entry(Message):
    """A fact with its place in the chain; `previous` is the digest of the entry before, empty in the first."""

    number: int
    previous: str
    fact: Fact


class _End(Message):
    number: int
    digest: str


@dataclass(frozen=True)
class AuditLog:
    """One book of the lake."""

    store: BlobStore
    book: str

    def append(self, fact: Fact) -> Entry:
        """Add a fact behind the last, unless it was told before; raises LakeError where others write all the time."""
        for _ in range(TRIES):
            last = self._last()
            told = self._told(fact, last.number)
            if told:
                self._note(last)
                return told
            entry = Entry(number=last.number + 1, previous=last.digest, fact=fact)
            content = entry.to_bytes()
            with suppress(WriteConflict):
                self.store.put(self._path(entry.number), content, if_match="")
                self._note(_End(number=entry.number, digest=_digest(content)))
                return entry
        raise LakeError(f"audit/{self.book} is written by too many at once. Try again.")

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first; raises LakeError where one is no entry."""
        return [self._parse(path, content) for path, content in self._blobs()]

    def restore_end(self) -> str | None:
        """Note again how far the book goes where that is lost; return the path that was written."""
        if self.store.stat(self._end_path) or not self._last().number:
            return None
        self._note(self._last())
        return self._end_path

    def verify(self) -> list[str]:
        """Return what is wrong with the chain, in words; empty where nothing is."""
        faults: list[str] = []
        previous, number = "", 0
        for path, content in self._blobs():
            try:
                entry = self._parse(path, content)
            except LakeError as exc:
                return [*faults, str(exc)]
            if entry.number != number + 1:
                faults.append(f"{path}: entry {number + 1} is missing before it")
            elif entry.previous != previous:
                faults.append(f"{path}: the entry before it has been changed since")
            number, previous = entry.number, _digest(content)
        return faults + self._cut_off(number, previous)

    def _cut_off(self, number: int, digest: str) -> list[str]:
        end = read_message(self.store, self._end_path, _End)
        if end and end.number > number:
            return [f"audit/{self.book}: entries {number + 1} to {end.number} have been removed"]
        if end and end.number == number and end.digest != digest:
            return [f"{self._path(number)}: has been changed since it was written"]
        return []

    def _last(self) -> _End:
        """Return the last entry: from the one that was noted as such on, as whoever wrote it may have been killed."""
        end = read_message(self.store, self._end_path, _End) or _End(number=0, digest="")
        while True:
            try:
                content = read_bytes(self.store, self._path(end.number + 1))
            except BlobMissing:
                return end
            end = _End(number=end.number + 1, digest=_digest(content))

    def _told(self, fact: Fact, last: int) -> Entry | None:
        """Return the entry of a fact that somebody told before being interrupted: it cannot be older than the fact."""
        for number in range(last, 0, -1):
            entry = self._parse(self._path(number), read_bytes(self.store, self._path(number)))
            if entry.fact.key == fact.key:
                return entry
            if entry.fact.at < fact.at:
                return None
        return None

    def _note(self, end: _End) -> None:
        def unless_later(found: _End | None) -> _End | None:
            return None if found and found.number >= end.number else end

        with suppress(WriteConflict):  # others have noted later ones
            replace(self.store, self._end_path, _End, unless_later)

    def _blobs(self) -> Iterator[tuple[str, bytes]]:
        for blob in self.store.list(f"{AUDIT}/{self.book}/"):
            yield blob.path, read_bytes(self.store, blob.path)

    def _parse(self, path: str, content: bytes) -> Entry:
        try:
            return Entry.parse(content)
        except ValidationError as exc:
            raise LakeError(f"{path}: is no entry of an audit log any more") from exc

    def _path(self, number: int) -> str:
        return f"{AUDIT}/{self.book}/{number:09d}.json"

    @property
    def _end_path(self) -> str:
        return f"{MODELS}/_audit/{self.book}.json"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
