"""Azure ML behind the ports Jobs and ModelCatalogue. Who runs jobs on one machine is not here (local/jobs).

Importing this package loads no Azure SDK: azure.ai.ml takes a second and 100 MB, and an import that fails would empty
the whole Function app. The SDK is loaded by the first call.
"""

from shared.adapters.azureml.catalogue import AzureMLCatalogue
from shared.adapters.azureml.jobs import AzureMLJobs
from shared.adapters.azureml.snapshot import Snapshot
from shared.adapters.azureml.workspace import PUBLIC_CLOUD, Cloud, Patience, Workspace

__all__ = ["PUBLIC_CLOUD", "AzureMLCatalogue", "AzureMLJobs", "Cloud", "Patience", "Snapshot", "Workspace"]
