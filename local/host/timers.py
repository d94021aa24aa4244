"""Runs timer triggers. When a schedule's next time is, is in local.host.ncrontab.

A run that was missed while the host was down is made up for, once, unless the trigger has no monitor.
"""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from azure.functions.meta import Datum

from local.host.errors import FunctionFailed
from local.host.invocations import Invocation
from local.host.ncrontab import Schedule, resolve_settings
from local.host.options import HostOptions
from local.host.receipts import Receipts, TimerState
from local.host.registry import Function, of_kind
from local.host.workers import Workers

LOG = logging.getLogger(__name__)
SLEEP_SECONDS_MOST = 5.0
LATE_SECONDS = 1.0


class TimerTriggers:
    """The timer triggers of an app at work; raises HostError where a schedule is wrong."""

    def __init__(
        self, functions: Mapping[str, Function], options: HostOptions, receipts: Receipts, workers: Workers
    ) -> None:
        self._receipts, self._workers = receipts, workers
        self._timers = {
            f.name: (f, Schedule.parse(resolve_settings(str(f.trigger["schedule"]), options.settings)))
            for f in of_kind(functions, "timerTrigger")
        }

    async def run(self) -> None:
        """Run every timer when its time has come."""
        await asyncio.gather(
            *(self._keep(function, schedule) for function, schedule in self._timers.values())
        )

    async def run_now(self, name: str) -> None:
        """Run a timer out of turn; raises FunctionFailed."""
        function, schedule = self._timers[name]
        state = self._receipts.timer(name) or _begin(schedule)
        await self._invoke(function, state, past_due=False)

    def times(self) -> dict[str, str]:
        """Return when each timer runs next."""
        found = {name: self._receipts.timer(name) for name in self._timers}
        return {name: _text(state.next) for name, state in found.items() if state}

    async def _keep(self, function: Function, schedule: Schedule) -> None:
        state = self._resume(function, schedule)
        if function.trigger.get("runOnStartup"):
            await self._fire(function, state)
        while True:
            left = state.next - time.time()
            if left > 0:
                await asyncio.sleep(min(left, SLEEP_SECONDS_MOST))
                continue
            await self._fire(function, state)
            state = TimerState(
                schedule=schedule.text,
                last=time.time(),
                next=schedule.after(datetime.now(UTC)).timestamp(),
            )
            self._receipts.set_timer(function.name, state)

    def _resume(self, function: Function, schedule: Schedule) -> TimerState:
        known = self._receipts.timer(function.name)
        monitored = function.trigger.get("useMonitor") is not False
        if known is None or known.schedule != schedule.text or not monitored:
            known = _begin(schedule)
            self._receipts.set_timer(function.name, known)
        return known

    async def _fire(self, function: Function, state: TimerState) -> None:
        try:
            await self._invoke(function, state, past_due=time.time() - state.next > LATE_SECONDS)
        except FunctionFailed as exc:
            LOG.error("%s failed: %s\n%s", function.name, exc, exc.trace)

    async def _invoke(self, function: Function, state: TimerState, *, past_due: bool) -> None:
        told = {
            "IsPastDue": past_due,
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": _text(state.last or 0.0),
                "Next": _text(state.next),
                "LastUpdated": _text(state.last or 0.0),
            },
        }
        name = str(function.trigger["name"])
        invocation = Invocation(function=function.name, inputs={name: Datum(json.dumps(told), "json")})
        await asyncio.wrap_future(self._workers.submit(invocation))


def _begin(schedule: Schedule) -> TimerState:
    return TimerState(schedule=schedule.text, last=None, next=schedule.after(datetime.now(UTC)).timestamp())


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
