"""What is deleted by mistake comes back, and what is lost in a region is elsewhere, too. Access is not here."""

from collections.abc import Iterator
from typing import Any

from infra.check.policies.network import PROD
from infra.check.policies.table import Must, breaches
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, said

ACCOUNT = "Microsoft.Storage/storageAccounts"
BLOBS = f"{ACCOUNT}/blobServices"
DATABASE = "Microsoft.Sql/servers/databases"
LOCK = "Microsoft.Authorization/locks"
BUDGET = "Microsoft.Consumption/budgets"
RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"
GEOGRAPHIC = ("Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS")
RESTORE_DAYS = 14
"""Of point-in-time restore of the ledger in production."""


def purge_protection(subject: Infrastructure) -> Iterator[Finding]:
    """A vault that is deleted by mistake or in anger can be recovered, and nobody can cut that short."""
    wanted = {
        "Microsoft.KeyVault/vaults": (
            Must("properties.enablePurgeProtection", True),
            Must("properties.enableSoftDelete", True, unset=True),
        )
    }
    yield from breaches(subject, wanted, "a deleted vault could be lost for good")


def soft_delete(subject: Infrastructure) -> Iterator[Finding]:
    """Blobs and containers that are deleted or overwritten by mistake come back for some days."""
    wanted = {
        BLOBS: (
            Must("properties.deleteRetentionPolicy.enabled", True),
            Must("properties.containerDeleteRetentionPolicy.enabled", True),
        )
    }
    yield from breaches(subject, wanted, "what is deleted by mistake would be lost")
    for found in subject.each(BLOBS):
        for policy in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
            path = f"properties.{policy}.days"
            if not _at_least(found.get(path), 7):
                yield found.finding(
                    f"keeps what was deleted for {said(found.get(path))} days.",
                    f"Set {path} to 7 or more.",
                    path,
                )


def lake_lifecycle(subject: Infrastructure) -> Iterator[Finding]:
    """Raw files are never rewritten, so the lake would only grow: old ones cool down, working files end."""
    for found in _lakes(subject):
        policies = [one for one in found.graph.of_type(f"{ACCOUNT}/managementPolicies") if _in(found, one.id)]
        rules = [rule for one in policies for rule in one.body.get("properties", "policy", "rules") or ()]
        if not any(rule.get("enabled") is not False for rule in rules):
            yield found.finding(
                "has no lifecycle rule: the lake only grows, all of it at the price of fresh data.",
                "Add the child managementPolicies 'default' with rules for raw and work.",
            )


def geo_redundancy(subject: Infrastructure) -> Iterator[Finding]:
    """The lake is the truth from which everything else is rebuilt: in production it outlives a region."""
    for found in _lakes(subject, only=PROD):
        if found.get("sku.name") not in GEOGRAPHIC:
            yield found.finding(
                f"has sku.name {said(found.get('sku.name'))}: a lost region would take the lake with it.",
                f"Set it to one of {', '.join(GEOGRAPHIC)} in prod.bicepparam.",
                "sku.name",
            )


def ledger_backups(subject: Infrastructure) -> Iterator[Finding]:
    """The ledger can be taken back to a moment before a mistake, for two weeks in production, and in part for years."""
    for found in subject.each(DATABASE, only=PROD):
        children = {one.type.rpartition("/")[2]: one for one in found.graph.resources if _in(found, one.id)}
        short = children.get("backupShortTermRetentionPolicies")
        days = short.body.get("properties", "retentionDays") if short else None
        if not _at_least(days, RESTORE_DAYS):
            yield found.finding(
                f"can be restored to any moment of {said(days)} days.",
                f"Add backupShortTermRetentionPolicies 'default' with retentionDays {RESTORE_DAYS} or more.",
            )
        if "backupLongTermRetentionPolicies" not in children:
            yield found.finding(
                "keeps no backup for the long term.", "Add backupLongTermRetentionPolicies 'default'."
            )
        if found.get("properties.requestedBackupStorageRedundancy") not in ("Geo", "GeoZone"):
            yield found.finding(
                "keeps its backups in one region.",
                "Set properties.requestedBackupStorageRedundancy to 'Geo' or 'GeoZone'.",
                "properties.requestedBackupStorageRedundancy",
            )


def deletion_locks(subject: Infrastructure) -> Iterator[Finding]:
    """What cannot be made again in production is not deleted by a slip: first somebody has to take the lock away."""
    irreplaceable = (
        *_lakes(subject, only=PROD),
        *subject.each(DATABASE, "Microsoft.KeyVault/vaults", only=PROD),
    )
    for found in irreplaceable:
        locks = [lock for lock in found.graph.of_type(LOCK) if lock.body.get("properties", "level") != "None"]
        if not any(found.resource.id.lower().startswith(lock.scope.lower()) for lock in locks):
            yield found.finding(
                "has no lock in production.",
                "Add a Microsoft.Authorization/locks with level 'CanNotDelete' to it, or to its resource group.",
            )


def budgets(subject: Infrastructure) -> Iterator[Finding]:
    """Somebody is told before a cluster that does not stop has spent the year's money."""
    for environment, graph in subject.graphs.items():
        if not graph.of_type(BUDGET):
            yield Finding(
                place=subject.main,
                problem="there is no budget.",
                remedy=f"Add a {BUDGET} for the resource group.",
                environment=environment,
            )
    for found in subject.each(BUDGET):
        told = found.get("properties.notifications") or {}
        if not any(_tells_somebody(one) for one in told.values()):
            yield found.finding(
                "tells nobody.",
                "Give properties.notifications contactEmails, contactGroups or contactRoles.",
                "properties.notifications",
            )


def dead_letters(subject: Infrastructure) -> Iterator[Finding]:
    """An event that could not be delivered is kept: a file whose event was lost is otherwise never conditioned."""
    kinds = ("Microsoft.EventGrid/systemTopics/eventSubscriptions", "Microsoft.EventGrid/eventSubscriptions")
    for found in subject.each(*kinds):
        plain, named = (
            found.get(f"properties.{path}.endpointType")
            for path in ("deadLetterDestination", "deadLetterWithResourceIdentity.deadLetterDestination")
        )
        if "StorageBlob" not in (plain, named):
            yield found.finding(
                f"({found.resource.name.rpartition('/')[2]}) has no dead-letter destination: "
                "what cannot be delivered is lost.",
                "Set properties.deadLetterWithResourceIdentity with a StorageBlob destination.",
            )


def _lakes(subject: Infrastructure, *, only: str = "") -> Iterator[Found]:
    """Yield the storage accounts that are data lakes."""
    return (found for found in subject.each(ACCOUNT, only=only) if found.get("properties.isHnsEnabled"))


def _in(found: Found, identifier: str) -> bool:
    return identifier.lower().startswith(f"{found.resource.id.lower()}/")


def _at_least(value: Any, least: int) -> bool:
    return isinstance(value, int) and value >= least


def _tells_somebody(notification: dict[str, Any]) -> bool:
    told = (notification.get(name) for name in ("contactEmails", "contactGroups", "contactRoles"))
    return notification.get("enabled") is True and any(told)
