"""What a task hub tells about its instances, and how it says no; how instances run is in local.durable.episode."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.errors import ShelfcastError


class RuntimeStatus(StrEnum):
    """Where an instance is, in Azure's words."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to the instance any more."""
        return self not in (RuntimeStatus.PENDING, RuntimeStatus.RUNNING)


@dataclass(frozen=True, kw_only=True)
class InstanceStatus:
    """An instance as people see it; input, output and custom status are plain JSON values."""

    name: str
    instance_id: str
    runtime_status: RuntimeStatus
    input: Any
    output: Any
    custom_status: Any
    created_at: datetime
    updated_at: datetime
    parent: str | None
    history: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as the status address of Azure answers; the history only where it was asked for."""
        answer = {
            "name": self.name,
            "instanceId": self.instance_id,
            "runtimeStatus": self.runtime_status.value,
            "input": self.input,
            "customStatus": self.custom_status,
            "output": self.output,
            "createdTime": f"{self.created_at:%Y-%m-%dT%H:%M:%SZ}",
            "lastUpdatedTime": f"{self.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        return answer | ({"historyEvents": list(self.history)} if self.history else {})


@dataclass(frozen=True, kw_only=True)
class InstanceStatistics:
    """What an instance has cost so far, all its generations together.

    Attributes
    ----------
    events, history_bytes : int
        Written to its history, in all.
    longest : int
        Events of the longest history that was replayed.
    replays, replayed_events : int
        Runs of its orchestrator from the start, and events read in them.
    """

    instance_id: str
    name: str
    generations: int
    events: int
    history_bytes: int
    longest: int
    replays: int
    replayed_events: int


class HubError(ShelfcastError):
    """The task hub cannot do what was asked."""


class AlreadyRunning(HubError):
    """An instance of that id has not ended."""


class NoSuchInstance(HubError):
    """There is no instance of that id."""


class InstanceEnded(HubError):
    """The instance has ended, and takes no message any more."""


class UnknownOrchestrator(HubError):
    """The app has no orchestrator of that name."""
