"""Copies zones of a lake to a folder of plain files, for those who work on files: the workbench, people."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.errors import ShelfcastError
from shared.ports import BlobStore

ZONES = ("conditioned", "predictions", "quarantine", "runs", "work")


def download(store: BlobStore, out: Path, zones: Sequence[str], *, advance: Callable[[str], None]) -> int:
    """Copy the blobs of some zones below a folder, by their paths; returns their number.

    Files that are there are replaced. Raises ShelfcastError where the zones hold nothing.
    """
    paths = [blob.path for zone in zones for blob in store.list(f"{zone}/")]
    if not paths:
        raise ShelfcastError(
            f"nothing lies in {', '.join(zones)}. Run first, or name another zone or --lake."
        )
    for path in paths:
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with store.open(path) as blob, target.open("wb") as file:
            shutil.copyfileobj(blob, file)
        advance(path)
    return len(paths)
