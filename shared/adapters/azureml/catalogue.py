"""Azure ML's registry as ModelCatalogue, and its data assets. Which model serves is not here (shared.runs)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.adapters.azureml.pipelines import datastore_uri, resource_name
from shared.adapters.azureml.workspace import Workspace
from shared.ports import ModelVersion

if TYPE_CHECKING:
    from azure.ai.ml.entities import Model

EMPTY: Mapping[str, str] = {}
TAG_CHARACTERS = 256
"""Of a tag's value, as far as the service keeps them."""


@dataclass(frozen=True, kw_only=True)
class AzureMLCatalogue:
    """Models and data of a workspace, for people to look up; the files stay in the lake."""

    workspace: Workspace

    def announce(self, model: ModelVersion) -> None:
        """List a model; see ModelCatalogue.announce. Raises JobRefused where the service does not take it."""
        with self.workspace.connect() as connection:
            client = connection.client
            create_once(client.models.get, client.models.create_or_update, _entry(model))

    def tag(self, model: ModelVersion, tags: Mapping[str, str]) -> None:
        """Change a model's tags, listing it where it is not; see ModelCatalogue.tag."""
        entry = _entry(model, {key: value[:TAG_CHARACTERS] for key, value in tags.items()})
        with self.workspace.connect() as connection:
            client = connection.client
            if not _is_tagged(client.models.get, entry):
                client.models.create_or_update(entry)

    def announce_data(self, name: str, *, version: str, path: str, tags: Mapping[str, Any]) -> None:
        """List a file or folder of the lake as a data asset; its version tells its content, so again changes nothing.

        Parameters
        ----------
        version : str
            Made of the content, such as the digest of dataset versions.
        path : str
            Lake path; a folder's ends with a slash.
        """
        from azure.ai.ml.entities import Data

        entry = Data(
            name=resource_name(name),
            version=version,
            path=datastore_uri(path),
            type="uri_folder" if path.endswith("/") else "uri_file",
            tags=texts(tags),
        )
        with self.workspace.connect() as connection:
            client = connection.client
            create_once(client.data.get, client.data.create_or_update, entry)


def _entry(model: ModelVersion, tags: Mapping[str, str] = EMPTY) -> "Model":
    from azure.ai.ml.entities import Model

    return Model(
        name=resource_name(model.slot),
        version=str(model.version),
        path=datastore_uri(model.path),
        type="custom_model",
        tags={**texts(model.tags), "slot": model.slot, **tags},
    )


def texts(tags: Mapping[str, Any]) -> dict[str, str]:
    """Return tags as Azure ML takes them: all values as text, what is no text as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in tags.items()}


def create_once(get: Callable[..., object], create: Callable[[Any], object], entry: Any) -> None:
    """Create an asset unless it is there, or somebody creates it meanwhile."""
    from shared.adapters.azureml.errors import SDK_ERRORS

    if _exists(get, entry):
        return
    try:
        create(entry)
    except SDK_ERRORS:
        if not _exists(get, entry):
            raise


def _is_tagged(get: Callable[..., Any], entry: "Model") -> bool:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        return bool(get(name=entry.name, version=entry.version).tags == entry.tags)
    except ResourceNotFoundError:
        return False


def _exists(get: Callable[..., object], entry: Any) -> bool:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        get(name=entry.name, version=entry.version)
    except ResourceNotFoundError:
        return False
    return True
