"""The scripts ask Azure for the right things in order, refuse what they should, and stop where a call fails."""

import re
import subprocess

import pytest

from tests.infra.deploy.cloud import ROOT, SCRIPTS, SETTINGS, Cloud, make_cloud
from tests.infra.deploy.fake_az import CLIENT, DIGEST, KEY, PRINCIPAL

COMPONENTS = len(list((ROOT / "training/pipelines/components").glob("*.yml")))


@pytest.fixture
def cloud(tmp_path) -> Cloud:
    return make_cloud(tmp_path)


@pytest.fixture
def package(cloud):
    path = cloud.folder / "functions.zip"
    path.write_text("code")
    return str(path)


def git(cloud, *arguments):
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=cloud.root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("script", SCRIPTS)
class TestEveryScript:
    def test_explains_itself_and_asks_nothing_of_azure(self, cloud, script):
        result = cloud.run(script, "--help")
        assert result.status == 0
        assert f"Usage: {script} ENVIRONMENT" in result.output
        assert cloud.calls == []

    @pytest.mark.parametrize(
        "arguments", [[], ["staging"], ["dev", "--nonsense"]], ids=["none", "wrong", "more"]
    )
    def test_says_which_argument_is_wrong(self, cloud, script, arguments):
        result = cloud.run(script, *arguments)
        assert result.status == 2
        assert (arguments[-1] if arguments else "dev or prod") in result.errors
        assert f"{script} --help" in result.errors
        assert cloud.changes == []

    def test_refuses_prod_from_another_branch_than_a_release(self, cloud, script):
        result = cloud.run(script, "prod", branch="main")
        assert result.status == 1
        assert "this is 'main'" in result.errors
        assert "release/MAJOR.MINOR" in result.errors
        assert cloud.calls == []

    def test_says_that_nobody_is_signed_in(self, cloud, script):
        result = cloud.run(script, "dev", FAKE_FAILS="account show")
        assert result.status == 1
        assert "az login" in result.errors


@pytest.mark.parametrize(
    "told",
    [
        {"branch": "release/1.2"},
        {"BUILD_SOURCEBRANCH": "", "GITHUB_REF": "refs/heads/release/1.2"},
    ],
    ids=["azure-pipelines", "github"],
)
def test_prod_is_deployed_from_a_release_branch(cloud, told):
    assert cloud.run("what-if.sh", "prod", **told).status == 0
    shown = cloud.the("deployment sub what-if")
    assert shown["--parameters"] == "infra/bicep/prod.bicepparam"
    assert shown["--name"] == "shelfcast-prod"


def test_the_branch_of_a_checkout_counts_outside_of_pipelines(cloud):
    git(cloud, "init", "--quiet", "--initial-branch=release/3.0")
    git(cloud, "commit", "--quiet", "--allow-empty", "--message=first")
    assert cloud.run("what-if.sh", "prod", BUILD_SOURCEBRANCH="").status == 0


