"""The clocks that a task hub may run on; timers themselves are messages, in local.durable.store."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How the replay protocol writes a moment; such texts sort as the moments do."""


class Clock(Protocol):
    """Says what time it is, and waits; both in UTC, never backwards."""

    def now(self) -> datetime:
        """Return the present moment."""
        ...

    def wait_until(self, moment: datetime) -> None:
        """Return at that moment, or at once where it has passed."""
        ...


class RealClock:
    """The machine's clock, held back where the machine sets it back."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present moment."""
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))
            return self._latest

    def wait_until(self, moment: datetime) -> None:
        """Sleep until that moment."""
        time.sleep(max(0.0, (moment - self.now()).total_seconds()))


class VirtualClock:
    """A clock that stands still until it is told to jump."""

    def __init__(self, start: datetime = datetime(2019, 9, 2, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the present moment."""
        return self._now

    def wait_until(self, moment: datetime) -> None:
        """Jump there."""
        self._now = max(self._now, moment)

    def advance(self, span: timedelta) -> None:
        """Jump by so much."""
        self._now += span


def to_text(moment: datetime) -> str:
    """Write a moment as the protocol does."""
    return moment.strftime(FORMAT)


def from_text(text: str) -> datetime:
    """Read it back."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
