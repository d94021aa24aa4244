"""Policies on resources made by hand: what the planted faults in the real files do not reach."""

import pytest

from infra.check.model import Output, Place
from tests.infra.check.building import FILE, GROUP, infrastructure, resource, said, unknown

ACCOUNT = "Microsoft.Storage/storageAccounts"
CLOSED = {"properties": {"publicNetworkAccess": "Disabled"}}
SITE = "Microsoft.Web/sites"
VAULT = "Microsoft.KeyVault/vaults"


def vault(**properties):
    return resource(VAULT, "kv-prod", {"properties": properties})


class TestWhatHoldsInBothEnvironments:
    def test_is_told_once(self):
        open_ = resource(ACCOUNT, "st", {"properties": {"allowSharedKeyAccess": True}})
        assert len(said("shared-keys", infrastructure(dev=[open_], prod=[open_]))) == 1

    def test_and_names_the_environment_where_it_is_one(self):
        open_, shut = (
            resource(ACCOUNT, "st", {"properties": {"allowSharedKeyAccess": allowed}})
            for allowed in (True, False)
        )
        (told,) = said("shared-keys", infrastructure(dev=[open_], prod=[shut]))
        assert "(in dev)." in told


class TestTableOfValues:
    def test_a_value_that_is_not_set_is_told_as_such(self):
        (told,) = said("purge-protection", infrastructure(prod=[vault()]))
        assert told.startswith("vaults 'kv-prod' has properties.enablePurgeProtection not set")

    def test_what_azure_alone_knows_is_not_good_enough(self):
        later = unknown("other.properties.flag").value
        (told,) = said("purge-protection", infrastructure(prod=[vault(enablePurgeProtection=later)]))
        assert "known only after the deployment (other.properties.flag)" in told
        assert "Set properties.enablePurgeProtection to true." in told

    def test_a_number_is_no_truth(self):
        assert said("purge-protection", infrastructure(prod=[vault(enablePurgeProtection=1)]))

    def test_existing_resources_are_those_of_others(self):
        theirs = resource(VAULT, "kv", {}, existing=True)
        assert said("purge-protection", infrastructure(prod=[theirs])) == []


class TestPublishing:
    def test_every_door_needs_its_policy(self):
        ftp = resource(
            f"{SITE}/basicPublishingCredentialsPolicies", "app/ftp", {"properties": {"allow": False}}
        )
        (told,) = said("basic-publishing", infrastructure(dev=[resource(SITE, "app"), ftp]))
        assert "'scm'" in told


class TestNetwork:
    @pytest.mark.parametrize("zone", ["privatelink.vaultcore.azure.net", "privatelink.blob.core.windows.net"])
    def test_an_endpoint_needs_the_zone_of_its_group(self, zone):
        found = said("private-endpoints", infrastructure(prod=[vault(), *self.endpoint(zone)]))
        assert bool(found) == (zone != "privatelink.vaultcore.azure.net")

    def endpoint(self, zone):
        target = vault().id
        about = {"privateLinkServiceId": target, "groupIds": ["vault"]}
        yield resource(
            "Microsoft.Network/privateEndpoints",
            "pep",
            {"properties": {"privateLinkServiceConnections": [{"properties": about}]}},
        )
        yield resource(
            "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
            "pep/default",
            {
                "properties": {
                    "privateDnsZoneConfigs": [{"properties": {"privateDnsZoneId": f"/zones/{zone}"}}]
                }
            },
        )

    def test_an_app_without_a_public_address_needs_no_restrictions(self):
        assert said("open-app", infrastructure(prod=[resource(SITE, "app", CLOSED)])) == []


class TestProtection:
    def test_soft_delete_of_a_day_is_none(self):
        policy = {"enabled": True, "days": 1}
        blobs = resource(
            f"{ACCOUNT}/blobServices",
            "st/default",
            {"properties": {"deleteRetentionPolicy": policy, "containerDeleteRetentionPolicy": policy}},
        )
        assert len(said("soft-delete", infrastructure(dev=[blobs]))) == 2

    def test_a_ledger_needs_both_kinds_of_backups(self):
        database = resource(
            "Microsoft.Sql/servers/databases",
            "sql/ledger",
            {"properties": {"requestedBackupStorageRedundancy": "Geo"}},
        )
        found = said("ledger-backups", infrastructure(prod=[database]))
        assert any("backupShortTermRetentionPolicies" in told for told in found)
        assert any("backupLongTermRetentionPolicies" in told for told in found)

    def test_an_environment_without_a_budget_is_told_by_name(self):
        (told,) = said("budgets", infrastructure(dev=[]))
        assert "there is no budget" in told

    def test_a_lock_on_the_group_is_enough(self):
        lock = resource("Microsoft.Authorization/locks", "keep", {"properties": {"level": "CanNotDelete"}})
        assert said("deletion-locks", infrastructure(prod=[vault(), lock])) == []
        assert said("deletion-locks", infrastructure(prod=[vault()]))