class TestDeploy:
    def test_shows_then_asks_then_deploys_then_tells(self, cloud):
        result = cloud.run("deploy.sh", "dev", answer="dev\n")
        assert result.status == 0
        assert cloud.changes == ["deployment sub what-if", "deployment sub create"]
        assert cloud.the("deployment sub create")["--location"] == "eastus2"
        assert "KEY_VAULT_NAME=kv-shelfcast-dev-abc123" in result.output

    @pytest.mark.parametrize("answer", ["yes\n", ""], ids=["something-else", "nobody-there"])
    def test_does_nothing_unless_the_environment_is_typed(self, cloud, answer):
        result = cloud.run("deploy.sh", "dev", answer=answer)
        assert result.status == 1
        assert cloud.changes == ["deployment sub what-if"]

    @pytest.mark.parametrize("told", [{}, {"TF_BUILD": "True"}, {"GITHUB_ACTIONS": "true"}])
    def test_asks_nobody_where_it_was_approved(self, cloud, told):
        result = cloud.run("deploy.sh", "dev", *([] if told else ["--yes"]), **told)
        assert result.status == 0
        assert cloud.changes == ["deployment sub what-if", "deployment sub create"]

    def test_names_every_setting_that_is_missing(self, cloud):
        result = cloud.run("deploy.sh", "dev", SHELFCAST_SQL_ADMIN_ID="", SHELFCAST_ALERT_EMAILS="")
        assert result.status == 1
        assert "set SHELFCAST_SQL_ADMIN_ID SHELFCAST_ALERT_EMAILS" in result.errors
        assert cloud.changes == []

    def test_names_the_image_of_the_jobs_by_what_it_is_made_of(self, cloud):
        def version():
            cloud.run("what-if.sh", "dev")
            return cloud.calls[-1].told["SHELFCAST_ENVIRONMENT_VERSION"]

        before = version()
        assert version() == before
        with (cloud.root / "training/environment/Dockerfile").open("a") as file:
            file.write("# another one\n")
        assert version() != before

    def test_its_help_tells_every_variable_that_a_person_has_to_set(self, cloud):
        asked = set()
        for file in (ROOT / "infra/bicep").glob("*.bicepparam"):
            asked |= set(re.findall(r"readEnvironmentVariable\('(\w+)'", file.read_text()))
        by_scripts = {
            "SHELFCAST_ENVIRONMENT_VERSION",
            "SHELFCAST_BLOBS_EXTENSION_KEY",
            "SHELFCAST_EVENT_SUBSCRIPTIONS",
        }
        told = cloud.run("deploy.sh", "--help").output
        assert {name for name in asked - by_scripts if name not in told} == set()


class TestTriggers:
    def test_those_that_run_stand_still_while_a_deployment_writes_them(self, cloud):
        assert cloud.run("deploy.sh", "dev", "--yes", FAKE_RUNNING="weekly").status == 0
        assert cloud.changes == [
            "deployment sub what-if",
            "rest post weekly stop",
            "deployment sub create",
            "rest post weekly start",
        ]

    def test_a_deployment_that_fails_says_which_stand_still(self, cloud):
        told = {"FAKE_RUNNING": "weekly", "FAKE_FAILS": "deployment sub create"}
        result = cloud.run("deploy.sh", "dev", "--yes", **told)
        assert result.status == 1
        assert "these triggers are stopped: weekly" in result.errors

    def test_the_first_deployment_has_none(self, cloud):
        result = cloud.run("deploy.sh", "dev", "--yes", FAKE_FAILS="deployment sub show")
        assert "deployment sub create" in cloud.changes
        assert "has not been deployed yet" in result.errors

    def test_starting_approves_the_private_endpoints_first(self, cloud):
        assert cloud.run("triggers.sh", "dev", "start", "weekly").status == 0
        approval = "network private-endpoint-connection approve"
        assert cloud.changes == [approval, approval, "rest post weekly start"]

    def test_stopping_without_a_name_stops_all_that_run(self, cloud):
        cloud.run("triggers.sh", "dev", "stop", FAKE_RUNNING="on_arrival")
        assert cloud.changes == ["rest post on_arrival stop"]

    def test_lists_them(self, cloud):
        assert "weekly\tStarted" in cloud.run("triggers.sh", "dev", "list", FAKE_RUNNING="weekly").output

    @pytest.mark.parametrize("arguments", [["start"], ["start", "monthly"]], ids=["no-name", "unknown"])
    def test_refuses_what_is_no_trigger(self, cloud, arguments):
        assert cloud.run("triggers.sh", "dev", *arguments).status == 2
        assert cloud.changes == []


