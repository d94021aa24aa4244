"""A process with a hub that kills itself at a given statement of SQL; driven by test_killed."""

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df

from local.durable import Engine, InstanceEnded, RealClock
from tests.local.durable.conftest import handles

LANES, CELLS, EVENTS = 3, 9, 12
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=1, max_number_of_attempts=3)


def whole_run(context):
    """Run lanes of cells beside a collector of events."""
    lanes = [
        context.call_sub_orchestrator("lane", {"cell": n, "done": []}, f"run.lane{n}") for n in range(LANES)
    ]
    collector = context.call_sub_orchestrator("collector", [], "run.collector")
    *lanes, collected = yield context.task_all([*lanes, collector])
    return {"lanes": lanes, "collected": collected}


def lane(context):
    """One cell after the other, each in a generation of its own."""
    state = context.get_input()
    if state["cell"] >= CELLS:
        return state["done"]
    answer = yield context.call_sub_orchestrator("cell", state["cell"], f"run.cell{state['cell']}")
    context.continue_as_new({"cell": state["cell"] + LANES, "done": [*state["done"], answer]})


def cell(context):
    """Submit with retries, wait, poll."""
    name = f"cell{context.get_input()}"
    yield context.call_activity_with_retry("submit", RETRY, name)
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=2))
    return (yield context.call_activity("poll", name))


def collector(context):
    """Gather the events, whichever come twice, until all were there."""
    seen = context.get_input()
    number = yield context.wait_for_external_event("item")
    seen = sorted({*seen, number})
    if len(seen) == EVENTS:
        return seen
    context.continue_as_new(seen)


def activity(effects: Path):
    """Return a function that runs activities, and notes each call in a file; every third submission fails once."""

    def run(name: str, value: object) -> object:
        with effects.open("a") as file:
            file.write(f"{name} {value}\n")
        first = effects.read_text().count(f"{name} {value}\n") == 1
        if name == "submit" and first and str(value)[-1] in "036":
            raise ConnectionError("busy")
        return f"{value} done"

    return run


def main(folder: Path, statements: int | None) -> None:
    """Serve until the run has ended, or die at the given statement."""
    engine = Engine(
        folder / "hub.db",
        orchestrators=handles(whole_run, lane, cell, collector),
        activity=activity(folder / "effects.txt"),
        clock=RealClock(),
    )
    if statements is not None:
        _die_at(engine, statements)
    stop = threading.Event()
    hub = threading.Thread(target=engine.serve, args=(stop,))
    hub.start()
    _start_once(engine)
    _send_rest(engine, folder / "sent.txt")
    while not engine._found("run").runtime_status.ended:
        stop.wait(0.01)
    stop.set()
    hub.join()
    engine.close()


def _die_at(engine: Engine, statements: int) -> None:
    left = [statements]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine._store._db.set_trace_callback(count)


def _start_once(engine: Engine) -> None:
    if engine.status("run") is None:
        engine.start("whole_run", instance_id="run")


def _send_rest(engine: Engine, sent: Path) -> None:
    """Send the events that are not known to have been taken; one that is sent is noted after."""
    for number in range(len(sent.read_text()) if sent.exists() else 0, EVENTS):
        while engine.status("run.collector") is None:
            threading.Event().wait(0.005)
        try:
            engine.raise_event("run.collector", "item", number)
        except InstanceEnded:
            return
        with sent.open("a") as file:
            file.write("x")
