"""What all tests share: the option that writes the golden files anew, and a real blob service on this machine."""

from collections.abc import Iterator

import pytest
from azure.storage.blob import BlobServiceClient
from hypothesis import settings

from local.azurite import Azurite, temporary
from shared.adapters.blob import AzureBlobStore

# A busy machine is no fault of the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing them"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Azurite in memory, started once per test process, when the first test asks for it."""
    with temporary() as service:
        yield service


@pytest.fixture
def azure_store(azurite: Azurite) -> AzureBlobStore:
    """An empty blob store in Azurite."""
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for container in client.list_containers():
            client.delete_container(container.name)
    return AzureBlobStore(connection_string=azurite.connection_string, retries=1)