class TestDeployApp:
    def test_waits_until_all_functions_are_listed(self, cloud, package):
        result = cloud.run("deploy-app.sh", "dev", "--package", package, FAKE_LATE="2")
        assert result.status == 0
        sent = cloud.the("functionapp deployment source config-zip")
        assert (sent["--src"], sent["--build-remote"]) == (package, "true")
        assert (sent["--resource-group"], sent["--name"]) == ("rg-shelfcast-dev", "func-shelfcast-dev-abc123")
        assert [call.words for call in cloud.calls].count("functionapp function list") == 3

    def test_names_the_functions_that_never_come(self, cloud, package):
        result = cloud.run("deploy-app.sh", "dev", "--package", package, FAKE_LATE="1000")
        assert result.status == 1
        assert "weekly_run_timer" in result.errors
        assert "log stream" in result.errors

    def test_says_how_to_make_a_package(self, cloud):
        result = cloud.run("deploy-app.sh", "dev")
        assert result.status == 1
        assert "make package" in result.errors
        assert cloud.changes == []


class TestDeployEvents:
    def test_gives_the_key_to_the_template_and_shows_it_to_nobody(self, cloud):
        result = cloud.run("deploy-events.sh", "dev")
        assert result.status == 0
        created = cloud.the("deployment sub create")
        assert created.told["SHELFCAST_BLOBS_EXTENSION_KEY"] == KEY
        assert created.told["SHELFCAST_EVENT_SUBSCRIPTIONS"] == "true"
        assert KEY not in result.output + result.errors
        assert all(KEY not in argument for call in cloud.calls for argument in call.arguments)

    def test_does_the_same_twice(self, cloud):
        cloud.run("deploy-events.sh", "dev")
        cloud.run("deploy-events.sh", "dev")
        first, second = (call for call in cloud.calls if call.words == "deployment sub create")
        assert first == second

    def test_says_that_the_code_comes_first(self, cloud):
        result = cloud.run("deploy-events.sh", "dev", FAKE_ABSENT="blobs-key")
        assert result.status == 1
        assert "deploy-app.sh dev" in result.errors
        assert cloud.changes == []


class TestFunctionKey:
    def test_azure_copies_the_key_itself(self, cloud):
        assert cloud.run("function-key.sh", "dev").status == 0
        assert cloud.changes == ["deployment group create"]
        made = cloud.the("deployment group create")
        assert made["--template-file"] == "infra/bicep/modules/function_key.bicep"
        assert "functionAppName=func-shelfcast-dev-abc123" in made.arguments
        assert "vaultName=kv-shelfcast-dev-abc123" in made.arguments

    def test_renews_before_it_copies(self, cloud):
        cloud.run("function-key.sh", "dev", "--renew")
        assert cloud.changes == ["functionapp keys set", "deployment group create"]


class TestGrantSql:
    def test_names_the_identity_by_its_client_id(self, cloud):
        assert cloud.run("grant-sql.sh", "dev").status == 0
        given = (cloud.folder / "sqlcmd").read_text().splitlines()
        assert given[given.index("-S") + 1] == "sql-shelfcast-dev-abc123.database.windows.net"
        assert given[given.index("-i") + 1] == "infra/deploy/grant_app.sql"
        assert {"name=id-app-shelfcast-dev", f"client_id={CLIENT}"} <= set(given)
        assert cloud.changes == []

    @pytest.mark.parametrize("status", [0, 1], ids=["granted", "refused"])
    def test_lets_an_address_in_only_while_it_runs(self, cloud, status):
        result = cloud.run("grant-sql.sh", "dev", "--from", "203.0.113.7", FAKE_SQLCMD=str(status))
        assert result.status == status
        assert cloud.changes == ["sql server firewall-rule create", "sql server firewall-rule delete"]
        assert cloud.the("sql server firewall-rule create")["--start-ip-address"] == "203.0.113.7"

    def test_opens_nothing_in_prod(self, cloud):
        result = cloud.run("grant-sql.sh", "prod", "--from", "203.0.113.7", branch="release/1.0")
        assert result.status == 1
        assert "inside its network" in result.errors
        assert cloud.changes == []

    def test_every_placeholder_of_the_script_is_given(self):
        script = (ROOT / "infra/deploy/grant_app.sql").read_text()
        assert set(re.findall(r"\$\((\w+)\)", script)) == {"name", "client_id"}


