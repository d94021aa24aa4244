"""What importing the adapter costs a Function app."""

import subprocess
import sys

from shared.adapters.azureml import Workspace
from shared.settings import ROOT, Settings
from tests.shared.adapters.fake_azureml import FakeCredential

LOADED = "import sys, shared.adapters.azureml; print([m for m in sys.modules if m.split('.')[0] == 'azure'])"


def test_importing_it_loads_no_azure_sdk():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_workspace_is_that_of_the_settings():
    settings = Settings.read(
        {
            "SHELFCAST_ENVIRONMENT": "prod",
            "LakeStorage__blobServiceUri": "https://lake.blob.core.windows.net",
            "SHELFCAST_LEDGER_URL": "mssql+mssqlpython://server/ledger",
            "AZURE_ML_SUBSCRIPTION_ID": "s",
            "AZURE_ML_RESOURCE_GROUP": "g",
            "AZURE_ML_WORKSPACE": "w",
        }
    )
    workspace = Workspace.of(settings, FakeCredential())
    assert workspace.arm_id == (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
    )
