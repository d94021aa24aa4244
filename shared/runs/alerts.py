"""What people were told, as the lake keeps it: ``audit/alerts/{day}/{digest}.json``; said twice in a day, it is one."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from shared.messages import Message
from shared.ports import BlobStore
from shared.runs.records import create, read_message

ALERTS = "audit/alerts/"


class Alert(Message):
    """Something that people were told; `text` says what happened, and what to do about it."""

    kind: str
    subject: str
    text: str
    raised_at: str


def keep_alert(store: BlobStore, kind: str, subject: str, text: str, at: datetime) -> None:
    """Write an alert, unless the same one was raised that day."""
    day = at.date().isoformat()
    digest = hashlib.sha256("\0".join((kind, subject, text)).encode()).hexdigest()[:24]
    made = Alert(kind=kind, subject=subject, text=text, raised_at=at.isoformat())
    create(store, f"{ALERTS}{day}/{digest}.json", made)


def kept_alerts(store: BlobStore) -> Iterator[Alert]:
    """Read all alerts, oldest day first."""
    for blob in store.list(ALERTS):
        found = read_message(store, blob.path, Alert)
        if found:
            yield found
