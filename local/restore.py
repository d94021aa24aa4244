"""Puts back what was lost beside the lake: the run ledger, and the pointers to what serves and stands.

Works on a lake that has survived: a stopped system on this machine, or the environment that the settings name. What is
there already stays, so that it can be called again, and also tells whether anything was missing.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.bootstrap import connect
from local.host.holding import held
from local.stored import stored
from monitor.ledger import Ledger
from monitor.rebuild import Rebuilt, rebuild
from shared.errors import LakeError
from shared.lake import Lake
from shared.lake.layout import current_path
from shared.profile import load_profile
from shared.runs.audit import AuditLog
from shared.runs.lifecycle import BOOK
from shared.runs.published import restore_published
from shared.runs.recovery import past_runs, restore_pointers
from shared.runs.registry import Registry
from shared.schemas import TABLES
from shared.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was put back.

    Attributes
    ----------
    pointers : tuple of str
        Paths of the pointers that were missing.
    """

    pointers: tuple[str, ...]
    ledger: Rebuilt


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the lake is and where its ledger is to be."""

    lake: Lake
    registry: Registry
    ledger: Ledger


@contextmanager
def here(folder: Path, profile: Path) -> Iterator[Place]:
    """Open the system below a folder of this machine.

    Raises
    ------
    ShelfcastError
        If it is up, or there is none.
    """
    if not folder.is_dir():
        raise LakeError(
            f"there is no folder {folder}; name the one that `up`, `run` or `demo` keeps its lake in"
        )
    with held(folder), stored(folder) as store:
        described = load_profile(profile)
        ledger = Ledger(
            f"sqlite:///{folder / 'ledger.sqlite'}",
            fiscal_year_start_month=described.calendar.fiscal_year_start_month,
            stale_after_days=described.retraining.stale_after_days,
        )
        try:
            yield Place(lake=Lake(store, described), registry=Registry(store), ledger=ledger)
        finally:
            ledger.close()


@contextmanager
def deployed() -> Iterator[Place]:
    """Open the environment that the settings of the app name; raises SettingsError."""
    edges = connect(Settings.read(os.environ))
    try:
        yield Place(lake=edges.lake, registry=edges.registry, ledger=edges.ledger)
    finally:
        edges.ledger.close()


def restore(
    lake: Lake, registry: Registry, ledger: Ledger, *, advance: Callable[[str], None] = lambda run: None
) -> Restored:
    """Restore pointers, then the ledger.

    Parameters
    ----------
    advance : callable
        Called with the name of each run that was read, and again when it is written.

    Raises
    ------
    LakeError
        If the lake has neither receipts nor runs: there is nothing to restore from.
    LedgerUnavailable
        If the database cannot be reached.
    """
    runs = past_runs(lake.store)
    if not runs and not lake.all_receipts():
        raise LakeError("the lake has neither receipts nor runs; restore its raw files, then replay them")
    pointers = _restore_tables(lake)
    pointers += restore_pointers(lake.store, registry, runs, advance=advance)
    pointers += filter(None, (AuditLog(lake.store, BOOK).restore_end(), restore_published(lake.store)))
    return Restored(pointers=tuple(pointers), ledger=rebuild(lake, registry, ledger, runs, advance=advance))


def _restore_tables(lake: Lake) -> list[str]:
    """Publish the tables again where a pointer to a current version is missing."""
    before = {path for path in map(current_path, TABLES) if lake.store.stat(path)}
    if len(before) == len(TABLES):
        return []
    lake.materialise()
    return [path for path in map(current_path, TABLES) if lake.store.stat(path) and path not in before]
