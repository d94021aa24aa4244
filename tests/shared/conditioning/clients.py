"""Small client profiles, and files to condition with them."""

import csv
from pathlib import Path
from typing import Any

from shared.conditioning import Conditioned, Limits, condition_file
from shared.profile import Profile

SHIPMENTS = {
    "week_start": {"from": "week"},
    "store_id": {"from": "store"},
    "product_id": {"from": "product"},
    "units_shipped": {"from": "units"},
}
HEADER = "week,store,product,units\n"
TIGHT = Limits(block_bytes=64, buffer_bytes=256, partition_bytes=512, threads=2)
"""Limits so tight that a few rows are cut, spilled and merged."""


def source(table: str = "shipments", columns: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A source's block as the YAML would have it."""
    return {
        "files": ["*"],
        "format": {"type": "delimited"},
        "table": table,
        "columns": SHIPMENTS if columns is None else columns,
        **more,
    }


def client(shipments: dict[str, Any] | None = None, *, folder: Path = Path(), **calendar: Any) -> Profile:
    """A client whose source `it` is the one given; the others are only there to make it whole."""
    stores = source("stores", {"store_id": {"from": "id"}, "market": {"constant": "North"}})
    products = source("products", {"product_id": {"from": "id"}, "category": {"constant": "juice"}})
    return Profile.model_validate(
        {
            "client": "Test",
            "version": 1,
            "calendar": calendar,
            "formats": {"by": "assortment"},
            "sources": {
                "stores": stores,
                "products": products,
                "always": source(),
                "it": shipments or source(),
            },
            "folder": folder,
        }
    )


def condition(
    content: bytes | str | Path, folder: Path, profile: Profile | None = None, limits: Limits | None = None
) -> Conditioned:
    """Condition some bytes as the source `it`."""
    raw = content if isinstance(content, Path) else folder / "raw.bin"
    if not isinstance(content, Path):
        raw.write_bytes(content.encode() if isinstance(content, str) else content)
    return condition_file(
        profile or client(),
        "it",
        raw,
        name="raw/it/a.csv",
        workspace=folder / "work",
        limits=limits or Limits(),
    )


def read_rows(path: Path | None) -> list[dict[str, str]]:
    """Read a CSV file as any other program would."""
    if path is None:
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def accepted(done: Conditioned) -> list[dict[str, str]]:
    """The accepted rows of all parts."""
    return [row for part in done.deltas for row in read_rows(part.path)]


def reasons(done: Conditioned) -> dict[int, str]:
    """Why each rejected row was rejected."""
    return {int(row["row"]): row["reason"] for row in read_rows(done.rejects)}


def everything(done: Conditioned) -> dict[str, bytes]:
    """The bytes of all that came out."""
    paths = [*(part.path for part in done.deltas), done.rejects, done.superseded]
    return {path.name: path.read_bytes() for path in paths if path is not None}
