"""Telemetry to Application Insights through OpenCensus' exporters, whose support has ended: nobody else imports them.

Spans and numbers share one exporter and its thread, the log has a second. Nothing is sampled, stored on disk, or
reported about the exporters themselves. An endpoint that does not answer costs a caller one short wait a minute.
"""

import atexit
import logging
import os
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.errors import SettingsError
from shared.telemetry.records import Measurement, Span, said_of, without_secrets

os.environ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL"] = "true"
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it asks for the machine's locale in an old way
    from opencensus.common.schedule import Queue, QueueEvent
    from opencensus.ext.azure.common import Options
    from opencensus.ext.azure.common.utils import validate_instrumentation_key
    from opencensus.ext.azure.log_exporter import AzureLogHandler
    from opencensus.ext.azure.metrics_exporter import MetricsExporter
    from opencensus.ext.azure.trace_exporter import AzureExporter
    from opencensus.metrics.export.metric import Metric
    from opencensus.metrics.export.metric_descriptor import MetricDescriptor, MetricDescriptorType
    from opencensus.metrics.export.point import Point
    from opencensus.metrics.export.time_series import TimeSeries
    from opencensus.metrics.export.value import ValueDouble
    from opencensus.metrics.label_key import LabelKey
    from opencensus.metrics.label_value import LabelValue
    from opencensus.trace.span import SpanKind
    from opencensus.trace.span_context import SpanContext
    from opencensus.trace.span_data import SpanData
    from opencensus.trace.status import Status

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

Envelope = dict[str, Any]

REQUEST_SECONDS = 3.0
GRACE_SECONDS = 1.0
SECONDS_BETWEEN_WAITS = 60.0
UNKNOWN = 2
"""Google's code for an error of no further kind."""

OPERATION_ID = "operation_id"
NAME = "name"


class _Exporter(AzureExporter):
    """OpenCensus' exporter of spans, which takes numbers too: one thread and one request for both."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._numbers = MetricsExporter(**options)  # without a thread: it makes envelopes only
        atexit.unregister(self._numbers.shutdown)

    def span_data_to_envelope(self, item: Any) -> Iterator[Envelope]:
        """Turn a span or a number into what is sent."""
        if isinstance(item, Metric):
            yield from self._numbers.metric_to_envelopes(item)
        else:
            yield from super().span_data_to_envelope(item)

    def stop(self, seconds: float) -> None:
        """Send what waits and end the thread."""
        _stop(self._worker, seconds)
        atexit.unregister(self._worker.stop)
        atexit.unregister(self._stop)


class _LogHandler(AzureLogHandler):
    """OpenCensus' log handler, with the lock that Python 3.13 insists on, and without endless waits."""

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make the lock that OpenCensus leaves out."""
        logging.Handler.createLock(self)

    def flush(self, timeout: float | None = None) -> None:
        """Wait, but not for ever, as OpenCensus would at the end of a process whose endpoint does not answer."""
        super().flush(timeout or GRACE_SECONDS)


class _LogFormatter(logging.Formatter):
    """The message alone: an error's own words may quote data."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the message, and an error's type."""
        record.message = without_secrets(record.getMessage())
        error = record.exc_info[1] if record.exc_info else None
        return f"{record.message} ({said_of(error)})" if error else record.message


class AzureExporters:
    """Sends telemetry to one Application Insights resource.

    Parameters
    ----------
    connection : str
        Its connection string.
    role : str
        How the application map calls us.
    credential : optional
        Gives the token that Application Insights asks for where keys alone are not enough.
    """

    def __init__(self, connection: str, *, role: str, credential: "TokenCredential | None" = None) -> None:
        options = {
            "connection_string": _tidy(connection),
            "credential": credential,
            "enable_local_storage": False,
            "enable_standard_metrics": False,
            "timeout": REQUEST_SECONDS,
            "grace_period": GRACE_SECONDS,
        }
        _check(options)
        self._exporter, self._log = _Exporter(**options), _LogHandler(**options)
        self._role, self._no_wait_until = role, 0.0
        self._exporter.add_telemetry_processor(self._complete)
        self._log.add_telemetry_processor(self._complete)
        self._log.setFormatter(_LogFormatter())
        self.log_handler: logging.Handler | None = self._log

    def export_span(self, span: Span) -> None:
        """Queue an ended span."""
        self._exporter.export([_span_data(span)])

    def export_measurement(self, measurement: Measurement) -> None:
        """Queue a number."""
        self._exporter.export([_metric(measurement)])

    def flush(self, seconds: float) -> bool:
        """Wait until what waits has been sent; after a wait in vain, nobody waits for a minute."""
        if time.monotonic() < self._no_wait_until:
            return False
        deadline = time.monotonic() + seconds
        marks = [_mark(queue) for queue in (self._exporter._queue, self._log._queue)]
        sent = all(mark.wait(max(deadline - time.monotonic(), 0)) for mark in marks)
        if not sent:
            self._no_wait_until = time.monotonic() + SECONDS_BETWEEN_WAITS
        return sent

    def close(self, seconds: float) -> None:
        """Send what waits and end both threads."""
        deadline = time.monotonic() + seconds
        self._exporter.stop(seconds)
        _stop(self._log._worker, max(deadline - time.monotonic(), 0))
        self._log.close(max(deadline - time.monotonic(), 0.1))

    def _complete(self, envelope: Any) -> bool:
        """Name role and operation, which OpenCensus leaves out."""
        found = envelope.data.baseData
        properties = {name: value for name, value in (found.properties or {}).items() if value != ""}
        envelope.tags["ai.cloud.role"] = self._role
        operation_id, name = properties.pop(OPERATION_ID, None), properties.pop(NAME, None)
        if operation_id:
            envelope.tags["ai.operation.id"] = operation_id
        if name:
            found.name = name
            envelope.tags["ai.operation.name"] = name
        found.properties = properties
        return True


def managed_identity(said: str) -> "TokenCredential":
    """Return whom ``Authorization=AAD;ClientId=...`` names; without a client id, the app's only identity."""
    from azure.identity import ManagedIdentityCredential

    client_id = said.partition("ClientId=")[2]
    return ManagedIdentityCredential(client_id=client_id or None)


