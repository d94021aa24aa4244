"""What `python -m local up` shows while it runs: files, runs, cells, jobs, errors. How it is gathered is here, too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.durable import InstanceStatus, RuntimeStatus
from local.host import Host
from local.jobs.queue import Queue

RUN, CELL = "weekly_run", "cell_run"
ENDED = tuple(status for status in RuntimeStatus if status.ended)
GOING_ON = tuple(status for status in RuntimeStatus if not status.ended)
ALL_LOOKS = 15


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """How things stand.

    Attributes
    ----------
    files : dict
        Number of deliveries of files: done, waiting, poison.
    runs : dict
        Of each run that goes on, the number of its cells by state.
    ended : dict
        How each run that has ended came out.
    jobs : dict
        Number of jobs by state.
    """

    files: Mapping[str, int]
    runs: Mapping[str, Mapping[str, int]]
    ended: Mapping[str, str]
    jobs: Mapping[str, int]
    errors: Sequence[str] = field(default_factory=tuple)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is shown: a title and a text each."""
        runs = [(f"Run {run}", f"cells: {_counted(cells)}") for run, cells in self.runs.items()]
        ended = [(f"Run {run}", how) for run, how in list(self.ended.items())[-3:]]
        files = _counted({_FILES.get(state, state): n for state, n in self.files.items()})
        errors = [("Error", error) for error in self.errors]
        return [("Files", files), *ended, *runs, ("Jobs", _counted(self.jobs)), *errors]


_FILES = {"done": "conditioned", "waiting": "pending", "poison": "given up"}


class Observer:
    """Gathers how things stand.

    All runs that ever ended are read only now and then, and when one that went on has ended.
    """

    def __init__(self, host: Host, jobs: Queue) -> None:
        self._host, self._jobs = host, jobs
        self._looks = 0
        self._going_on: set[str] = set()
        self._ended: dict[str, str] = {}

    def look(self) -> Snapshot:
        """Gather it."""
        engine, receipts = self._host.engine, self._host.receipts
        runs = {s.instance_id for s in engine.instances(statuses=GOING_ON) if s.name == RUN}
        if self._looks % ALL_LOOKS == 0 or self._going_on - runs:
            found = engine.instances(statuses=ENDED)
            self._ended = {s.instance_id: _how(s) for s in found if s.name == RUN}
        self._looks, self._going_on = self._looks + 1, runs
        return Snapshot(
            files=receipts.counts(),
            runs={run: _cells(self._host, run) for run in sorted(runs)},
            ended=self._ended,
            jobs=self._jobs.counts(),
            errors=[f"{e['path']}: {e['error']}" for e in receipts.last_errors(3)],
        )


class Display:
    """Shows snapshots: in place on a terminal, elsewhere a line for each thing that changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._shown: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Start drawing."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing."""
        if self._live:
            self._live.stop()

    def note(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(text, highlight=False, markup=False)

    def show(self, snapshot: Snapshot) -> None:
        """Show how things stand now."""
        lines = dict(snapshot.lines)
        if self._live:
            self._live.update(_table(lines), refresh=True)
            return
        for title, text in lines.items():
            if self._shown.get(title) != text:
                self.note(f"{title}: {text}")
        self._shown = lines


def _cells(host: Host, run: str) -> Counter[str]:
    cells = [status for status in host.engine.instances(f"{run}.") if status.name == CELL]
    return Counter(_how(cell) if cell.runtime_status.ended else "running" for cell in cells)


def _how(status: InstanceStatus) -> str:
    """Return how an instance ended, in the app's word if it said one."""
    told = status.output.get("status") if isinstance(status.output, dict) else None
    return str(told or status.runtime_status.value.lower())


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(numbers.items())) or "none"


def _table(lines: Mapping[str, str]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for title, text in lines.items():
        table.add_row(title, text)
    return table
