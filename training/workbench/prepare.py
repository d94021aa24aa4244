"""Prepares the data of cells for experiments: the validate and the features step, one after the other.

What is left behind is what a run leaves in its work folder, so the panels of a finished run need no preparing.

{output}/{cell}/validate, {output}/{cell}/features
"""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import TrainingError
from shared.lake.layout import current_path
from shared.plan import Cell, cell_name, chosen_cells
from shared.profile import load_profile
from shared.schemas import TABLES
from training.dataset import in_clusters, read_tables
from training.panel import cells
from training.steps import features, validate
from training.steps.folders import read_json, write_json
from training.steps.program import StepReport

VERSIONS, PREVIOUS = "versions.json", "previous.json"
NEEDED = ("stores", "products", "shipments")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the data come from."""

    conditioned: Path
    versions: Mapping[str, str]
    profile: Path


def current_versions(lake: Path) -> dict[str, str]:
    """Return the current version of every table of a lake.

    Raises
    ------
    TrainingError
        If it has no stores, products or shipments.
    """
    pointers = {table: lake / current_path(table) for table in TABLES}
    found = {table: str(read_json(path)["version"]) for table, path in pointers.items() if path.exists()}
    missing = [table for table in NEEDED if table not in found]
    if missing:
        raise TrainingError(
            f"{lake} has no current version of {', '.join(missing)}. Give the folder of a lake that a run has "
            "filled, such as build/demo/lake after 'make demo'."
        )
    return found


def find_cells(source: Source, *, market: str | None, format: str | None) -> list[Cell]:
    """Return the cells of the profile's markets, of one market or format where given.

    Raises
    ------
    TrainingError
        If there is none.
    """
    profile = load_profile(source.profile)
    tables = in_clusters(read_tables(source.conditioned, source.versions), profile.clusters)
    known = chosen_cells(cells(tables), profile)
    chosen = [(m, f) for m, f in known if market in (None, m) and format in (None, f)]
    if not chosen:
        names = "; ".join(f"{m} / {f}" for m, f in known)
        raise TrainingError(f"no cell {market or '*'} / {format or '*'}. There are: {names}")
    return chosen


def prepare_cells(source: Source, chosen: Sequence[Cell], output: Path) -> Iterator[tuple[Cell, StepReport]]:
    """Prepare cells; yields each with the report of its features step, or of the step that failed."""
    write_json(output / VERSIONS, dict(source.versions))
    write_json(output / PREVIOUS, {})
    for cell in chosen:
        yield cell, _prepare(source, cell, output)


def _prepare(source: Source, cell: Cell, output: Path) -> StepReport:
    folder = output / cell_name(*cell)
    asked = Namespace(
        conditioned=source.conditioned, versions=output / VERSIONS, profile=source.profile,
        market=cell[0], format=cell[1], output=folder / "validate",
    )  # fmt: skip
    validated = validate.STEP.run(asked)
    if validated.status == "failed":
        return validated
    return features.STEP.run(
        Namespace(validated=asked.output, previous=output / PREVIOUS, output=folder / "features")
    )
