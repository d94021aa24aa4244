"""How long it takes to rebuild a lost ledger from the lake: ``python -m benchmarks.restore``.

A company lives through some weeks in virtual time; then its ledger is written anew from the lake, and once more over
itself. Compared with living through the weeks, in the same run.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from local.rehearsal import Rehearsal
from local.restore import Restored, restore
from monitor.ledger import Ledger


def main(argv: Sequence[str] | None = None) -> int:
    """Print what restoring took, in all and per cell of a run."""
    options = _parser().parse_args(argv)
    with TemporaryDirectory(prefix="restore-") as folder:
        company = Rehearsal(Path(folder), markets=options.markets)
        try:
            lived = _live(company, options.weeks)
            first, restored = _restore(company, Path(folder) / "new.db")
            again, _ = _restore(company, Path(folder) / "new.db")
        finally:
            company.close()
    cells = restored.ledger.cells
    print(
        f"{options.markets} markets, {options.weeks} weeks: {cells} turns of cells, {restored.ledger.models} models"
    )
    print(f"the weeks in virtual time {lived:8.1f} s   {1e3 * lived / cells:7.1f} ms per turn")
    print(
        f"restored                  {first:8.1f} s   {1e3 * first / cells:7.1f} ms per turn   {first / lived:.2f}"
    )
    print(
        f"restored over itself      {again:8.1f} s   {1e3 * again / cells:7.1f} ms per turn   {again / lived:.2f}"
    )
    return 0


def _live(company: Rehearsal, weeks: int) -> float:
    began = time.perf_counter()
    for number in range(weeks):
        company.deliver_week()
        company.run(f"week-{number}")
    return time.perf_counter() - began


def _restore(company: Rehearsal, path: Path) -> tuple[float, Restored]:
    ledger = Ledger(f"sqlite:///{path}")
    began = time.perf_counter()
    done = restore(company.edges.lake, company.edges.registry, ledger)
    ledger.close()
    return time.perf_counter() - began, done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore", description=__doc__)
    parser.add_argument("--markets", type=int, default=14)
    parser.add_argument("--weeks", type=int, default=4)
    return parser


if __name__ == "__main__":
    sys.exit(main())
