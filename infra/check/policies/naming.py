"""Names tell what something is and of which environment, fit their limits, and stay the same. Tags are in operation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.check.rules import Finding
from infra.check.subject import Infrastructure
from infra.check.syntax.nodes import Call


@dataclass(frozen=True, kw_only=True)
class Convention:
    """How names of a type begin, what they may hold, and how long they may be."""

    prefixes: tuple[str, ...]
    pattern: str = r"[a-z0-9-]+"
    longest: int = 64


CONVENTIONS = {
    "Microsoft.Resources/resourceGroups": Convention(prefixes=("rg-",), longest=90),
    "Microsoft.Storage/storageAccounts": Convention(
        prefixes=("st", "dls"), pattern=r"[a-z0-9]{3,}", longest=24
    ),
    "Microsoft.KeyVault/vaults": Convention(
        prefixes=("kv-",), pattern=r"[a-z](?!.*--)[a-z0-9-]+[a-z0-9]", longest=24
    ),
    "Microsoft.Sql/servers": Convention(prefixes=("sql-",), longest=63),
    "Microsoft.ContainerRegistry/registries": Convention(
        prefixes=("cr",), pattern=r"[a-z0-9]{5,}", longest=50
    ),
    "Microsoft.Web/serverfarms": Convention(prefixes=("asp-",), longest=60),
    "Microsoft.Web/sites": Convention(prefixes=("func-",), longest=60),
    "Microsoft.EventGrid/systemTopics": Convention(prefixes=("egst-",), longest=50),
    "Microsoft.MachineLearningServices/workspaces": Convention(prefixes=("mlw-",), longest=33),
    "Microsoft.MachineLearningServices/registries": Convention(prefixes=("mlr-",), longest=33),
    "Microsoft.DataFactory/factories": Convention(prefixes=("adf-",), longest=63),
    "Microsoft.OperationalInsights/workspaces": Convention(prefixes=("log-",), longest=63),
    "Microsoft.Insights/components": Convention(prefixes=("appi-",), longest=260),
    "Microsoft.Insights/actionGroups": Convention(prefixes=("ag-",), longest=260),
    "Microsoft.Network/virtualNetworks": Convention(prefixes=("vnet-",), longest=64),
    "Microsoft.Network/networkSecurityGroups": Convention(prefixes=("nsg-",), longest=80),
    "Microsoft.Network/privateEndpoints": Convention(
        prefixes=("pep-",), pattern=r"[A-Za-z0-9-]+", longest=64
    ),
    "Microsoft.ManagedIdentity/userAssignedIdentities": Convention(prefixes=("id-",), longest=128),
    "Microsoft.Portal/dashboards": Convention(prefixes=("dash-",), longest=160),
    "Microsoft.Consumption/budgets": Convention(prefixes=("budget-",), longest=63),
}
CHANGING = ("newGuid", "utcNow")
SHARED = re.compile(r"(?i)microsoft\.network/privatednszones|microsoft\.authorization/roledefinitions")
"""Types whose names the service gives; they lie in the resource group of their environment."""


def naming_convention(subject: Infrastructure) -> Iterator[Finding]:
    """A name tells what it is and of which environment, and is not refused after an hour's deployment."""
    for kind, convention in CONVENTIONS.items():
        for found in subject.each(kind):
            name = found.resource.name
            wrong = _wrong(name, convention, found.environment)
            if wrong:
                yield found.finding(
                    f"has the name '{name}', which {wrong}.", "Take it from naming.bicep.", "name"
                )


def _wrong(name: str, convention: Convention, environment: str) -> str:
    if not name.startswith(convention.prefixes):
        return f"does not begin with {' or '.join(convention.prefixes)}"
    if len(name) > convention.longest:
        return f"is longer than {convention.longest} characters"
    if not re.fullmatch(convention.pattern, name):
        return f"has characters that do not fit {convention.pattern}"
    return "" if environment in name else f"does not tell that it is of {environment}"


def environments_apart(subject: Infrastructure) -> Iterator[Finding]:
    """Development and production share no resource: a test must not be able to reach what serves."""
    owners: dict[str, str] = {}
    for found in subject.each():
        identifier = found.resource.id.lower()
        owner = owners.setdefault(identifier, found.environment)
        if owner != found.environment:
            yield Finding(
                place=found.place("name"),
                problem=f"{found.what} is the same resource in {owner} and {found.environment}.",
                remedy="Make its name from the parameter environment, by naming.bicep.",
            )


def own_references(subject: Infrastructure) -> Iterator[Finding]:
    """An environment that refers to another one's resource breaks with it."""
    owned = {
        environment: {found.resource.id for found in subject.each(only=environment)}
        for environment in subject.graphs
    }
    for found in subject.each():
        foreign = {
            identifier
            for other, theirs in owned.items()
            if other != found.environment
            for identifier in theirs.intersection(found.resource.depends_on)
        }
        for identifier in sorted(foreign - owned[found.environment]):
            yield found.finding(
                f"refers to {identifier}, of another environment.", "Refer to the one of its own."
            )


def unstable_names(subject: Infrastructure) -> Iterator[Finding]:
    """What differs at each deployment makes everything twice, or fails the second time."""
    for file in subject.files:
        for declaration in file.declarations:
            for call in declaration.find(Call):
                if call.name in CHANGING:
                    yield Finding(
                        place=call.place,
                        problem=f"{call.name}() gives something else at each deployment.",
                        remedy="Use guid() or uniqueString() of what stays the same.",
                    )