class TestGrantDeployer:
    def test_makes_the_role_where_it_is_missing(self, cloud):
        assert cloud.run("grant-deployer.sh", "dev", FAKE_ABSENT="role").status == 0
        assert cloud.changes == ["role definition create", "role assignment create"]
        given = cloud.the("role assignment create")
        assert given["--assignee-object-id"] == PRINCIPAL
        assert given["--scope"] == "/subscriptions/00000000-0000-0000-0000-000000000000"

    def test_prod_may_read_the_images_of_dev(self, cloud):
        cloud.run(
            "grant-deployer.sh", "prod", branch="release/1.0", SHELFCAST_DEV_REGISTRY="other.azurecr.io"
        )
        assert [call["--role"] for call in cloud.calls if call.words == "role assignment create"] == [
            "Shelfcast deployment operator",
            "AcrPull",
        ]
        assert cloud.the("acr show")["--name"] == "other"

    def test_takes_the_role_that_is_there(self, cloud):
        cloud.run("grant-deployer.sh", "dev")
        assert cloud.changes == ["role assignment create"]


class TestDeployModels:
    def test_builds_registers_and_leaves_nothing_out(self, cloud):
        git(cloud, "init", "--quiet")
        git(cloud, "commit", "--quiet", "--allow-empty", "--message=first")
        assert cloud.run("deploy-models.sh", "dev", FAKE_ABSENT="models").status == 0
        assert cloud.changes == [
            "acr import",
            "acr build",
            "ml environment create",
            *["ml component create"] * COMPONENTS,
        ]
        built = cloud.the("acr build")
        assert built["--build-arg"] == f"BASE=crshelfcastdevabc123.azurecr.io/base/python@{DIGEST}"
        image = built["--image"]
        assert cloud.the("ml environment create")["--image"] == f"crshelfcastdevabc123.azurecr.io/{image}"

    def test_makes_nothing_that_is_there(self, cloud):
        git(cloud, "init", "--quiet")
        git(cloud, "commit", "--quiet", "--allow-empty", "--message=first")
        assert cloud.run("deploy-models.sh", "dev").status == 0
        assert cloud.changes == []

    def test_prod_takes_the_image_that_was_tested_in_dev(self, cloud):
        git(cloud, "init", "--quiet")
        git(cloud, "commit", "--quiet", "--allow-empty", "--message=first")
        assert cloud.run("deploy-models.sh", "prod", branch="release/1.0").status == 0
        assert cloud.changes == ["acr import"]
        taken = cloud.the("acr import")
        assert taken["--source"] == f"crshelfcastdevabc123.azurecr.io/{taken['--image']}"


class TestRollback:
    @pytest.fixture
    def history(self, cloud):
        """Two commits; the file `code` is what the stand-in packs."""
        git(cloud, "init", "--quiet")
        for version in ("old", "new"):
            (cloud.root / "code").write_text(version)
            git(cloud, "add", "code")
            git(cloud, "commit", "--quiet", f"--message={version}")
        return git(cloud, "rev-parse", "HEAD^1")

    def test_makes_the_previous_package_again(self, cloud, history):
        result = cloud.run("rollback-app.sh", "dev")
        assert result.status == 0
        assert "old" in result.errors
        assert cloud.changes == ["functionapp deployment source config-zip"]
        assert git(cloud, "worktree", "list").count("\n") == 0

    def test_takes_a_commit(self, cloud, history):
        assert cloud.run("rollback-app.sh", "dev", "--to", history).status == 0

    def test_refuses_a_commit_that_is_not_there(self, cloud, history):
        result = cloud.run("rollback-app.sh", "dev", "--to", "v9.9")
        assert result.status == 1
        assert "no such commit" in result.errors
        assert cloud.changes == []

    def test_takes_a_package_that_was_kept(self, cloud, package):
        assert cloud.run("rollback-app.sh", "dev", "--package", package).status == 0
        assert cloud.the("functionapp deployment source config-zip")["--src"] == package


