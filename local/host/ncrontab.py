"""Schedules in NCRONTAB's six fields: second, minute, hour, day, month, weekday; in UTC. Running is not here."""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from local.host.errors import HostError

FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 6),
)
NAMES = {
    "month": [name.lower() for name in calendar.month_abbr],
    "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
ITEM = re.compile(r"(?P<any>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?")
DAYS_AHEAD = 366 * 8  # 29 February comes at least that often
SETTING = re.compile(r"%([^%]+)%")


@dataclass(frozen=True)
class Schedule:
    """When a timer runs: the numbers that each field lets pass."""

    text: str
    fields: tuple[frozenset[int], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a schedule such as ``0 30 6 * * mon``; raises HostError."""
        parts = text.split()
        if len(parts) != len(FIELDS):
            raise HostError(
                f"Schedule {text!r} has {len(parts)} fields. Give six: {', '.join(f[0] for f in FIELDS)}."
            )
        numbers = tuple(_field(part, field, text) for part, field in zip(parts, FIELDS, strict=True))
        return cls(text, numbers)

    def after(self, moment: datetime) -> datetime:
        """Return the next time after a moment, in UTC; raises HostError where there is none."""
        earliest = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for day in self._days(earliest):
            start = earliest if day.date() == earliest.date() else day
            for second, minute, hour in self._times():
                if (found := day.replace(hour=hour, minute=minute, second=second)) >= start:
                    return found
        raise HostError(f"Schedule {self.text!r} has no next time")

    def _days(self, earliest: datetime) -> Iterator[datetime]:
        _, _, _, days, months, weekdays = self.fields
        midnight = earliest.replace(hour=0, minute=0, second=0)
        for ahead in range(DAYS_AHEAD):
            day = midnight + timedelta(days=ahead)
            if day.month in months and day.day in days and day.isoweekday() % 7 in weekdays:
                yield day

    def _times(self) -> Iterator[tuple[int, int, int]]:
        seconds, minutes, hours = (sorted(numbers) for numbers in self.fields[:3])
        return ((s, m, h) for h in hours for m in minutes for s in seconds)


def resolve_settings(text: str, settings: Mapping[str, str]) -> str:
    """Put in the settings that a text names as ``%NAME%``; raises HostError where one is missing."""

    def value(found: re.Match[str]) -> str:
        if not settings.get(found[1]):
            raise HostError(f"Setting {found[1]} is missing, which {text!r} names. Set it.")
        return settings[found[1]]

    return SETTING.sub(value, text)


def _field(text: str, field: tuple[str, int, int], whole: str) -> frozenset[int]:
    name, low, high = field
    numbers: set[int] = set()
    for item in text.split(","):
        base, _, step = item.partition("/")
        found = ITEM.fullmatch(base)
        if found is None or (step and not (step.isdigit() and int(step) > 0)) or (not step and "/" in item):
            raise HostError(f"Schedule {whole!r}: {item!r} is no {name}")
        first = low if found["any"] else _number(found["first"], field, whole)
        single = not (found["any"] or found["last"] or step)
        last = first if single else _number(found["last"], field, whole) if found["last"] else high
        if last < first:
            raise HostError(f"Schedule {whole!r}: {item!r} ends before it begins")
        numbers.update(range(first, last + 1, int(step or 1)))
    return frozenset(n % 7 if name == "weekday" else n for n in numbers)


def _number(text: str, field: tuple[str, int, int], whole: str) -> int:
    name, low, high = field
    names = NAMES.get(name, [])
    known = text.lower() in names
    number = names.index(text.lower()) if known else int(text) if text.isdigit() else -1
    if not low <= number <= (7 if name == "weekday" else high):
        raise HostError(f"Schedule {whole!r}: {text!r} is no {name}")
    return number
