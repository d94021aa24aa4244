"""The stages against a running app, whose jobs only pretend: what is asked of it, and what is found."""

from dataclasses import replace
from datetime import datetime

import pytest

from delivery.app import App
from delivery.environments import Environment
from delivery.validation.config import read_config
from delivery.validation.deployed import AppValidation
from functions.bootstrap import NoCatalogue, edges
from local.jobs.simulated import FAILS
from shared.runs.lifecycle import Lifecycle
from shared.runs.summary import read_plan
from tests.functions.company import running_company, scripts


@pytest.fixture
def company(tmp_path):
    with running_company(tmp_path) as company:
        yield company


@pytest.fixture
def validation(company):
    environment = Environment(
        name="local",
        store=company.store,
        profile=edges().lake.profile,
        catalogue=NoCatalogue(),
        found_app=App(url=company.host.url, headers=company.host.headers),
    )
    return AppValidation(environment, read_config(), "data")


def said(report) -> dict[str, str]:
    return {check.name: check.found for check in report.checks}


def test_the_app_conditions_a_file_again_and_what_lies_in_the_lake_is_looked_at(validation):
    data = validation.data()
    assert data.passed, data
    assert said(data)["the app conditions"] == "1 files of products"
    assert said(data)["row conservation"].endswith("rows of 5 files")


def test_what_was_trained_awaits_promotion_and_a_trial_of_it_does_not_stand(validation, company):
    training = validation.training()
    assert training.passed, training
    assert said(training)["models are registered"] == "4 models, 4 await promotion"
    plan = read_plan(company.store, training.facts["run"])
    assert (plan.request.trigger, plan.request.markets, plan.promotion) == ("data", ("Market 0",), "await")

    scoring = validation.scoring()
    assert scoring.passed, scoring
    assert said(scoring)["rows in = scored + quarantined"] == "4 = 4 + 0"
    assert list(company.store.list("predictions/current/")) == []
    assert all(
        validation.environment.registry.serving(s) is None for s in validation.environment.registry.slots()
    )
    assert len(Lifecycle(validation.environment.registry).awaiting("market-0.large.fast")) == 1


def test_a_cell_that_fails_fails_the_stage(validation, monkeypatch):
    from delivery.validation import deployed

    class Clock:
        @staticmethod
        def now(_: object):
            return datetime(2026, 1, 1)

    monkeypatch.setattr(deployed, "datetime", Clock)
    scripts["validate-train-20260101-000000"] = replace(FAILS, queue_seconds=0, run_seconds=0)
    with pytest.raises(deployed.ShelfcastError, match="ended as Failed"):
        validation.training()
