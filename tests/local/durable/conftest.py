"""A small app of real decorated orchestrators, and a hub that plays them in virtual time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from local.durable import Engine, VirtualClock, orchestrators_of

Body = Callable[[df.DurableOrchestrationContext], Any]


def handles(*bodies: Body) -> dict[str, Callable[[str], str]]:
    """Decorate generator functions as an app does, and return their handles by name."""
    app = df.DFApp()
    for body in bodies:
        app.orchestration_trigger(context_name="context")(body)
    return dict(orchestrators_of(app.get_functions()))


class Activities:
    """Runs the activities of a test, and keeps the calls."""

    def __init__(self, **functions: Callable[[Any], Any]) -> None:
        self.functions = functions
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, name: str, value: Any) -> Any:
        self.calls.append((name, value))
        return self.functions[name](value) if name in self.functions else f"{name}({value})"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def hub(tmp_path: Path, clock: VirtualClock) -> Iterator[Callable[..., Engine]]:
    """Make a hub of some orchestrators: ``hub(greet, activity=Activities(...))``; again with the same file."""
    opened: list[Engine] = []

    def make(*bodies: Body, activity: Any = None, file: str = "hub.db") -> Engine:
        engine = Engine(
            tmp_path / file, orchestrators=handles(*bodies), activity=activity or Activities(), clock=clock
        )
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        engine.close()
