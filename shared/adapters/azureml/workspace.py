"""The way to a workspace: cloud, credential, patience, connections. What is asked there is not here.

A call has a connection for itself, since the connection carries the call's deadline and activities run in many threads;
afterwards the next call has it, with its open sockets and its token.
"""

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from shared.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core import PipelineClient
    from azure.core.credentials import TokenCredential
    from azure.core.rest import HttpRequest, HttpResponse

    from shared.adapters.azureml.transport import PatientTransport

API_VERSION = "2024-04-01"
"""Of Resource Manager's workspaces, where this package asks by itself."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An Azure cloud; addresses without a slash at the end.

    Attributes
    ----------
    resource_manager : str
        Where workspaces are managed; the audience of the tokens as well.
    machine_learning : str
        Audience of the token that a pipeline's steps run with.
    """

    name: str
    resource_manager: str
    machine_learning: str
    login: str
    portal: str
    storage: str

    @property
    def metadata(self) -> dict[str, str]:
        """The cloud as azure-ai-ml takes it."""
        return {
            "azure_portal": self.portal,
            "resource_manager": self.resource_manager,
            "active_directory": self.login,
            "aml_resource_id": self.machine_learning,
            "storage_endpoint": self.storage,
            "registry_discovery_endpoint": self.resource_manager,
        }


PUBLIC_CLOUD = Cloud(
    name="AzureCloud",
    resource_manager="https://management.azure.com",
    machine_learning="https://ml.azure.com",
    login="https://login.microsoftonline.com",
    portal="https://portal.azure.com",
    storage="core.windows.net",
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a call tries; in seconds.

    Attributes
    ----------
    total : float
        For the whole call with all its requests and waits: an activity must end long before its host gives up.
    connect, answer : float
        For one connection, and for the next bytes of one answer.
    tries : int
        How often a request is sent again.
    backoff : float
        First wait before sending again, doubled each time; what the service asks for comes first.
    """

    total: float = 90
    connect: float = 10
    answer: float = 40
    tries: int = 6
    backoff: float = 0.8

    @property
    def retries(self) -> dict[str, Any]:
        """The settings of azure-core's retry policy.

        A token that was refused is retried too: the policy inside drops it and asks the credential for another.
        """
        return {
            "retry_total": self.tries,
            "retry_connect": self.tries,
            "retry_read": self.tries,
            "retry_status": self.tries,
            "retry_backoff_factor": self.backoff,
            "retry_backoff_max": 20,
            "retry_on_status_codes": [401],
        }


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where a workspace is and how it is reached; one object serves all threads."""

    subscription: str
    resource_group: str
    name: str
    credential: "TokenCredential"
    cloud: Cloud = PUBLIC_CLOUD
    patience: Patience = field(default_factory=Patience)
    _idle: deque["Connection"] = field(default_factory=deque, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings, credential: "TokenCredential | None" = None) -> Self:
        """Return the workspace of the settings; without a credential, whoever the process runs as."""
        if credential is None:
            from azure.identity import DefaultAzureCredential

            credential = DefaultAzureCredential()
        return cls(
            subscription=settings.azure_ml_subscription,
            resource_group=settings.azure_ml_resource_group,
            name=settings.azure_ml_workspace,
            credential=credential,
        )

    @property
    def arm_id(self) -> str:
        """Its path in Resource Manager."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    @contextmanager
    def connect(self) -> Iterator["Connection"]:
        """Lend a connection for one call, whose time begins now; the SDK's errors come out as JobError."""
        from shared.adapters.azureml.errors import translated
        from shared.adapters.azureml.transport import PatientTransport

        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Connection(workspace=self, transport=PatientTransport(self.patience))
        connection.transport.begin()
        try:
            with translated():
                yield connection
        finally:
            self._idle.append(connection)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An open way to the workspace, for one call at a time."""

    workspace: Workspace
    transport: "PatientTransport"

    @cached_property
    def client(self) -> "MLClient":
        """The SDK's client."""
        from azure.ai.ml import MLClient

        # Its classes call themselves experimental, one warning each; nothing can be done about it here.
        logging.getLogger("azure.ai.ml._utils._experimental").setLevel(logging.ERROR)
        place = self.workspace
        return MLClient(
            place.credential,
            place.subscription,
            place.resource_group,
            place.name,
            cloud=place.cloud.name,
            cloud_metadata=place.cloud.metadata,
            transport=self.transport,
            enable_telemetry=False,
            show_progress=False,
            **place.patience.retries,
        )

    def history(self, path: str) -> Mapping[str, Any]:
        """Read a run from the run history, for which the SDK has no public method."""
        return self._read(f"{self._history_address}/history/v1.0{self.workspace.arm_id}/runs/{path}")

    @cached_property
    def _history_address(self) -> str:
        place = self.workspace
        about = self._read(f"{place.cloud.resource_manager}{place.arm_id}?api-version={API_VERSION}")
        return str(self._read(about["properties"]["discoveryUrl"])["api"])

    @cached_property
    def _pipeline(self) -> "PipelineClient[HttpRequest, HttpResponse]":
        from azure.core import PipelineClient
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy

        place = self.workspace
        bearer = BearerTokenCredentialPolicy(place.credential, f"{place.cloud.resource_manager}/.default")
        policies = [RetryPolicy(**place.patience.retries), bearer]
        return PipelineClient(place.cloud.resource_manager, policies=policies, transport=self.transport)

    def _read(self, url: str) -> Mapping[str, Any]:
        from azure.core.rest import HttpRequest

        answer = self._pipeline.send_request(HttpRequest("GET", url))
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
        return found
