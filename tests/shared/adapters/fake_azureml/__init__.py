"""Azure ML as its clients see it: an HTTPS server on 127.0.0.1 with a workspace in memory. Nothing is computed."""

from tests.shared.adapters.fake_azureml.credential import FakeCredential
from tests.shared.adapters.fake_azureml.server import FakeAzureML
from tests.shared.adapters.fake_azureml.workspace import FakeWorkspace, fault

__all__ = ["FakeAzureML", "FakeCredential", "FakeWorkspace", "fault"]
