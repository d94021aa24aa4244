"""The scoring pipeline as a component of a workspace, so that people and other pipelines find what was published.

Its steps are what scoring.yml says, its version is the publication's digest. Who runs it is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from shared.adapters.azureml.snapshot import Snapshot
from shared.adapters.azureml.workspace import Workspace

if TYPE_CHECKING:
    from azure.ai.ml.entities import PipelineComponent

NAME = "shelfcast_scoring"
SCHEMA = "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json"
_OF_A_COMPONENT = ("type", "display_name", "description", "inputs", "outputs", "jobs")


@dataclass(frozen=True, kw_only=True)
class PublishedPipelines:
    """Where a workspace keeps them."""

    workspace: Workspace
    snapshot: Snapshot = field(default_factory=Snapshot)

    def publish(self, version: str, tags: Mapping[str, str], pipeline: str = "scoring") -> None:
        """Create the component of that version; again changes nothing; raises JobRefused, JobsUnavailable."""
        from shared.adapters.azureml.catalogue import create_once

        with self.workspace.connect() as connection:
            component = load(self.snapshot.staged_pipelines() / f"{pipeline}.yml", version, tags)
            client = connection.client
            create_once(client.components.get, client.components.create_or_update, component)


def load(file: Path, version: str, tags: Mapping[str, str]) -> "PipelineComponent":
    """Load a pipeline job's YAML as a component: the same steps, inputs and outputs."""
    from azure.ai.ml import load_component
    from azure.ai.ml.entities import PipelineComponent

    declared: dict[str, Any] = yaml.safe_load(file.read_bytes())
    content = {key: declared[key] for key in _OF_A_COMPONENT if key in declared}
    content["inputs"] = {name: _input(given) for name, given in declared.get("inputs", {}).items()}
    content["outputs"] = {
        name: {"type": given["type"]} for name, given in declared.get("outputs", {}).items()
    }
    content |= {"$schema": SCHEMA, "name": NAME, "version": version, "tags": dict(tags)}
    # Beside the other, as its components are named by their paths; and gone again, as nodes get the whole folder.
    written = file.with_name(f".{file.stem}.component.yml")
    try:
        written.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        component = load_component(written)
    finally:
        written.unlink(missing_ok=True)
    assert isinstance(component, PipelineComponent)
    return component


def _input(given: Any) -> dict[str, Any]:
    """Return an input's type; a text is given by each job, and so is no default."""
    return {"type": given["type"]} if isinstance(given, dict) else {"type": "string"}
