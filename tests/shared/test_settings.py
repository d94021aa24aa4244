"""Settings of the app: all that are missing or wrong are named together."""

import json
from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.settings import ROOT, Settings, profile_path

LOCAL = {"SHELFCAST_ENVIRONMENT": "local", "LakeStorage": "x", "SHELFCAST_LEDGER_URL": "sqlite://"}


def test_the_sample_file_is_complete():
    values = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    own = Settings.read(values)
    assert (own.environment, own.profile) == ("local", Path("config/default.yml"))
    assert {"SHELFCAST_WEEKLY_SCHEDULE", "SHELFCAST_STALE_SCHEDULE", "AzureWebJobsStorage"} <= values.keys()


def test_everything_that_is_missing_is_named_at_once():
    with pytest.raises(SettingsError) as told:
        Settings.read({})
    assert "SHELFCAST_ENVIRONMENT" in str(told.value)
    assert "SHELFCAST_LEDGER_URL" in str(told.value)


def test_a_deployed_environment_needs_azure_ml_and_takes_no_keys_or_local_files():
    with pytest.raises(SettingsError) as told:
        Settings.read({**LOCAL, "SHELFCAST_ENVIRONMENT": "prod"})
    for part in (
        "AZURE_ML_SUBSCRIPTION_ID, AZURE_ML_RESOURCE_GROUP, AZURE_ML_WORKSPACE",
        "holds a key",
        "SQLite",
    ):
        assert part in str(told.value)


def test_empty_means_not_given():
    with pytest.raises(SettingsError, match="exactly one of"):
        Settings.read({**LOCAL, "LakeStorage": ""})


def test_telemetry_to_azure_needs_an_address():
    with pytest.raises(SettingsError, match="APPLICATIONINSIGHTS_CONNECTION_STRING"):
        Settings.read({**LOCAL, "SHELFCAST_TELEMETRY": "azure"})


def test_limits_are_seconds():
    own = Settings.read({**LOCAL, "SHELFCAST_QUEUE_LIMIT_MINUTES": "5", "SHELFCAST_POLL_SECONDS": "2"})
    assert (own.limits.queue_seconds, own.limits.poll_seconds) == (300, 2)


def test_the_profile_is_known_without_the_other_settings():
    assert profile_path({}) == Path("config/default.yml")
    assert profile_path({"SHELFCAST_PROFILE": "config/mine.yml"}) == Path("config/mine.yml")
