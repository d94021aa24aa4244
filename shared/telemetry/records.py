"""What telemetry is made of, before any exporter sees it: spans, measurements, and where telemetry goes.

What is secret is taken out here, for all exporters alike.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.errors import ShelfcastError
from shared.telemetry.names import DIMENSIONS

LONGEST_TEXT = 1000
LOGGERS = ("functions", "monitor", "shared", "local")
HIDDEN = "(hidden)"
_SECRETS = re.compile(
    r"""(?ix) ( \b (?: account_?key | shared_?access_?\w+ | instrumentation_?key | password | pwd | \w*secret
                      | \w*token )
                ["']? \s* [=:] \s* ["']?
              | (?<=[?&]) (?:code|sig) =
              | \b bearer \s+
              | :// [^\s:/@]+ : (?=[^\s/@]+@)
              ) [^\s;&,'"@]+"""
)

Properties = dict[str, str]


def without_secrets(text: str) -> str:
    """Hide keys, signatures, tokens and passwords in a text, and cut it to a sane length."""
    return _SECRETS.sub(rf"\1{HIDDEN}", text)[:LONGEST_TEXT]


def properties_of(dimensions: Mapping[str, Any]) -> Properties:
    """Return those dimensions that may be sent, as text."""
    return {
        name: without_secrets(str(value))
        for name, value in dimensions.items()
        if name in DIMENSIONS and value is not None
    }


def said_of(error: BaseException) -> str:
    """Return what may be said of an error: the words of ours; of others, which may quote data, the type alone."""
    return without_secrets(str(error)) if isinstance(error, ShelfcastError) else type(error).__name__


@dataclass(kw_only=True)
class Span:
    """A piece of work of an operation, while it runs and when it has ended.

    Attributes
    ----------
    operation_id : str
        32 hexadecimal digits.
    span_id, parent_id : str
        16 hexadecimal digits; no parent is ``""``.
    inner : bool
        Whether the parent runs in the same process.
    error : str
        Type of what it failed with; ``reason`` says more.
    """

    name: str
    operation_id: str
    span_id: str
    parent_id: str
    inner: bool
    started_at: datetime
    properties: Properties = field(default_factory=dict)
    ended_at: datetime | None = None
    error: str = ""
    reason: str = ""

    @property
    def traceparent(self) -> str:
        """The W3C header that lets another service's telemetry hang on to this."""
        return f"00-{self.operation_id}-{self.span_id}-01"

    def fail(self, error: BaseException) -> None:
        """Let the span count as failed."""
        self.error, self.reason = type(error).__name__, said_of(error)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A number under a metric's name."""

    name: str
    value: float
    at: datetime
    operation_id: str
    properties: Properties


class Exporter(Protocol):
    """Where telemetry goes; none of these raises or waits, but for flush and close, which wait no longer than told."""

    @property
    def log_handler(self) -> logging.Handler | None:
        """What receives the app's log records."""
        ...

    def export_span(self, span: Span) -> None:
        """Send an ended span."""
        ...

    def export_measurement(self, measurement: Measurement) -> None:
        """Send a number."""
        ...

    def flush(self, seconds: float) -> bool:
        """Send what waits; return whether all of it is on its way."""
        ...

    def close(self, seconds: float) -> None:
        """Send what waits and stop all threads."""
        ...
