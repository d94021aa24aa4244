"""The page that shows what is deployed, made from the Bicep: docs/azure-resources.md. What is right is not here."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.check.crosschecks.roles import grants_of, needs_of
from infra.check.crosschecks.settings import HOST, OPTIONAL, SITE, app_settings, readers_of
from infra.check.model import Graph, Node, Resource, Unknown
from infra.check.subject import Infrastructure

PAGE = Path("docs/azure-resources.md")
INTRODUCTION = """# Azure resources

Made from `infra/bicep` by `python -m infra.check --write-docs`; `make check-infra` fails where it is stale.
`{env}` is the environment, `{suffix}` six characters that belong to the subscription. Event subscriptions come in a
second phase, after the code.
"""
SIZES = {
    "sku.name": "{}",
    "sku.capacity": "{} cores",
    "properties.sku.name": "{}",
    "properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB": "{} MB",
    "properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount": "up to {} instances",
    "properties.properties.vmSize": "{}",
    "properties.properties.scaleSettings.minNodeCount": "from {}",
    "properties.properties.scaleSettings.maxNodeCount": "to {} nodes",
    "properties.retentionInDays": "{} days",
    "properties.retentionDays": "{} days",
    "properties.amount": "{} a month",
}
"""What tells how big, and so how dear, a resource is; by its path."""

SHOWN = 6
"""Names in a cell before the rest is counted."""

GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
Row = tuple[str, ...]


def page(subject: Infrastructure) -> str:
    """Return the whole page."""
    parts = (
        INTRODUCTION,
        _section("Resources", ("type", "module", "name", "dev", "prod"), _resources(subject)),
        _section("What differs between dev and prod", ("parameter", "dev", "prod"), _parameters(subject)),
        _section("Roles", ("identity", "role", "on", "because", "where"), _roles(subject)),
        _section("Settings of the app", ("setting", "read by", "dev", "prod"), _settings(subject)),
    )
    return "\n".join(parts)


def _section(title: str, heads: Row, rows: Iterable[Row]) -> str:
    lines = (heads, tuple("---" for _ in heads), *rows)
    return "\n".join((f"## {title}\n", *(f"| {' | '.join(map(_cell, line))} |" for line in lines), ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _resources(subject: Infrastructure) -> list[Row]:
    """Return a row per type and module."""
    rows: dict[tuple[str, str], dict[str, list[Resource]]] = {}
    for found in subject.each():
        one = found.resource
        key = (one.module[0] if one.module else "main", one.type.removeprefix("Microsoft."))
        rows.setdefault(key, {}).setdefault(found.environment, []).append(one)
    made = (
        (kind, module, _names(subject, each), *(_size(each.get(name, [])) for name in _environments(subject)))
        for (module, kind), each in rows.items()
    )
    return sorted(made, key=lambda row: (row[0].lower(), row[1], row[2]))


def _environments(subject: Infrastructure) -> list[str]:
    return sorted(subject.graphs)


def _names(subject: Infrastructure, found: Mapping[str, list[Resource]]) -> str:
    """Return the patterns of what resources are called; what is made by guid() says nothing."""
    names = {
        _pattern(one.name.rpartition("/")[2], subject, environment): None
        for environment, each in found.items()
        for one in each
        if "{" not in one.name and not GUID.fullmatch(one.name)
    }
    if not names:
        return "(a guid)"
    shown = [f"`{name}`" for name in list(names)[:SHOWN]]
    return ", ".join(shown) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _pattern(text: str, subject: Infrastructure, environment: str) -> str:
    """Put {env} and {suffix} for what differs between environments and subscriptions."""
    suffix = _suffix(subject.graphs[environment])
    text = text.replace(suffix, "{suffix}") if suffix else text
    return re.sub(rf"(?<![a-z]){environment}(?![a-z])|{environment}(?={{suffix)", "{env}", text)


def _suffix(graph: Graph) -> str:
    """Return the end of the vault's name, which no other subscription has."""
    vaults = graph.of_type("Microsoft.KeyVault/vaults")
    return vaults[0].name.rpartition("-")[2] if vaults else ""


def _size(resources: Sequence[Resource]) -> str:
    """Tell how big resources are; of several alike, how many there are."""
    if not resources:
        return "–"
    sizes = list(dict.fromkeys(filter(None, map(_size_of, resources))))
    count = f"{len(resources)} x" if len(resources) > 1 else ""
    return " ".join(filter(None, (count, "; ".join(sizes)))).removesuffix(" x") or "yes"


def _size_of(resource: Resource) -> str:
    found = ((text, resource.body.get(*path.split("."))) for path, text in SIZES.items())
    return ", ".join(text.format(value) for text, value in found if isinstance(value, str | int))


def _parameters(subject: Infrastructure) -> Iterator[Row]:
    """Yield the parameters in which the environments differ, each leaf by its path."""
    names = _environments(subject)
    leaves = {name: dict(_leaves(subject.graphs[name].parameters)) for name in names}
    for path in sorted({path for each in leaves.values() for path in each}):
        values = [leaves[name].get(path, "–") for name in names]
        if len(set(values)) > 1:
            yield (f"`{path}`", *values)


def _leaves(parameters: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    for name, node in parameters.items():
        yield from _leaves_of(name, node.plain())


def _leaves_of(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves_of(f"{path}.{name}", inner)
    else:
        yield path, _shown(value)


def _shown(value: Any) -> str:
    """Return a value as the page shows it; what only Azure knows is told as such."""
    if isinstance(value, Unknown):
        return "(secret)" if value.secure else "(from Azure)"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _roles(subject: Infrastructure) -> list[Row]:
    """Return who may do what; what nobody has said a reason for is shown without one."""
    found: dict[Row, list[str]] = {}
    for name in _environments(subject):
        reasons = needs_of(subject.graphs[name])
        for grant in grants_of(subject.graphs[name]):
            row = (grant.identity, grant.role, grant.scope, reasons.get(grant, "?"))
            found.setdefault(row, []).append(name)
    return [(*row, ", ".join(names)) for row, names in sorted(found.items())]


def _settings(subject: Infrastructure) -> Iterator[Row]:
    given = {site.environment: app_settings(site) for site in subject.each(SITE)}
    first = next(iter(given.values()), {})
    readers = {reader.setting: reader.where for reader in reversed(readers_of(subject, first))}
    why = {**{name: reason for each in (OPTIONAL, HOST) for name, reason in each.items()}, **readers}
    for setting in sorted({name for each in given.values() for name in each}):
        values = [
            _setting(subject, name, given.get(name, {}).get(setting)) for name in _environments(subject)
        ]
        yield (f"`{setting}`", why.get(setting, "?"), *values)


def _setting(subject: Infrastructure, environment: str, node: Node | None) -> str:
    if node is None:
        return "–"
    shown = _pattern(_shown(node.plain()), subject, environment)
    return f"`{shown}`" if shown and not shown.startswith("(") else shown
