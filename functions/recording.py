"""Ties an invocation to its operation, and keeps the ledger: an outage of the ledger delays no forecast.

Everything that the ledger says also lies in the lake, from which it can be rebuilt.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from functions.bootstrap import edges
from shared import telemetry
from shared.errors import LedgerUnavailable

LOG = logging.getLogger(__name__)

Json = dict[str, Any]


def record(what: str, *facts: object, **more: object) -> Any:
    """Write facts to the ledger and tell telemetry their numbers; return what the ledger answers.

    Where it cannot be reached, say so in the log and go on.
    """
    from monitor import measures

    measures.say(what, *facts)
    try:
        return getattr(edges().ledger, what)(*facts, at=datetime.now(UTC), **more)
    except LedgerUnavailable as exc:
        LOG.error("the ledger lacks %s: %s", what, exc)
        telemetry.count(telemetry.Metric.LEDGER_UNAVAILABLE, what=what)
        return None


def alert(kind: str, subject: str, text: str) -> None:
    """Tell people of something: in the ledger, and in the lake, from which the ledger can be rebuilt."""
    from shared.runs.alerts import keep_alert

    record("alert", kind, subject, text)
    keep_alert(edges().lake.store, kind, subject, text, datetime.now(UTC))


@contextmanager
def operation(name: str, operation_id: str) -> Iterator[None]:
    """Do something as part of an operation; what is told of it is sent before the instance may freeze."""
    telemetry.configure(edges().settings)
    try:
        with telemetry.operation(name, operation_id):
            yield
    finally:
        telemetry.flush()


def in_operation(function: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Let an activity run inside a span of the operation that its message names."""

    @wraps(function)
    def traced(message: dict) -> dict:
        with operation(function.__name__, message.get("operation_id", "")):
            return function(message)

    return traced