def _tidy(connection: str) -> str:
    """Take out what OpenCensus stumbles over: a semicolon or a slash at an end."""
    parts = (part.strip().rstrip("/") for part in connection.split(";"))
    return ";".join(part for part in parts if part)


def _check(options: dict[str, Any]) -> None:
    """Refuse what the exporters would refuse only after they started their threads."""
    try:
        validate_instrumentation_key(Options(**options).instrumentation_key)
    except ValueError as exc:
        raise SettingsError(f"APPLICATIONINSIGHTS_CONNECTION_STRING cannot be read: {exc}") from exc


def _mark(queue: Queue) -> QueueEvent:
    """Queue a mark that is set once everything before it was sent; the queue's own flush overlooks what was taken."""
    mark = QueueEvent("flush")
    queue.put(mark, block=False)
    return mark


def _stop(worker: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    worker.stop(seconds)
    worker.join(max(deadline - time.monotonic(), 0))


def _span_data(span: Span) -> SpanData:
    attributes = {**span.properties, NAME: span.name}
    if span.error:
        attributes |= {"error.name": span.error, "error.message": span.reason}
    assert span.ended_at is not None
    return SpanData(
        name=span.name,
        context=SpanContext(trace_id=span.operation_id, span_id=span.span_id),
        span_id=span.span_id,
        parent_span_id=span.parent_id or None,
        attributes=attributes,
        start_time=_iso(span.started_at),
        end_time=_iso(span.ended_at),
        child_span_count=0,
        stack_trace=None,
        annotations=None,
        message_events=None,
        links=None,
        status=Status(UNKNOWN if span.error else 0),
        same_process_as_parent_span=span.inner,
        span_kind=SpanKind.CLIENT if span.inner else SpanKind.SERVER,
    )


def _metric(measurement: Measurement) -> Metric:
    split = {**measurement.properties, OPERATION_ID: measurement.operation_id}
    kind = MetricDescriptorType.GAUGE_DOUBLE
    point = Point(ValueDouble(measurement.value), measurement.at)
    return Metric(
        MetricDescriptor(measurement.name, "", "", kind, [LabelKey(name, "") for name in split]),
        [TimeSeries([LabelValue(value) for value in split.values()], [point], None)],
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
