"""What people see of a run on a terminal: progress bars, and tables at the end."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.result import RunResult
from shared.lake import QualityReport
from shared.runs.registry import Registry

SHOWN_FAILURES = 20
SHOWN_WARNINGS = 5


class ProgressBars:
    """A watcher with a progress bar per phase."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[what]}"), console=console,
        )  # fmt: skip
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing."""
        self._progress.stop()

    def phase(self, name: str, total: int) -> None:
        """Begin a bar."""
        self._task = self._progress.add_task(name, total=total, what="")

    def advance(self, what: str) -> None:
        """Move the bar on."""
        assert self._task is not None, "a phase begins first"
        self._progress.update(self._task, advance=1, what=what)

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text)


def market_table(result: RunResult) -> Table:
    """Accuracy and rows per market."""
    table = _table(
        "Forecasts per market",
        ["Market"],
        [
            "MAPE",
            "Hist. avg",
            "Reduction",
            "RMSE 0",
            "RMSE All",
            "WAPE",
            "Rows in",
            "= scored",
            "+ quarantined",
        ],
    )
    totals = {k: sum(c[k] for c in result.rows.values()) for k in ("rows_in", "scored", "quarantined")}
    for entry in result.markets:
        counts = result.rows.get(entry["market"], totals)
        table.add_row(
            entry["market"], _share(entry["mape"]), _share(entry["baseline_mape"]), _share(entry["reduction"]),
            _number(entry["rmse_zero"]), _number(entry["rmse_all"]), _share(entry["wape"]),
            *(str(counts[k]) for k in ("rows_in", "scored", "quarantined")),
            end_section=entry is result.markets[-2] if len(result.markets) > 1 else False,
        )  # fmt: skip
    return table


def slot_table(result: RunResult, floors: Mapping[tuple[str, str, str], float] | None = None) -> Table:
    """Accuracy per slot, beside the noise floor where it is known, and what serves."""
    floor_title = ["Noise floor"] if floors is not None else []
    table = _table(
        "Model slots", ["Market", "Format", "Velocity"],
        ["MAPE", *floor_title, "Hist. avg", "Seasonal", "Reduction", "Serves"],
    )  # fmt: skip
    for entry in result.slots[:-1]:
        slot = (entry["market"], entry["format"], entry["velocity"])
        floor = [_share(floors.get(slot))] if floors is not None else []
        table.add_row(
            *slot, _share(entry["mape"]), *floor, _share(entry["baseline_mape"]), _share(entry["seasonal_mape"]),
            _share(entry["reduction"]), _serves(result.serving.get(slot)),
        )  # fmt: skip
    return table


def quality_table(quality: QualityReport) -> Table:
    """What became of the rows of every source."""
    columns = ["Files", "Rows in", "= accepted", "+ rejected", "+ superseded", "Orphans among accepted"]
    table = _table("What became of every delivered row", ["Source"], columns)
    table.add_column("Rejected why")
    table.add_column("Repaired")
    for source, counts in quality.sources.items():
        table.add_row(
            source, str(counts.files), str(counts.rows_in), str(sum(counts.accepted.values())),
            str(sum(counts.rejected.values())), str(counts.superseded), str(sum(counts.orphaned.values())),
            _reasons({**counts.rejected, **{f"whole file {k}": n for k, n in counts.refused.items()}}),
            _reasons(counts.repaired),
        )  # fmt: skip
    return table


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))


def _print_quality(console: Console, quality: QualityReport) -> None:
    console.print(quality_table(quality))
    for table, counts in quality.tables.items():
        if counts.superseded or counts.repeated:
            console.print(
                f"{table}: {counts.superseded} values corrected by later files, {counts.repeated} repeated"
            )
    for table, warnings in quality.warnings.items():
        shown = "; ".join(warnings[:SHOWN_WARNINGS])
        more = f"; and {len(warnings) - SHOWN_WARNINGS} more" if len(warnings) > SHOWN_WARNINGS else ""
        if warnings:
            console.print(f"{table}: {shown}{more}")


def model_table(registry: Registry, environment: str) -> Table:
    """Every slot and baseline in the registry, with its newest version."""
    columns = ["Environment", "Market Region", "Format", "Models", "Subdivision", "Description"]
    table = _table("Models", columns, [])
    for slot in registry.slots():
        newest = registry.versions(slot)[-1]
        tags, serving = newest.tags, registry.serving(slot)
        if tags["kind"] == "ensemble":
            state = f"v{serving.version} serves" if serving else f"none serves: {tags['reason']}"
            told = (
                "Ensemble",
                f"{tags['velocity'].title()} moving",
                f"LASSO and network with embeddings; {state}",
            )
        else:
            told = (
                "Historical average",
                "All",
                f"Baseline, and what serves where no ensemble does; v{newest.version}",
            )
        table.add_row(environment, tags["market"], tags["format"].title(), *told)
    return table


def print_result(console: Console, result: RunResult) -> None:
    """Print where things lie, what failed, and the tables."""
    _print_quality(console, result.quality)
    console.print(market_table(result))
    if result.left_out:
        console.print(f"{result.left_out} shipment rows are of markets that the profile leaves out")
    served = pd.Series([str(s["version"] is not None) for s in result.serving.values()]).value_counts()
    console.print(
        f"Slots served by their ensemble: {served.get('True', 0)}, by the baseline: {served.get('False', 0)}"
    )
    _print_failures(console, result.failures)
    console.print(f"Forecasts, orders, evaluation and summary: {result.folder}")


def _print_failures(console: Console, failures: Sequence[str]) -> None:
    for failure in failures[:SHOWN_FAILURES]:
        console.print(f"[red]failed[/red] {failure}")
    if len(failures) > SHOWN_FAILURES:
        console.print(f"and {len(failures) - SHOWN_FAILURES} more: see summary.json")


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in left:
        table.add_column(name)
    for name in right:
        table.add_column(name, justify="right")
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _serves(serving: Mapping[str, Any] | None) -> str:
    if serving is None or serving["version"] is None:
        return f"baseline: {serving['reason']}" if serving else "baseline"
    return f"ensemble v{serving['version']}"
