"""Traces, metrics and logs behind one switch: off, console or Azure.

One operation id ties together everything from a blob event to the published forecast; our messages carry it. Telemetry
is never the reason for a failure: what cannot be sent is dropped. Under which names it is found is in names, how it
is sent to Azure in azure. Orchestrators have none of it: their code runs again at every replay.
"""

from shared.telemetry.names import DIMENSIONS, UNITS, Dimensions, Metric
from shared.telemetry.spans import (
    Span,
    configure,
    count,
    current_operation_id,
    flush,
    measure,
    new_operation_id,
    operation,
    operation_id_of,
    shutdown,
)

__all__ = [
    "DIMENSIONS",
    "UNITS",
    "Dimensions",
    "Metric",
    "Span",
    "configure",
    "count",
    "current_operation_id",
    "flush",
    "measure",
    "new_operation_id",
    "operation",
    "operation_id_of",
    "shutdown",
]
