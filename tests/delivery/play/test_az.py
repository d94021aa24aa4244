"""The twin of az: the real scripts of infra/deploy against a subscription that is a file."""

import os
import subprocess
import sys
import zipfile

import pytest
import yaml

from delivery.play.az.__main__ import main, parsed, queried, written
from delivery.play.jobs import TWINS
from delivery.play.templates import GROUPS
from tests.delivery.play.playground import ROOT

GROUP = yaml.safe_load(GROUPS.read_text())["shelfcast-dev"]


@pytest.fixture
def az(tmp_path, monkeypatch, capsys):
    """Run a command of the twin in the repository; returns its exit code and what it wrote."""
    monkeypatch.setenv("SHELFCAST_PLAY", str(tmp_path))
    monkeypatch.chdir(ROOT)

    def run(command):
        code = main(command.split())
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


@pytest.fixture
def script(tmp_path):
    """Run a script of infra/deploy."""
    environment = {
        **os.environ,
        **GROUP,
        "SHELFCAST_PLAY": str(tmp_path),
        "SHELFCAST_PYTHON": sys.executable,
        "BUILD_SOURCEBRANCH": "refs/heads/main",
        "PATH": f"{TWINS}{os.pathsep}{os.environ['PATH']}",
    }

    def run(name, *arguments, **more):
        return subprocess.run(
            [ROOT / "infra" / "deploy" / f"{name}.sh", *arguments],
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


SUB = "deployment sub {} --name shelfcast-dev --location eastus2 --parameters infra/bicep/dev.bicepparam"


def test_what_would_change_is_told_and_nothing_is_changed_twice(az):
    code, told = az(SUB.format("what-if"))
    assert code == 0
    assert "  + Microsoft.Web/sites/func-shelfcast-dev" in told
    assert az(SUB.format("create"))[0] == 0
    assert "0 to create, 0 to modify" in az(SUB.format("what-if"))[1]


def test_a_changed_setting_is_a_modification(az, monkeypatch):
    az(SUB.format("create"))
    monkeypatch.setenv("SHELFCAST_OWNER", "somebody else")
    assert " 0 to create" in az(SUB.format("what-if"))[1]
    assert " 0 to modify" not in az(SUB.format("what-if"))[1]


def test_outputs_are_told_and_what_only_azure_knows_is_made_up(az):
    assert az("deployment sub show --name shelfcast-dev")[0] == 3
    az(SUB.format("create"))
    query = (
        "deployment sub show --name shelfcast-dev --query properties.outputs.CONTAINER_REGISTRY.value -o tsv"
    )
    code, told = az(query)
    assert code == 0
    assert told.strip().endswith(".azurecr.io")


def test_a_template_that_does_not_evaluate_is_not_deployed(az, tmp_path, monkeypatch):
    copied = tmp_path / "copy"
    subprocess.run(["cp", "-r", ROOT / "infra", copied / "infra"], check=False)
    copied.mkdir(exist_ok=True)
    subprocess.run(["cp", "-r", ROOT / "infra", copied], check=True)
    parameters = copied / "infra" / "bicep" / "dev.bicepparam"
    parameters.write_text(parameters.read_text() + "\nparam nobodyAsked = 1\n")
    monkeypatch.chdir(copied)
    code, told = az(SUB.format("create"))
    assert code == 1
    assert "InvalidTemplate" in told
    assert "nobodyAsked" in told


def test_a_command_that_it_does_not_know_is_refused(az):
    code, told = az("vm create --name one")
    assert code == 2
    assert "'vm create' is not in the twin of az" in told


def test_what_is_missing_is_told_as_az_does(az, monkeypatch):
    assert az("functionapp function list --name none") == (
        3,
        "ERROR: (ResourceNotFound) The resource 'Microsoft.Web/sites/none' was not found.\n",
    )
    assert az("functionapp function list")[0] == 2
    monkeypatch.delenv("SHELFCAST_PLAY")
    assert "runs in a play only" in az("account show")[1]


def test_code_without_functions_gives_no_key(az, tmp_path):
    az(SUB.format("create"))
    show = (
        "deployment sub show --name shelfcast-dev --query properties.outputs.FUNCTION_APP_NAME.value -o tsv"
    )
    app = az(show)[1].strip()
    package = tmp_path / "app.zip"
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("host.json", "{}")
        content.writestr("function_app.py", "import none_such_library\n")
    assert az(f"functionapp deployment source config-zip --name {app} --src {package}")[0] == 0
    keys = f"functionapp keys list --name {app} --query systemKeys.blobs_extension --output tsv"
    assert az(keys) == (0, "")
    assert az(f"functionapp deployment source config-zip --name {app} --src {ROOT}/Makefile")[0] == 1


def test_the_scripts_deploy_show_and_refuse(script):
    assert script("deploy-app", "dev").returncode == 1
    deployed = script("deploy", "dev", "--yes")
    assert deployed.returncode == 0, deployed.stderr
    assert "FUNCTION_APP_NAME=func-shelfcast-dev" in deployed.stdout
    events = script("deploy-events", "dev")
    assert events.returncode == 1
    assert "has no blobs_extension key yet" in events.stderr


def test_models_are_built_once(script):
    script("deploy", "dev", "--yes")
    first, second = script("deploy-models", "dev"), script("deploy-models", "dev")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "Building shelfcast-training" in first.stderr
    assert "Building" not in second.stderr


def test_teardown_leaves_nothing_of_the_group(script, az):
    script("deploy", "dev", "--yes")
    gone = script("teardown", "dev", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert " 0 to modify, 0 no change" in az(SUB.format("what-if"))[1]


def test_prod_is_refused_on_main_by_the_scripts_themselves(script):
    assert "prod is deployed from release branches only" in script("deploy", "prod", "--yes").stderr
    assert script("what-if", "prod", BUILD_SOURCEBRANCH="refs/heads/release/1.0").returncode == 0


def test_options_queries_and_outputs_are_read_as_az_does():
    assert parsed(["group", "delete", "-n", "one", "--yes"]) == ("group delete", {"name": ["one"], "yes": []})
    assert queried([{"name": "a"}, {"name": "b"}], "[].name") == ["a", "b"]
    assert queried({"a": None}, "a.b") is None
    assert written([{"name": "a"}], {"output": ["tsv"], "query": ["[].name"]}) == "a\n"
    assert written({"a": 1}, {"output": ["none"]}) == ""
    assert written({"a": 1}, {}) == '{\n  "a": 1\n}\n'


def test_triggers_of_data_factory_are_started_and_stopped(script):
    script("deploy", "dev", "--yes")
    assert script("triggers", "dev", "list").stdout == "on_arrival\tStopped\nweekly\tStopped\n"
    assert script("triggers", "dev", "start", "weekly").returncode == 0
    assert "weekly\tStarted" in script("triggers", "dev", "list").stdout
    assert script("triggers", "dev", "stop").returncode == 0
    assert "Started" not in script("triggers", "dev", "list").stdout


def test_prod_takes_the_image_that_dev_has_tested(script):
    release = {"BUILD_SOURCEBRANCH": "refs/heads/release/1.0"}
    script("deploy", "prod", "--yes", **release)
    script("deploy", "dev", "--yes")
    assert script("deploy-models", "prod", **release).returncode == 1
    assert script("deploy-models", "dev").returncode == 0
    assert script("deploy-models", "prod", **release).returncode == 0
