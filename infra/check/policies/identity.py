"""Who things are, and that nothing secret is written down. Which roles are needed is in crosschecks."""

import re
from collections.abc import Iterator

from infra.check.model import Node, Unknown
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, texts
from infra.check.syntax.nodes import Call, Entry, Expression, Member, Name, ResourceDecl

ROLE = "Microsoft.Authorization/roleAssignments"
SUBSCRIPTION = re.compile(r"/subscriptions/[^/]+/?")
SWEEPING = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}
GIVING = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
PRINCIPALS = ("ServicePrincipal", "Group", "User", "ForeignGroup", "Device")

SECRET_TEXT = re.compile(
    r"(?i)(account|sharedaccess)key\s*=\s*[a-z0-9+/]{20}|sharedaccesssignature=|[?&]sig=|(password|pwd)\s*="
    r"|-----begin [a-z ]*private key"
)
HIDDEN_SETTINGS = {"APPLICATIONINSIGHTS_CONNECTION_STRING"}
"""Says where telemetry goes, and opens nothing once local authentication is off."""


def user_assigned_identity(subject: Infrastructure) -> Iterator[Finding]:
    """An identity with a life of its own has its roles before its resource starts, and after it is replaced."""
    for found in subject.each():
        kind = str(found.get("identity.type") or "")
        if "SystemAssigned" in kind:
            yield found.finding(
                f"has an identity of type {kind}.",
                "Set identity.type to 'UserAssigned', and name the identity in userAssignedIdentities.",
                "identity.type",
            )
        elif "UserAssigned" in kind and not found.get("identity.userAssignedIdentities"):
            yield found.finding(
                "names no identity.", "Name it in identity.userAssignedIdentities.", "identity.type"
            )


def missing_identity(subject: Infrastructure) -> Iterator[Finding]:
    """What reads or writes other resources has to be somebody, or it would need a key."""
    actors = (
        "Microsoft.Web/sites",
        "Microsoft.DataFactory/factories",
        "Microsoft.EventGrid/systemTopics",
        "Microsoft.MachineLearningServices/workspaces",
        "Microsoft.MachineLearningServices/workspaces/computes",
    )
    for found in subject.each(*actors):
        if not found.get("identity.type"):
            yield found.finding("has no identity.", "Give it the user-assigned identity of its purpose.")


def role_assignment_names(subject: Infrastructure) -> Iterator[Finding]:
    """A role assignment whose name is not made of resource, principal and role fails when it is deployed again."""
    for declaration in _declared(subject, ROLE):
        name = _entry(declaration, "name")
        seeds = [_said(argument) for argument in name.arguments] if isinstance(name, Call) else []
        if not (isinstance(name, Call) and name.name == "guid" and len(seeds) >= 3 and _names_all(seeds)):
            yield Finding(
                place=name.place if name else declaration.place,
                problem=f"role assignment '{declaration.name}' is not named for its resource, principal and role.",
                remedy="Name it guid(resource.id, principalId, roleDefinitionId).",
            )


def _declared(subject: Infrastructure, kind: str) -> Iterator[ResourceDecl]:
    for file in subject.files:
        for declaration in file.of(ResourceDecl):
            if declaration.type.lower() == kind.lower() and not declaration.existing:
                yield declaration


def _entry(declaration: ResourceDecl, name: str) -> Expression | None:
    return next((entry.value for entry in declaration.body.find(Entry) if entry.name == name), None)


def _said(expression: Expression) -> str:
    """Return all names in an expression, in lower case."""
    parts = [part.name for part in expression.walk() if isinstance(part, Name | Member | Call)]
    return " ".join(parts).lower()


def _names_all(seeds: list[str]) -> bool:
    whole = " ".join(seeds)
    return "princip" in whole and "role" in whole


def role_assignments(subject: Infrastructure) -> Iterator[Finding]:
    """A new identity is not known everywhere at once: Azure waits for it only if told what kind of principal it is."""
    for found in subject.each(ROLE):
        if found.get("properties.principalType") not in PRINCIPALS:
            yield found.finding(
                "does not say what kind of principal it is for.",
                "Set properties.principalType, 'ServicePrincipal' for identities.",
                "properties.principalType",
            )


def sweeping_roles(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever owns a subscription owns every secret in it, so nobody is given that here."""
    for found in subject.each(ROLE):
        role = SWEEPING.get(str(found.get("properties.roleDefinitionId") or "").rpartition("/")[2])
        if role and SUBSCRIPTION.fullmatch(found.resource.scope):
            yield found.finding(
                f"gives {role} over the whole subscription.",
                "Give a narrower role, or give it on the resource group.",
                "properties.roleDefinitionId",
            )


def guarded_administrators(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever may give every right has every right, unless a condition says which ones may be given."""
    for found in subject.each(ROLE):
        role = GIVING.get(str(found.get("properties.roleDefinitionId") or "").rpartition("/")[2])
        if role and not found.get("properties.condition"):
            yield found.finding(
                f"gives {role}, and with it every right.",
                "Set properties.condition to the roles that may be given, and conditionVersion to '2.0'.",
                "properties.condition",
            )


def secret_outputs(subject: Infrastructure) -> Iterator[Finding]:
    """Outputs can be read by everybody who may read deployments, for as long as their history is kept."""
    for environment, graph in subject.graphs.items():
        for output in graph.outputs:
            if any(_secret(node) for _, node in output.value.walk()):
                yield Finding(
                    place=output.place,
                    problem=f"output '{output.name}' gives away a secret.",
                    remedy="Put it out of nothing, or mark it with @secure() and hand it to a module alone.",
                    environment=environment,
                )


def secret_settings(subject: Infrastructure) -> Iterator[Finding]:
    """App settings are plain text to everybody who may look at the app."""
    for found in subject.each("Microsoft.Web/sites", "Microsoft.Web/sites/config"):
        for path, node in found.resource.body.walk():
            if (
                isinstance(node.value, Unknown)
                and node.value.secure
                and _setting(path, found) not in HIDDEN_SETTINGS
            ):
                yield Finding(
                    place=node.place,
                    problem=f"{found.what} holds a secret in {_setting(path, found) or '.'.join(map(str, path))}.",
                    remedy="Connect by identity, or refer to the Key Vault.",
                    environment=found.environment,
                )


def _setting(path: tuple[str | int, ...], found: Found) -> str:
    """Return the name of the app setting at a path, whether it lies in a list of pairs or in an object."""
    around = found.resource.body.get(*path[:-1]) if path else None
    named = around.get("name") if isinstance(around, dict) and path[-1:] == ("value",) else None
    return str(named or (path[-1] if path else ""))


def secret_texts(subject: Infrastructure) -> Iterator[Finding]:
    """A key that is written into a file is known to everybody who has ever had the file."""
    for found in subject.each():
        for node in texts(found.resource.body):
            if isinstance(node.value, str) and SECRET_TEXT.search(node.value):
                yield Finding(
                    place=node.place,
                    problem=f"{found.what} holds what looks like a key or a password.",
                    remedy="Connect by identity, or keep it in the Key Vault.",
                    environment=found.environment,
                )


def _secret(node: Node) -> bool:
    return isinstance(node.value, Unknown) and node.value.secure
