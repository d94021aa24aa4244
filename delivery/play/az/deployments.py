"""``az deployment`` and ``az bicep``: templates and parameters, evaluated and kept.

The evaluator is loaded by the commands that need it: scripts call az many times.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.play.az.cloud import AzRefused, Cloud, NotFound, digest, made_up_id
from infra.check.model import Graph, Unknown

Options = Mapping[str, list[str]]

BICEP = Path("infra/bicep")

SHOWN = re.compile(r"^/subscriptions/[^/]+/(resourceGroups/[^/]+/providers/)?")
"""What is left out where resources are listed."""

PROPERTY = re.compile(r"\{?(/subscriptions/[^{}]*?/([^/{}]+))\.properties\.([A-Za-z.]+)\}?")

ENDPOINTS = {
    "loginServer": "{}.azurecr.io",
    "fullyQualifiedDomainName": "{}.database.windows.net",
    "defaultHostName": "{}.azurewebsites.net",
    "primaryEndpoints.blob": "https://{}.blob.core.windows.net/",
    "primaryEndpoints.queue": "https://{}.queue.core.windows.net/",
}
"""What Azure tells of a resource only after it has made it."""


def what_if(cloud: Cloud, options: Options) -> str:
    """Show what a deployment would change."""
    name, graph = _graph(options)
    before = cloud.deployments.get(name, {"resources": {}})["resources"]
    after = _resources(graph)
    lines = [f"  {_change(before, key, value)} {SHOWN.sub('', key)}" for key, value in after.items()]
    kept = [line for line in lines if not line.startswith("  =")]
    counts = {sign: sum(line.startswith(f"  {sign}") for line in lines) for sign in "+~="}
    total = f"Resource changes: {counts['+']} to create, {counts['~']} to modify, {counts['=']} no change."
    return "\n".join([*kept, total])


def create(cloud: Cloud, options: Options) -> dict[str, Any]:
    """Deploy: what is there stays, and is changed where it differs."""
    name, graph = _graph(options)
    before = cloud.deployments.get(name, {"resources": {}})["resources"]
    outputs = {
        o.name: {"type": "String", "value": _told(o.value.plain())} for o in graph.outputs if not o.module
    }
    cloud.deployments[name] = {"resources": {**before, **_resources(graph)}, "outputs": outputs}
    return show(cloud, options)


def show(cloud: Cloud, options: Options) -> dict[str, Any]:
    """Return a deployment with its outputs."""
    name = options["name"][0]
    if name not in cloud.deployments:
        raise NotFound(f"The deployment '{name}'")
    outputs = cloud.deployments[name]["outputs"]
    return {"name": name, "properties": {"provisioningState": "Succeeded", "outputs": outputs}}


def delete(cloud: Cloud, options: Options) -> None:
    """Forget a deployment."""
    show(cloud, options)
    del cloud.deployments[options["name"][0]]


def create_in_group(cloud: Cloud, options: Options) -> None:
    """Deploy one module into a resource group that is there."""
    group, template = options["resource-group"][0], Path(options["template-file"][0])
    cloud.need_group(group)
    _refuse_faults(_unreadable(template))
    cloud.make(f"group deployment/{group}/{options['name'][0]}")


def compile_all(cloud: Cloud, options: Options) -> str:
    """Read and evaluate what the compiler would compile."""
    file = Path(options["file"][0])
    _refuse_faults(_unreadable(file))
    if file.suffix == ".bicepparam":
        _refuse_faults([str(fault) for fault in _evaluated(file).faults])
    return f"{file}: read and evaluated; the compiler itself comes with the real az."


def _graph(options: Options) -> tuple[str, Graph]:
    if "location" not in options:
        raise AzRefused("the following arguments are required: --location/-l", 2)
    graph = _evaluated(Path(options["parameters"][0]))
    _refuse_faults([str(fault) for fault in graph.faults])
    return options["name"][0], graph


def _evaluated(parameters: Path) -> Graph:
    if not parameters.is_file():
        raise AzRefused(f"Unable to parse parameter: {parameters}")
    from infra.check.evaluate import evaluate

    return evaluate(BICEP / "main.bicep", parameters, Path(), variables=os.environ)


def _unreadable(file: Path) -> list[str]:
    from infra.check.syntax import parse

    return [str(fault) for fault in parse(file, Path()).faults]


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        raise AzRefused("(InvalidTemplate) Deployment template validation failed:\n" + "\n".join(faults))


def _resources(graph: Graph) -> dict[str, str]:
    return {one.id: digest(one.body.plain()) for one in graph.resources if not one.existing}


def _change(before: Mapping[str, str], key: str, value: str) -> str:
    return "=" if before.get(key) == value else "~" if key in before else "+"


def _told(value: Any) -> Any:
    """Return an output as Azure would tell it, with what only Azure knows made up."""
    if isinstance(value, Unknown):
        return PROPERTY.sub(lambda found: _property(found[1], found[2], found[3]), value.text)
    return value


def _property(resource: str, name: str, path: str) -> str:
    return ENDPOINTS[path].format(name) if path in ENDPOINTS else made_up_id(f"{resource}.{path}")
