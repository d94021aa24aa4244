"""Azure Machine Learning holds what the code and the pipeline files name: datastores, clusters, environments."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.check.model import Place
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure
from local.host.registry import of_kind
from shared.lake.layout import CONDITIONED, QUARANTINE
from shared.runs.alerts import ALERTS
from shared.runs.layout import MODELS, PREDICTIONS, RUNS, WORK

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = f"{ACCOUNT}/blobServices/containers"
WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
PIPELINES = Path("training/pipelines")
NAMED = re.compile(r"azureml:([\w-]+)")
KEYS = {"default_compute": "computes", "compute": "computes", "environment": "environments"}
"""Keys of a pipeline file, and the type of what they name."""


def lake_containers(subject: Infrastructure) -> Iterator[Finding]:
    """The first write to a container that is not there fails, and everything after it."""
    for lake in _lakes(subject):
        there = {_last(one.name) for one in lake.graph.of_type(CONTAINER) if _below(lake, one.id)}
        for name in sorted(_zones(subject) - there):
            yield lake.finding(f"has no container '{name}', which the code uses.", "Add it to containers.")


def datastores(subject: Infrastructure) -> Iterator[Finding]:
    """A job reads and writes a container of the lake as the datastore of the same name."""
    for lake in _lakes(subject):
        found = {_last(one.name): one for one in lake.graph.of_type(f"{WORKSPACE}/datastores")}
        for name in sorted(_zones(subject) - found.keys()):
            yield lake.finding(
                f"has a container '{name}' that no datastore of the workspace leads to.",
                "Add a datastore of its name (shared/adapters/azureml/pipelines.py finds it so).",
            )
        for name, store in found.items():
            about = store.body.get("properties") or {}
            leads_to = (about.get("accountName"), about.get("containerName") or about.get("filesystem"))
            if leads_to != (lake.resource.name, name):
                yield Found(environment=lake.environment, graph=lake.graph, resource=store).finding(
                    f"({name}) leads to {'/'.join(map(str, leads_to))}.",
                    f"Let it lead to the container '{name}' of the lake.",
                    "properties",
                )


def _zones(subject: Infrastructure) -> set[str]:
    """Return the containers of the lake that the code reads or writes."""
    watched = {str(f.trigger["path"]).partition("/")[0] for f in of_kind(subject.functions, "blobTrigger")}
    alerts = ALERTS.partition("/")[0]
    return watched | {CONDITIONED, QUARANTINE, MODELS, PREDICTIONS, RUNS, WORK, alerts}


def job_names(subject: Infrastructure) -> Iterator[Finding]:
    """A job on a cluster or in an environment that the workspace lacks is refused, a week after the deployment."""
    for environment, graph in subject.graphs.items():
        there = {
            kind: {_last(one.name) for one in graph.of_type(f"{WORKSPACE}/{kind}")}
            for kind in set(KEYS.values())
        }
        for path, line, kind, name in _named(subject):
            if name not in there[kind]:
                yield Finding(
                    place=Place(path, line),
                    problem=f"names '{name}', which is not among the {kind} of the workspace.",
                    remedy=f"There are {', '.join(sorted(there[kind])) or 'none'}.",
                    environment=environment,
                )


def _named(subject: Infrastructure) -> Iterator[tuple[Path, int, str, str]]:
    """Yield what pipeline and component files name: file, line, type, name."""
    for path in sorted((subject.root / PIPELINES).rglob("*.yml")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            key, _, value = line.partition(":")
            found = NAMED.match(value.strip())
            if found and key.strip() in KEYS:
                yield path.relative_to(subject.root), number, KEYS[key.strip()], found[1]


def compute_setting(subject: Infrastructure) -> Iterator[Finding]:
    """The cluster that the app submits to exists in its workspace."""
    for site in subject.each("Microsoft.Web/sites/config"):
        name = site.get("properties.AZURE_ML_COMPUTE")
        there = {_last(one.name) for one in site.graph.of_type(f"{WORKSPACE}/computes")}
        if name is not None and name not in there:
            yield site.finding(
                f"sets AZURE_ML_COMPUTE to '{name}', which is no compute of the workspace.",
                f"There are {', '.join(sorted(there)) or 'none'}.",
                "properties.AZURE_ML_COMPUTE",
            )


def _lakes(subject: Infrastructure) -> Iterator[Found]:
    return (found for found in subject.each(ACCOUNT) if found.get("properties.isHnsEnabled"))


def _below(found: Found, identifier: str) -> bool:
    return identifier.startswith(f"{found.resource.id}/")


def _last(name: str) -> str:
    return name.rpartition("/")[2]
