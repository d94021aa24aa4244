"""Telemetry for a person at a terminal: a line each on standard error."""

import logging
import sys
from typing import TextIO

from shared.telemetry.records import Measurement, Properties, Span, without_secrets


class _Formatter(logging.Formatter):
    """A log line with its operation."""

    def format(self, record: logging.LogRecord) -> str:
        """Give level, operation and message."""
        operation = getattr(record, "traceId", "")[:8] or "-" * 8
        return without_secrets(f"{operation} {record.levelname.lower():7} {record.getMessage()}")


class ConsoleExporter:
    """Writes telemetry as lines."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.log_handler: logging.Handler | None = logging.StreamHandler(self._stream)
        self.log_handler.setFormatter(_Formatter())

    def export_span(self, span: Span) -> None:
        """Write when it ended, and how."""
        assert span.ended_at is not None
        seconds = (span.ended_at - span.started_at).total_seconds()
        end = f"failed: {span.error}: {span.reason}" if span.error else "done"
        self._write(span.operation_id, "span", f"{span.name} {end} in {seconds:.2f} s", span.properties)

    def export_measurement(self, measurement: Measurement) -> None:
        """Write the number."""
        said = f"{measurement.name} {measurement.value:g}"
        self._write(measurement.operation_id, "metric", said, measurement.properties)

    def flush(self, seconds: float) -> bool:
        """Everything has been written."""
        return True

    def close(self, seconds: float) -> None:
        """Leave the stream to its owner."""

    def _write(self, operation_id: str, kind: str, text: str, properties: Properties) -> None:
        split = "".join(f" {name}={value}" for name, value in properties.items())
        self._stream.write(f"{operation_id[:8] or '-' * 8} {kind:7} {text}{split}\n")