class TestTeardown:
    STEPS = (
        "lock delete",
        "lock delete",
        "role assignment delete",
        "storage container immutability-policy delete",
        "group delete",
        "deployment sub delete",
    )

    def test_takes_locks_away_first_and_says_what_azure_keeps(self, cloud):
        result = cloud.run("teardown.sh", "dev", answer="rg-shelfcast-dev\n")
        assert result.status == 0
        assert cloud.changes == [*self.STEPS]
        assert "az keyvault recover --name kv-shelfcast-dev-abc123" in result.errors
        assert "Workspace mlw-shelfcast-dev: for 14 days" in result.errors

    def test_purges_the_workspace_where_asked(self, cloud):
        result = cloud.run("teardown.sh", "dev", "--yes", "--purge")
        assert result.status == 0
        assert "--permanently-delete" in cloud.the("ml workspace delete").arguments
        assert "mlw-shelfcast-dev: for 14 days" not in result.errors

    def test_does_nothing_unless_the_group_is_typed(self, cloud):
        assert cloud.run("teardown.sh", "dev", answer="dev\n").status == 1
        assert cloud.changes == []


@pytest.mark.parametrize(
    ("script", "arguments", "call"),
    [
        ("what-if.sh", [], "deployment sub what-if"),
        ("deploy.sh", ["--yes"], "deployment sub what-if"),
        ("deploy.sh", ["--yes"], "deployment sub create"),
        ("deploy-app.sh", ["--package", "code"], "deployment sub show"),
        ("deploy-app.sh", ["--package", "code"], "functionapp deployment source"),
        ("deploy-events.sh", [], "functionapp keys list"),
        ("deploy-events.sh", [], "deployment sub create"),
        ("function-key.sh", ["--renew"], "functionapp keys set"),
        ("grant-sql.sh", [], "identity show"),
        ("grant-deployer.sh", [], "identity show"),
        ("deploy-models.sh", [], "acr build"),
        ("teardown.sh", ["--yes"], "lock delete"),
        ("teardown.sh", ["--yes"], "group delete"),
    ],
)
def test_a_call_that_fails_ends_the_script(cloud, script, arguments, call):
    (cloud.root / "code").write_text("code")
    git(cloud, "init", "--quiet")
    git(cloud, "commit", "--quiet", "--allow-empty", "--message=first")
    result = cloud.run(script, "dev", *arguments, FAKE_FAILS=call, FAKE_ABSENT="models")
    assert result.status != 0
    assert cloud.calls[-1].words.startswith(call)
    assert "was refused" in result.errors


def test_an_output_that_is_missing_is_named(cloud):
    result = cloud.run("deploy-events.sh", "dev", FAKE_ABSENT="outputs")
    assert result.status == 1
    assert "tells no RESOURCE_GROUP" in result.errors


def test_what_was_never_deployed_is_deployed_first(cloud):
    result = cloud.run("deploy-events.sh", "dev", FAKE_FAILS="deployment sub show")
    assert result.status == 1
    assert "infra/deploy/deploy.sh dev" in result.errors


def test_shellcheck_finds_nothing():
    folder = ROOT / "infra/deploy"
    command = [str(ROOT / ".venv/bin/shellcheck"), "-x", *map(str, sorted(folder.glob("*.sh")))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_settings_of_these_tests_are_the_ones_that_are_asked_for():
    required = re.search(
        r"for name in ((?:SHELFCAST_\w+ ?)+);", (ROOT / "infra/deploy/common.sh").read_text()
    )
    assert required is not None
    assert set(required[1].split()) <= set(SETTINGS)
