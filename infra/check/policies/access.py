"""Who gets at data without being known: anonymous reads, keys, old TLS, accounts of the services' own.

Networks are in network, identities and roles in identity.
"""

from collections.abc import Iterator

from infra.check.policies.network import PROD
from infra.check.policies.table import Must, breaches
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, said

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = f"{ACCOUNT}/blobServices/containers"
SITE = "Microsoft.Web/sites"
PUBLISHING = f"{SITE}/basicPublishingCredentialsPolicies"
TLS = ("TLS1_2", "TLS1_3")
TLS_NUMBERS = ("1.2", "1.3")
LOCAL_ACCOUNTS = {
    "Microsoft.KeyVault/vaults": (Must("properties.enableRbacAuthorization", True),),
    "Microsoft.Sql/servers": (Must("properties.administrators.azureADOnlyAuthentication", True),),
    "Microsoft.ContainerRegistry/registries": (
        Must("properties.adminUserEnabled", False),
        Must("properties.anonymousPullEnabled", False, unset=True),
    ),
    "Microsoft.Insights/components": (Must("properties.DisableLocalAuth", True),),
    "Microsoft.OperationalInsights/workspaces": (Must("properties.features.disableLocalAuth", True),),
    "Microsoft.EventGrid/topics": (Must("properties.disableLocalAuth", True),),
    "Microsoft.EventGrid/domains": (Must("properties.disableLocalAuth", True),),
    "Microsoft.MachineLearningServices/workspaces": (
        Must("properties.systemDatastoresAuthMode", "identity", "Identity"),
    ),
    "Microsoft.MachineLearningServices/workspaces/computes": (Must("properties.disableLocalAuth", True),),
    "Microsoft.MachineLearningServices/workspaces/datastores": (
        Must("properties.credentials.credentialsType", "None"),
    ),
    ACCOUNT: (Must("properties.isLocalUserEnabled", False, unset=True),),
}


def public_blob_access(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever knows an address must not be able to read a blob without saying who they are."""
    wanted = {
        ACCOUNT: (Must("properties.allowBlobPublicAccess", False),),
        CONTAINER: (Must("properties.publicAccess", "None", unset=True),),
    }
    yield from breaches(subject, wanted, "blobs could be read by anybody")


def shared_keys(subject: Infrastructure) -> Iterator[Finding]:
    """An account's key opens everything to whoever holds it, and tells nobody who that was."""
    wanted = {ACCOUNT: (Must("properties.allowSharedKeyAccess", False),)}
    yield from breaches(subject, wanted, "an account key would open everything")


def weak_tls(subject: Infrastructure) -> Iterator[Finding]:
    """Versions of TLS before 1.2 can be broken."""
    wanted = {
        ACCOUNT: (Must("properties.minimumTlsVersion", *TLS),),
        "Microsoft.Sql/servers": (Must("properties.minimalTlsVersion", *TLS_NUMBERS),),
        SITE: (Must("properties.siteConfig.minTlsVersion", *TLS_NUMBERS),),
        "Microsoft.EventGrid/topics": (Must("properties.minimumTlsVersionAllowed", *TLS_NUMBERS),),
    }
    yield from breaches(subject, wanted, "connections older than TLS 1.2 would be taken")


def plain_http(subject: Infrastructure) -> Iterator[Finding]:
    """What travels without encryption is read on the way."""
    wanted = {
        ACCOUNT: (Must("properties.supportsHttpsTrafficOnly", True),),
        SITE: (Must("properties.httpsOnly", True),),
    }
    yield from breaches(subject, wanted, "unencrypted connections would be taken")


def local_authentication(subject: Infrastructure) -> Iterator[Finding]:
    """Accounts, keys and passwords of a service's own are known to no directory: nobody can end them centrally."""
    yield from breaches(subject, LOCAL_ACCOUNTS, "the service would let in by its own keys or accounts")


def basic_publishing(subject: Infrastructure) -> Iterator[Finding]:
    """FTP and the deployment site must not take the app's publishing password."""
    wanted = {PUBLISHING: (Must("properties.allow", False),)}
    yield from breaches(subject, wanted, "a password would be enough to replace the code")
    for found in subject.each(SITE):
        for door in sorted({"ftp", "scm"} - _doors(found)):
            yield found.finding(
                f"has no basicPublishingCredentialsPolicies '{door}': a password opens that door.",
                f"Add the child resource '{door}' with properties.allow false.",
            )


def _doors(site: Found) -> set[str]:
    """Names of the publishing policies that a site has."""
    policies = site.graph.of_type(PUBLISHING)
    return {one.name.rpartition("/")[2] for one in policies if one.id.startswith(f"{site.resource.id}/")}


def open_firewall(subject: Infrastructure) -> Iterator[Finding]:
    """A range of addresses that nobody owns alone lets in strangers; in production no address is let in."""
    for found in subject.each("Microsoft.Sql/servers/firewallRules"):
        first, last = (found.get(f"properties.{name}IpAddress") for name in ("start", "end"))
        inside_azure = first == last == "0.0.0.0"  # noqa: S104 - means the services inside Azure
        if first != last or (inside_azure and found.environment == PROD):
            yield found.finding(
                f"lets in everybody from {said(first)} to {said(last)}.",
                "Use a private endpoint in production, and single addresses elsewhere.",
                "properties.startIpAddress",
            )
