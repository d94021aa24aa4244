"""Operations, spans and numbers as the app's functions use them; see shared.telemetry."""

import logging
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Unpack

from shared.telemetry.console import ConsoleExporter
from shared.telemetry.names import Dimensions, Metric
from shared.telemetry.records import LOGGERS, Exporter, Measurement, Span, properties_of

if TYPE_CHECKING:
    from shared.settings import Settings

ROLE = "shelfcast"
FLUSH_SECONDS = 2.0
CLOSE_SECONDS = 3.0
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

_span: ContextVar[Span | None] = ContextVar("span", default=None)


class _Switch:
    """Where telemetry goes in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.setting: tuple[str, str, str] = ("off", "", "")
        self.exporter: Exporter | None = None


_switch = _Switch()


def configure(settings: "Settings") -> None:
    """Let telemetry go where the settings say; called again with the same settings, it does nothing.

    Raises
    ------
    SettingsError
        If the connection string cannot be read.
    """
    wanted = (settings.telemetry, settings.telemetry_connection, settings.telemetry_identity)
    if wanted == _switch.setting:
        return
    with _switch.lock:
        if wanted != _switch.setting:
            _replace(_make(*wanted, role=f"{ROLE}-{settings.environment}"))
            _switch.setting = wanted


def shutdown() -> None:
    """Send what waits and turn telemetry off."""
    with _switch.lock:
        _replace(None)
        _switch.setting = ("off", "", "")


def _make(kind: str, connection: str, identity: str, *, role: str) -> Exporter | None:
    if kind == "console":
        return ConsoleExporter()
    if kind == "azure" and connection:
        from shared.telemetry.azure import AzureExporters, managed_identity

        credential = managed_identity(identity) if identity else None
        return AzureExporters(connection, role=role, credential=credential)
    return None


def _replace(exporter: Exporter | None) -> None:
    old, _switch.exporter = _switch.exporter, exporter
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if old and old.log_handler:
            logger.removeHandler(old.log_handler)
        if exporter and exporter.log_handler:
            logger.addHandler(exporter.log_handler)
            if logger.level == logging.NOTSET:
                logger.setLevel(logging.INFO)
    if exporter and exporter.log_handler:
        exporter.log_handler.addFilter(_with_operation)
    if old:
        old.close(CLOSE_SECONDS)


def _with_operation(record: logging.LogRecord) -> bool:
    """Tie a log record to its operation; what the span is split by, its log is, too."""
    span = _span.get()
    own = getattr(record, "custom_dimensions", None)
    split = properties_of(own) if isinstance(own, dict) else {}
    if span:
        record.traceId, record.spanId = span.operation_id, span.span_id
        split = {**span.properties, "operation": span.name, **split}
    record.custom_dimensions = {"logger": record.name, **split}
    return True


@contextmanager
def operation(
    name: str, operation_id: str = "", *, parent: str = "", **dimensions: Unpack[Dimensions]
) -> Iterator[Span]:
    """Give a span for a piece of work; an error that leaves it is noted and goes on its way.

    Parameters
    ----------
    name : str
        The function that runs.
    operation_id : str
        What it belongs to; where empty, the operation around it, or a new one.
    parent : str
        A W3C traceparent whose span caused this one; the span around it where empty.
    **dimensions
        What it can be split by; the log within it, too.
    """
    around = _span.get()
    inner = around is not None and operation_id in ("", around.operation_id)
    span = Span(
        name=name,
        operation_id=operation_id
        or (around.operation_id if around else "")
        or _parts(parent)[0]
        or new_operation_id(),
        span_id=secrets.token_hex(8),
        parent_id=around.span_id if around and inner else _parts(parent)[1],
        inner=inner,
        started_at=datetime.now(UTC),
        properties=(around.properties if around and inner else {}) | properties_of(dimensions),
    )
    token = _span.set(span)
    try:
        yield span
    except BaseException as exc:
        span.fail(exc)
        raise
    finally:
        _span.reset(token)
        _end(span, outermost=around is None)


def _end(span: Span, *, outermost: bool) -> None:
    span.ended_at = datetime.now(UTC)
    if _switch.exporter:
        _switch.exporter.export_span(span)
    if outermost:
        flush(FLUSH_SECONDS)


def count(name: Metric, value: float = 1, **dimensions: Unpack[Dimensions]) -> None:
    """Add to a number of things that happened."""
    measure(name, value, **dimensions)


def measure(name: Metric, value: float, **dimensions: Unpack[Dimensions]) -> None:
    """Send a measured value; it is split by what its span is, too."""
    exporter, span = _switch.exporter, _span.get()
    if exporter:
        exporter.export_measurement(
            Measurement(
                name=name.value,
                value=float(value),
                at=datetime.now(UTC),
                operation_id=span.operation_id if span else "",
                properties=(span.properties if span else {}) | properties_of(dimensions),
            )
        )


def flush(seconds: float = FLUSH_SECONDS) -> bool:
    """Send what waits, as an instance may be frozen after its invocation; return whether all of it is on its way."""
    return _switch.exporter.flush(seconds) if _switch.exporter else True


def new_operation_id() -> str:
    """Return 32 hexadecimal digits that no other operation has."""
    return secrets.token_hex(16)


def operation_id_of(traceparent: str | None) -> str:
    """Return the operation id of a W3C traceparent; a new one where it has none."""
    return _parts(traceparent or "")[0] or new_operation_id()


def current_operation_id() -> str:
    """Return the id of the operation that runs, or ``""``."""
    span = _span.get()
    return span.operation_id if span else ""


def _parts(traceparent: str) -> tuple[str, str]:
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if not found or not found[1].strip("0") or not found[2].strip("0"):
        return "", ""
    return found[1], found[2]