class TestIdentity:
    def test_a_kind_without_a_name_is_nobody(self):
        nobody = resource(SITE, "app", {"identity": {"type": "UserAssigned"}})
        (told,) = said("user-assigned-identity", infrastructure(dev=[nobody]))
        assert "names no identity" in told

    @pytest.mark.parametrize(
        ("role", "scope", "is_told"),
        [
            ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "/subscriptions/0", True),
            ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", GROUP, False),
            ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "/subscriptions/0", False),
        ],
    )
    def test_nobody_owns_a_subscription(self, role, scope, is_told):
        assignment = resource(
            "Microsoft.Authorization/roleAssignments",
            "a",
            {"properties": {"roleDefinitionId": f"/roleDefinitions/{role}"}},
            scope=scope,
        )
        assert bool(said("sweeping-roles", infrastructure(dev=[assignment]))) is is_told

    def test_a_secret_inside_an_output_is_told(self):
        output = Output(name="KEY", module=(), value=unknown("listKeys()", secure=True), place=Place(FILE, 7))
        (told,) = said("secret-outputs", infrastructure(dev=[], outputs=(output,)))
        assert "'KEY' gives away a secret" in told

    def test_the_connection_string_of_telemetry_is_no_secret(self):
        pairs = [
            {"name": "APPLICATIONINSIGHTS_CONNECTION_STRING", "value": unknown("x", secure=True).value},
            {"name": "OTHER", "value": unknown("x", secure=True).value},
        ]
        site = resource(SITE, "app", {"properties": {"siteConfig": {"appSettings": pairs}}})
        (told,) = said("secret-settings", infrastructure(dev=[site]))
        assert "OTHER" in told


class TestOperation:
    def test_a_tag_of_another_environment_is_told(self):
        tags = dict.fromkeys(("workload", "owner", "costCenter", "managedBy"), "x") | {"environment": "prod"}
        (told,) = said("tags", infrastructure(dev=[resource(VAULT, "kv", {"tags": tags})]))
        assert "is tagged as prod" in told

    def test_what_takes_no_tags_needs_none(self):
        role = resource("Microsoft.Authorization/roleAssignments", "a")
        child = resource(f"{ACCOUNT}/blobServices", "st/default")
        assert said("tags", infrastructure(dev=[role, child])) == []

    @pytest.mark.parametrize("idle", [None, "PT0S", "PT31M", "P1D"])
    def test_a_cluster_ends_within_half_an_hour(self, idle):
        scale = {"minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": idle}
        assert said("scale-to-zero", infrastructure(dev=[self.cluster("AmlCompute", scale)]))

    def test_other_computes_have_no_nodes_of_their_own(self):
        assert said("scale-to-zero", infrastructure(dev=[self.cluster("Kubernetes", {})])) == []

    def cluster(self, kind, scale):
        return resource(
            "Microsoft.MachineLearningServices/workspaces/computes",
            "mlw/cpu",
            {"properties": {"computeType": kind, "properties": {"scaleSettings": scale}}},
        )


class TestNaming:
    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("vault-dev", "does not begin with kv-"),
            ("kv-dev-abcdefghijklmnopqrst", "longer than 24"),
            ("kv-dev--a", "characters"),
            ("kv-shelfcast", "does not tell that it is of dev"),
        ],
    )
    def test_names_of_vaults(self, name, problem):
        (told,) = said("naming-convention", infrastructure(dev=[resource(VAULT, name)]))
        assert problem in told
        assert "naming.bicep" in told

    def test_a_reference_to_another_environment_is_told(self):
        theirs, ours = resource(VAULT, "kv-prod"), resource(VAULT, "kv-dev")
        site = resource(SITE, "app", depends_on=(theirs.id, ours.id))
        (told,) = said("own-references", infrastructure(dev=[ours, site], prod=[theirs]))
        assert theirs.id in told
