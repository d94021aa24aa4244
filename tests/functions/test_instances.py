"""What is asked of an instance may cross its end."""

import asyncio
from dataclasses import dataclass

import azure.durable_functions as df
import pytest

from functions.instances import wake

RUNNING, COMPLETED = df.OrchestrationRuntimeStatus.Running, df.OrchestrationRuntimeStatus.Completed


@dataclass(frozen=True)
class Status:
    runtime_status: df.OrchestrationRuntimeStatus


class Hub:
    """A client of a task hub in which an instance stands so at one look after the other, and takes no event."""

    def __init__(self, *looks):
        self.looks = list(looks)

    async def get_status(self, instance):
        return Status(self.looks.pop(0))

    async def raise_event(self, instance, name, data):
        raise Exception(f"Instance with ID {instance} is gone: either completed or failed")


def test_a_watcher_that_ends_just_before_it_is_woken_needs_no_waking():
    assert asyncio.run(wake(Hub(RUNNING, COMPLETED), "r1.north.large.training")) is False


def test_a_watcher_that_goes_on_and_cannot_be_woken_is_an_error():
    with pytest.raises(Exception, match="is gone"):
        asyncio.run(wake(Hub(RUNNING, RUNNING), "r1.north.large.training"))
