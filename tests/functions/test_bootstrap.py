"""The composition root: what the settings name is connected, and no twin stands in where the app is deployed."""

import pytest

from functions.bootstrap import NoCatalogue, connect
from local.jobs.simulated import SimulatedJobs
from local.memory import MemoryStore
from shared.adapters.azureml import AzureMLCatalogue, AzureMLJobs
from shared.errors import SettingsError
from shared.settings import Settings

LOCAL = {"SHELFCAST_ENVIRONMENT": "local", "LakeStorage": "x", "SHELFCAST_LEDGER_URL": "sqlite://"}
AZURE_ML = {
    "AZURE_ML_SUBSCRIPTION_ID": "s",
    "AZURE_ML_RESOURCE_GROUP": "g",
    "AZURE_ML_WORKSPACE": "w",
    "AZURE_ML_COMPUTE": "gpu-cluster",
}
PROD = {
    **AZURE_ML,
    "SHELFCAST_ENVIRONMENT": "prod",
    "LakeStorage__blobServiceUri": "https://lake.blob.core.windows.net",
    "SHELFCAST_LEDGER_URL": "mssql+mssqlpython://server/ledger",
}


def twin(store):
    return SimulatedJobs(store, lambda: 0.0)


def test_on_one_machine_a_twin_runs_the_jobs():
    store = MemoryStore()
    jobs = twin(store)
    own = connect(Settings.read(LOCAL), store=store, jobs=jobs)
    assert own.jobs is jobs
    assert isinstance(own.catalogue, NoCatalogue)


def test_with_a_workspace_azure_ml_does():
    own = connect(Settings.read({**LOCAL, **AZURE_ML}), store=MemoryStore())
    assert isinstance(own.jobs, AzureMLJobs)
    assert own.jobs.compute == "gpu-cluster"
    assert isinstance(own.catalogue, AzureMLCatalogue)


@pytest.mark.parametrize("what", ["store", "jobs"])
def test_a_deployed_environment_refuses_a_twin(what):
    store = MemoryStore()
    given = {"store": store} if what == "store" else {"jobs": twin(store)}
    with pytest.raises(SettingsError, match=r"prod; only the local environment may"):
        connect(Settings.read(PROD), **given)


def test_without_a_workspace_or_a_twin_it_says_what_to_do():
    with pytest.raises(SettingsError, match=r"AZURE_ML_WORKSPACE.*local up"):
        connect(Settings.read(LOCAL), store=MemoryStore())
