"""Which cells a run has, and how many shipment rows are in them. Which models a cell has: shared.plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.cells import CellTask
from shared.errors import RowsLost, ShelfcastError
from shared.plan import chosen_cells
from shared.profile import Profile
from training.dataset import Tables, in_clusters, read_tables
from training.steps.folders import write_json

CELL = ["market", "format"]


@dataclass(frozen=True, kw_only=True)
class CellPlan:
    """The cells of a run; `left_out` counts the shipment rows of markets that the profile does not name."""

    tasks: Sequence[CellTask]
    shipment_rows: int
    left_out: int


def plan_cells(profile: Profile, profile_path: Path, root: Path, versions: dict[str, str]) -> CellPlan:
    """Plan a task per cell of the profile's markets that has shipments.

    Raises
    ------
    RowsLost
        If a store has no market or no format, and so would be in no cell.
    ShelfcastError
        If no market of the profile has shipments.
    """
    tables = in_clusters(read_tables(root / "conditioned", versions), profile.clusters)
    rows = shipment_rows(tables)
    chosen = chosen_cells(sorted(rows), profile)
    if not chosen:
        raise ShelfcastError(f"none of {profile.markets} has shipments; {sorted({m for m, _ in rows})} have")
    work = root / "work"
    write_json(work / "versions.json", versions)
    in_plan = sum(rows[cell] for cell in chosen)
    return CellPlan(
        tasks=[_task(cell, profile_path, root, work) for cell in chosen],
        shipment_rows=in_plan,
        left_out=len(tables.shipments) - in_plan,
    )


def shipment_rows(tables: Tables) -> dict[tuple[str, str], int]:
    """Count the shipment rows of each cell that has any.

    Raises
    ------
    RowsLost
        If a store has no market or no format.
    """
    stores = tables.stores[["store_id", *CELL]]
    homeless = stores.loc[stores[CELL].isna().any(axis=1), "store_id"]
    if len(homeless):
        raise RowsLost(f"{len(homeless)} stores have no market or no format, such as {homeless.iloc[0]}")
    placed = tables.shipments[["store_id"]].astype("str").merge(stores, on="store_id")
    counted = placed.groupby(CELL, as_index=False).size()
    return {(market, form): int(n) for market, form, n in counted.itertuples(index=False)}


def _task(cell: tuple[str, str], profile: Path, root: Path, work: Path) -> CellTask:
    market, form = cell
    return CellTask(
        market=market,
        format=form,
        profile=profile,
        conditioned=root / "conditioned",
        versions=work / "versions.json",
        work=work,
        models=root / "models",
    )
