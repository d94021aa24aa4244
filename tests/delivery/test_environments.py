"""How words find an environment: variables, a deployment's outputs, or a played one."""

import json
import sys

import pytest

from delivery.environments import actor, opened
from shared.errors import SettingsError

OUTPUTS = {
    "lakestorage__blobServiceUri": "https://lake.blob.core.windows.net/",
    "functioN_APP_URL": "https://app.azurewebsites.net/",
    "resourcE_GROUP": "rg-1",
    "functioN_APP_NAME": "func-1",
    "azurE_ML_SUBSCRIPTION_ID": "s",
    "azurE_ML_RESOURCE_GROUP": "g",
    "azurE_ML_WORKSPACE": "w",
}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name in ("SHELFCAST_PLAY", "SHELFCAST_APP_URL", "SHELFCAST_APP_KEY", "SHELFCAST_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BUILD_REQUESTEDFOR", "GITHUB_ACTOR", "SHELFCAST_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def az(tmp_path, monkeypatch):
    """Put a stand-in for the Azure CLI on the path, which answers and writes down what it was asked."""

    def install(outputs: object = OUTPUTS, code: int = 0):
        log = tmp_path / "asked.txt"
        told = {name: {"type": "String", "value": value} for name, value in dict(outputs).items()}
        script = tmp_path / "az"
        script.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))\n"
            f"if {code}: sys.exit('not signed in')\n"
            f"print('the-key' if sys.argv[1] == 'functionapp' else {json.dumps(told)!r})\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return log

    return install


def test_a_deployed_environment_is_found_by_the_outputs_of_its_deployment(az):
    log = az()
    with opened("dev") as environment:
        assert environment.app.url == "https://app.azurewebsites.net"
        assert environment.app.headers == {"x-functions-key": "the-key"}
        assert environment.catalogue.workspace.name == "w"
        assert environment.pipelines.workspace.resource_group == "g"
    asked = log.read_text().splitlines()
    assert asked[0].startswith("deployment sub show --name shelfcast-dev ")
    assert asked[1].startswith("functionapp keys list --resource-group rg-1 --name func-1 ")
    assert len(asked) == 2


def test_variables_come_first(az, monkeypatch):
    log = az()
    monkeypatch.setenv("SHELFCAST_APP_URL", "https://other.example.org")
    monkeypatch.setenv("SHELFCAST_APP_KEY", "k")
    with opened("prod") as environment:
        assert environment.app.url == "https://other.example.org"
        assert environment.app.headers == {"x-functions-key": "k"}
    assert "functionapp" not in log.read_text()


def test_what_needs_no_app_asks_for_no_key(az):
    log = az()
    with opened("dev", app=False) as environment, pytest.raises(SettingsError, match="without its app"):
        environment.app.start("runs", {})
    assert "functionapp" not in log.read_text()


def test_an_environment_that_is_not_deployed_says_what_to_do(az):
    az(outputs={})
    with pytest.raises(SettingsError, match=r"Deploy it .infra/deploy/deploy.sh dev., or set the variable"):
        opened("dev").__enter__()


def test_az_that_fails_is_told_with_its_words(az):
    az(code=1)
    with pytest.raises(SettingsError, match="az deployment sub failed: not signed in"):
        opened("dev").__enter__()


def test_az_that_is_missing_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="az is missing"):
        opened("dev").__enter__()


def test_a_played_environment_is_a_folder_whose_models_await_promotion(monkeypatch, tmp_path):
    monkeypatch.setenv("SHELFCAST_PLAY", str(tmp_path))
    with opened("prod", app=False) as environment:
        assert environment.profile.retraining.promotion == "await"
        environment.store.put("raw/a/b.csv", b"")
    assert (tmp_path / "prod" / "lake" / "raw" / "a" / "b.csv").exists()


@pytest.mark.parametrize("variable", ["SHELFCAST_ACTOR", "BUILD_REQUESTEDFOR", "GITHUB_ACTOR"])
def test_who_acts_is_whom_a_pipeline_runs_for(monkeypatch, variable):
    monkeypatch.setenv(variable, "Ann")
    assert actor() == "Ann"
