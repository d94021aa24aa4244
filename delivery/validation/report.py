"""What a stage of validation found: checks with their figures, as a table for people and as JSON for those who gate."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at; `found` says the figure, or what is wrong."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True, kw_only=True)
class StageReport:
    """A stage of one level or environment; `facts` are for machines."""

    stage: str
    of: str
    checks: Sequence[Check]
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check passed, and there was one."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def write(self, folder: Path) -> Path:
        """Write ``{stage}.json``."""
        path = folder / f"{self.stage}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"passed": self.passed, **asdict(self)}, indent=1, default=str) + "\n")
        return path


def check(name: str, faults: Sequence[str], found: str) -> Check:
    """Return a check that passed where there is no fault; `found` is said then, else the first faults."""
    if not faults:
        return Check(name=name, passed=True, found=found)
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    return Check(name=name, passed=False, found="; ".join(faults[:3]) + more)


def print_report(console: Console, report: StageReport) -> None:
    """Print the table, and in one line how it ended."""
    table = Table(title=f"{report.stage.capitalize()} validation, {report.of}", title_justify="left")
    for column in ("Check", "", "Found"):
        table.add_column(column, overflow="fold")
    for each in report.checks:
        mark = "passed" if each.passed else "FAILED"
        table.add_row(each.name, mark, each.found, style=None if each.passed else "red")
    console.print(table)
    failed = [each for each in report.checks if not each.passed]
    ended = f"failed: {', '.join(each.name for each in failed)}" if failed else "passed"
    console.print(f"{report.stage} {ended} in {report.seconds:.1f} s", highlight=False, markup=False)
