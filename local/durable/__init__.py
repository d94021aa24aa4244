"""An embedded Durable Functions task hub: orchestrators replayed from a history in SQLite, on this machine.

It speaks the replay protocol of azure-functions-durable (history in, actions out) and imports no Azure package. What is
not here: the Functions host that feeds it (local.host), entities and durable HTTP, which the app does not use.
"""

from local.durable.clock import Clock, RealClock, VirtualClock
from local.durable.engine import ActivityInterrupted, Engine
from local.durable.functions import orchestrators_of
from local.durable.status import (
    AlreadyRunning,
    HubError,
    InstanceEnded,
    InstanceStatistics,
    InstanceStatus,
    NoSuchInstance,
    RuntimeStatus,
    UnknownOrchestrator,
)

__all__ = [
    "ActivityInterrupted",
    "AlreadyRunning",
    "Clock",
    "Engine",
    "HubError",
    "InstanceEnded",
    "InstanceStatistics",
    "InstanceStatus",
    "NoSuchInstance",
    "RealClock",
    "RuntimeStatus",
    "UnknownOrchestrator",
    "VirtualClock",
    "orchestrators_of",
]
