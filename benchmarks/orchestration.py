"""What orchestrating costs: a run of 14 and of 140 markets in virtual time, and jobs that take ten times as long.

    python -m benchmarks.orchestration [--markets 14 140]

The app's real orchestrators and activities run, with the real registry, publication and ledger; only the jobs pretend,
and only the clock jumps. Cost that is linear shows as the same figure per cell, whatever the number of cells.
"""

import argparse
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.durable import InstanceStatistics
from local.jobs.simulated import Script, Scripts, usual
from local.rehearsal import Rehearsal

WEEKS = 3
RUN = "bench"
WAITS = (2, 20)
"""Hours that each job takes in the second comparison."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a run cost; `events` and `history_bytes` over all its instances, `longest` the longest history replayed."""

    cells: int
    seconds: float
    virtual_hours: float
    events: int
    replayed: int
    history_bytes: int
    longest: int

    def line(self, label: str) -> str:
        """Return the cost per cell as a line of the table."""
        return (
            f"{label:<26}{self.cells:>6}{self.virtual_hours:>10.1f}{self.seconds:>9.1f}"
            f"{1000 * self.seconds / self.cells:>9.0f}{self.events / self.cells:>9.0f}"
            f"{self.replayed / self.cells:>10.0f}{self.history_bytes / self.cells / 1024:>10.1f}{self.longest:>9}"
        )


HEADER = (
    f"{'run':<26}{'cells':>6}{'virtual h':>10}{'wall s':>9}{'ms/cell':>9}{'ev/cell':>9}{'replayed':>10}"
    f"{'KiB/cell':>10}{'longest':>9}"
)


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 = cost grows faster than cells and waiting do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markets", type=int, nargs="+", default=[14, 140])
    options = parser.parse_args(argv)
    print(HEADER)
    by_cells = [_show(f"{markets} markets", markets, usual) for markets in options.markets]
    by_wait = [_show(f"jobs of {hours} hours", options.markets[0], _taking(hours)) for hours in WAITS]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {memory:.0f} MiB")
    return 0 if _linear(by_cells, by_wait) else 1


def _taking(hours: float) -> Scripts:
    return lambda request: Script(queue_seconds=60, run_seconds=3600 * hours)


def _show(label: str, markets: int, scripts: Scripts) -> Cost:
    cost = measure(markets, scripts)
    print(cost.line(label), flush=True)
    return cost


def measure(markets: int, scripts: Scripts) -> Cost:
    """Run a company once and return what that cost."""
    with TemporaryDirectory(prefix="orchestration-") as folder:
        settings = {"SHELFCAST_RUN_LIMIT_MINUTES": "6000"}
        rehearsal = Rehearsal(Path(folder), markets=markets, scripts=scripts, settings=settings)
        try:
            for _ in range(WEEKS):
                rehearsal.deliver_week()
            began, virtually = time.perf_counter(), rehearsal.clock.now()
            summary = rehearsal.run(RUN)
            seconds = time.perf_counter() - began
            assert summary.cells == {"published": 2 * markets}, summary.failures[:3]
            hours = (rehearsal.clock.now() - virtually).total_seconds() / 3600
            return _cost(rehearsal.engine.statistics(RUN), 2 * markets, seconds, hours)
        finally:
            rehearsal.close()


def _cost(instances: list[InstanceStatistics], cells: int, seconds: float, hours: float) -> Cost:
    return Cost(
        cells=cells,
        seconds=seconds,
        virtual_hours=hours,
        events=sum(each.events for each in instances),
        replayed=sum(each.replayed_events for each in instances),
        history_bytes=sum(each.history_bytes for each in instances),
        longest=max(each.longest for each in instances),
    )


def _linear(by_cells: list[Cost], by_wait: list[Cost]) -> bool:
    """Whether replayed events per cell stay the same with more cells, and grow no faster than the wait."""
    per_cell = [cost.replayed / cost.cells for cost in (*by_cells, *by_wait)]
    few, many = per_cell[0], per_cell[len(by_cells) - 1]
    short, long = per_cell[-2:]
    return many <= 1.2 * few and long <= WAITS[1] / WAITS[0] * short


if __name__ == "__main__":
    sys.exit(main())
