"""Ids of resources, by where they are deployed. Whether their names fit is not here."""

from dataclasses import dataclass
from typing import Literal

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
TENANT = "11111111-1111-1111-1111-111111111111"
ScopeKind = Literal["tenant", "managementGroup", "subscription", "resourceGroup", "resource"]


@dataclass(frozen=True)
class Scope:
    """What a template or a resource is deployed to."""

    id: str

    @property
    def kind(self) -> ScopeKind:
        """What it is, by the form of its id."""
        parts = self.id.strip("/").split("/")
        if not self.id.strip("/"):
            return "tenant"
        if self.id.startswith("/providers/Microsoft.Management/managementGroups/") and len(parts) == 4:
            return "managementGroup"
        if parts[0] == "subscriptions" and len(parts) in (2, 4) and "providers" not in parts:
            return "subscription" if len(parts) == 2 else "resourceGroup"
        return "resource"

    @property
    def subscription(self) -> "Scope":
        """The subscription that it lies in."""
        parts = self.id.split("/")
        return Scope("/".join(parts[:3])) if self.id.startswith("/subscriptions/") else of_subscription()

    @property
    def group(self) -> str | None:
        """The name of the resource group that it lies in, None where it lies in none."""
        parts = self.id.split("/")
        return parts[4] if len(parts) > 4 and parts[3] == "resourceGroups" else None


def of_subscription(subscription: str = SUBSCRIPTION) -> Scope:
    """Return the scope of a subscription."""
    return Scope(f"/subscriptions/{subscription}")


def of_group(group: str, subscription: str = SUBSCRIPTION) -> Scope:
    """Return the scope of a resource group."""
    return Scope(f"/subscriptions/{subscription}/resourceGroups/{group}")


def resource_id(scope: Scope, kind: str, name: str) -> str:
    """Return the id of a resource.

    Parameters
    ----------
    scope : Scope
        What it is deployed to.
    kind, name : str
        Its full type and full name: as many parts in the name as there are types after the provider.
    """
    if kind.lower() == "microsoft.resources/resourcegroups":
        return f"{scope.subscription.id}/resourceGroups/{name}"
    provider, *types = kind.split("/")
    pairs = "".join(f"/{part}/{own}" for part, own in zip(types, split_name(name), strict=True))
    return f"{scope.id.rstrip('/')}/providers/{provider}{pairs}"


def split_name(name: str) -> list[str]:
    """Cut a full name at its slashes, but not at those of an unknown part in braces."""
    parts, depth = [""], 0
    for letter in name:
        depth += (letter == "{") - (letter == "}")
        if letter == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
