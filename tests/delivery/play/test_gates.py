"""Gates that fail when they should, and what they stop."""

import pytest

from tests.delivery.play.test_stages import models


def test_a_failing_basic_validation_stops_the_pull_request(ground, capsys):
    ground.failing("validate-l0")
    assert ground.play("--trigger", "pr") == 1
    assert "make validate-l0: failed (ended with 2" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["check", "audit", "test", "check-infra", "impact", "validate-l1"])
def test_what_fails_a_check_is_never_packaged(ground, word):
    ground.failing(word)
    assert ground.play("--trigger", "main", "--approve", "dev") == 1
    assert not {"package", "deploy-app dev", "promote dev"} & set(ground.words)


def test_what_fails_the_tests_of_the_package_is_never_deployed(ground):
    ground.failing("test-package")
    assert ground.play("--trigger", "main", "--approve", "dev") == 1
    assert ground.words[-1] == "test-package"


def test_without_an_approval_prod_stays_as_it_is(ground, capsys):
    assert ground.play("--trigger", "release", "--approve", "dev") == 1
    assert ground.words[-1] == "test-package"
    assert "operations has not approved prod-release" in capsys.readouterr().out


def test_an_approval_of_the_code_is_none_of_the_models(ground):
    assert ground.play("--trigger", "release", "--approve", "prod-release") == 1
    assert ground.words[-1] == "register prod"


def test_models_of_dev_await_promotion_until_somebody_approves(ground, capsys):
    assert ground.play("--trigger", "main") == 1
    assert ground.words[-1] == "register dev"
    assert "data-science has not approved dev-promotion" in capsys.readouterr().out


@pytest.mark.parametrize("stage", ["data", "training", "scoring"])
@pytest.mark.parametrize("trigger", ["data", "stale", "main"])
def test_a_validation_that_fails_stops_the_promotion_whatever_has_changed(ground, trigger, stage):
    ground.failing(f"validate-models dev {stage}")
    assert ground.play("--trigger", trigger, "--approve", "dev") == 1
    assert ground.words[-1] == f"validate-models dev {stage}"


def test_nothing_goes_from_main_to_prod_not_even_by_hand(ground, capsys):
    by_hand = ("--trigger", "rollback", "--approve", "prod")
    ground.edit(".azure-pipelines/rollback.yml", "template: templates/variables/branch.yml", _prod())
    assert ground.play(*by_hand) == 1
    assert ground.words == []
    assert "main may not use prod-promotion: only release/*" in capsys.readouterr().out


def test_prods_own_pipeline_skips_everything_on_main(ground, capsys):
    ground.edit(".azure-pipelines/release.yml", "include: [release/*]", "include: [main]")
    assert ground.play("--trigger", "main", "--approve", "dev,prod") == 0
    assert not [word for word in ground.words if "prod" in word]
    assert "Deploy: skipped (its condition: and(succeeded(), startsWith(" in capsys.readouterr().out


def test_ci_of_main_does_not_start_the_release(ground):
    assert ground.play("--trigger", "main", "--approve", "dev,prod") == 0
    assert not [word for word in ground.words if "prod" in word]


@pytest.mark.parametrize("trigger", ["data", "timer", "stale"])
def test_a_superseded_release_branch_skips_its_schedules(ground, trigger):
    ground.turn(False)
    assert ground.play("--trigger", trigger, "--branch", "release/0.9", "--approve", "prod") == 0
    assert ground.words == ["turn prod"]


def test_a_deployment_that_was_not_shown_before_is_not_made(ground):
    ground.failing("what-if dev")
    assert ground.play("--trigger", "infra", "--approve", "dev") == 1
    assert ground.words[-1] == "what-if dev"


def test_an_environment_that_nobody_has_described_is_refused(ground, capsys):
    ground.edit("delivery/environments.yml", "dev-promotion:", "dev-other:")
    assert ground.play("--trigger", "data", "--approve", "dev") == 1
    assert "dev-promotion is no environment" in capsys.readouterr().out


def test_the_way_of_data_is_the_way_of_code_without_the_deployment(ground):
    ground.play("--trigger", "main", "--approve", "dev")
    assert ground.words[-7:] == models("dev")


def _prod() -> str:
    return "template: templates/variables/prod.yml"
