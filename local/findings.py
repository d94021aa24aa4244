"""What people see of the planted defects on a terminal. How they are compared is in `local.simulation.audit`."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from local.simulation.audit import Finding


def defect_table(findings: Sequence[Finding]) -> Table:
    """Show every kind of defect of every source, planted and found."""
    table = Table(title="Planted defects", title_justify="left")
    table.add_column("Kind")
    table.add_column("Planted", justify="right")
    table.add_column("Found", justify="right")
    table.add_column("Where")
    for finding in findings:
        table.add_row(
            finding.kind, str(finding.planted), str(finding.found), _where(finding),
            style=None if finding.exact else "red",
        )  # fmt: skip
    return table


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print the table, then every difference, or that there is none."""
    console.print(defect_table(findings))
    if any(len(finding.kinds) > 1 for finding in findings):
        console.print(
            "Kinds joined by + end in the same place for the same reason, and are counted together."
        )
    differing = [finding for finding in findings if not finding.exact]
    for finding in differing:
        console.print(
            f"{finding.source}: {finding.kind}: {finding.planted} planted, {finding.found} found, "
            f"in {', '.join(finding.differing)}",
            style="red",
            markup=False,
        )
    if not differing:
        kinds = {kind for finding in findings for kind in finding.kinds}
        console.print(f"all {len(kinds)} kinds found in exact numbers")


def _where(finding: Finding) -> str:
    return f"{finding.source}: {finding.found_in}{finding.reason and f', {finding.reason}'}"
