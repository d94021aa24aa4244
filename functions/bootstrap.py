"""The composition root: connects the edges that the functions work with, once per process, when they are first needed.

On one machine a twin may stand in for Azure ML, and a folder for the storage; a deployed environment refuses them.
Tables and databases are imported with the first connection: indexing the app, and orchestrators, need none of them.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.errors import LedgerUnavailable, SettingsError
from shared.ports import BlobStore, Jobs, ModelCatalogue, ModelVersion
from shared.profile import Profile, load_profile
from shared.settings import ROOT, Settings

if TYPE_CHECKING:
    from monitor.ledger import Ledger
    from shared.lake import Lake
    from shared.runs.registry import Registry

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Everything outside the domain that a function may need."""

    settings: Settings
    lake: "Lake"
    registry: "Registry"
    jobs: Jobs
    catalogue: ModelCatalogue
    ledger: "Ledger"


_given: list[Edges] = []


def edges() -> Edges:
    """Return the edges of this process; raises SettingsError, see connect."""
    return _given[0] if _given else _connected()


def use(own: Edges | None) -> None:
    """Work with these edges from now on; None: those of the settings."""
    _given[:] = [own] if own else []


@cache
def _connected() -> Edges:
    return connect(Settings.read(os.environ))


def connect(own: Settings, *, store: BlobStore | None = None, jobs: Jobs | None = None) -> Edges:
    """Connect what the settings name.

    Parameters
    ----------
    store, jobs : optional
        Twins that stand in for the storage and for Azure ML, on one machine.

    Raises
    ------
    SettingsError
        If a twin is given where the app is deployed, or nothing runs jobs.
    """
    from shared.lake import Lake
    from shared.runs.registry import Registry

    if own.deployed and (store or jobs):
        raise SettingsError(
            f"a twin stands in for a service of {own.environment}; only the local environment may"
        )
    store = store or _storage(own)
    profile = load_profile(ROOT / own.profile)
    runs, catalogue = (jobs, NoCatalogue()) if jobs else _azure_ml(own)
    return Edges(
        settings=own,
        lake=Lake(store, profile),
        registry=Registry(store),
        jobs=runs,
        catalogue=catalogue,
        ledger=_ledger(own, profile),
    )


def _ledger(own: Settings, profile: Profile) -> "Ledger":
    """Return the ledger with its tables made; where it is away just now, forecasts do not wait for it."""
    from monitor.ledger import Ledger

    ledger = Ledger(
        own.ledger_url,
        fiscal_year_start_month=profile.calendar.fiscal_year_start_month,
        stale_after_days=profile.retraining.stale_after_days,
    )
    try:
        ledger.create()
    except LedgerUnavailable as exc:
        LOG.error("the ledger is away: %s", exc)
    return ledger


def _storage(own: Settings) -> BlobStore:
    from shared.adapters.blob import AzureBlobStore

    return AzureBlobStore(connection_string=own.lake_connection, account_url=own.lake_uri)


def _azure_ml(own: Settings) -> tuple[Jobs, ModelCatalogue]:
    from shared.adapters.azureml import AzureMLCatalogue, AzureMLJobs, Workspace

    if not own.azure_ml_workspace:
        raise SettingsError("nothing runs jobs: set AZURE_ML_WORKSPACE, or start with `python -m local up`")
    workspace = Workspace.of(own)
    return AzureMLJobs(workspace=workspace, compute=own.azure_ml_compute), AzureMLCatalogue(
        workspace=workspace
    )


class NoCatalogue:
    """For one machine, where the registry in the lake is all there is."""

    def announce(self, model: ModelVersion) -> None:
        """Tell nobody."""

    def tag(self, model: ModelVersion, tags: Mapping[str, str]) -> None:
        """Tell nobody."""

    def announce_data(self, name: str, *, version: str, path: str, tags: Mapping[str, Any]) -> None:
        """Tell nobody."""
