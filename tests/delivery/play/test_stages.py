"""The way of each change, played from the pipelines as they are: which words, in which order, behind which gates."""

import pytest

CHECKS = ["check", "branch-policy", "audit", "test", "check-infra", "bicep", "impact"]
PACKAGE = ["package", "sbom", "licences", "test-package"]


def deployment(environment: str) -> list[str]:
    return [
        f"{word} {environment}" for word in ("branch-policy", "deploy-models", "deploy-app", "deploy-events")
    ]


def models(environment: str) -> list[str]:
    return [
        f"validate-models {environment} data",
        f"validate-models {environment} training",
        f"validate-models {environment} scoring",
        f"register {environment}",
        f"branch-policy {environment}",
        f"promote {environment}",
        f"publish-scoring {environment}",
    ]


def test_a_pull_request_passes_the_checks_and_the_small_validation_and_deploys_nothing(ground):
    assert ground.play("--trigger", "pr") == 0
    assert ground.words == [*CHECKS, "validate-l0"]


def test_main_passes_the_checks_with_more_training_and_goes_to_dev(ground):
    assert ground.play("--trigger", "main", "--approve", "dev") == 0
    assert ground.words == [*CHECKS, "validate-l1", *PACKAGE, *deployment("dev"), *models("dev")]


def test_a_release_branch_passes_the_same_and_goes_to_prod(ground):
    assert ground.play("--trigger", "release", "--approve", "prod") == 0
    assert ground.words == [*CHECKS, "validate-l1", *PACKAGE, *deployment("prod"), *models("prod")]


@pytest.mark.parametrize("trigger", ["data", "stale"])
@pytest.mark.parametrize(("branch", "environment"), [("main", "dev"), ("release/1.0", "prod")])
def test_changed_data_and_stale_models_pass_the_stages_of_a_change_of_code(
    ground, trigger, branch, environment
):
    assert ground.play("--trigger", trigger, "--branch", branch, "--approve", "dev,prod") == 0
    assert ground.words == [f"turn {environment}", *models(environment)]


@pytest.mark.parametrize(("branch", "environment"), [("main", "dev"), ("release/1.0", "prod")])
def test_the_timer_scores_in_the_environment_of_its_branch(ground, branch, environment):
    assert ground.play("--trigger", "timer", "--branch", branch) == 0
    assert ground.words == [f"turn {environment}", f"score {environment}"]


@pytest.mark.parametrize(("branch", "environment"), [("main", "dev"), ("release/1.0", "prod")])
def test_infrastructure_is_proved_shown_approved_deployed_and_then_connected(ground, branch, environment):
    assert ground.play("--trigger", "infra", "--branch", branch, "--approve", environment) == 0
    assert ground.words == [
        "check-infra",
        "bicep",
        *(f"{word} {environment}" for word in ("what-if", "branch-policy", "deploy", "deploy-events")),
    ]


def test_before_the_first_deployment_of_the_app_its_events_can_be_left_out(ground):
    assert ground.play("--trigger", "infra", "--approve", "dev", "--set", "events=false") == 0
    assert ground.words[-1] == "deploy dev"


def test_a_rollback_puts_the_models_back_and_forecasts_with_them(ground):
    assert ground.play("--trigger", "rollback", "--approve", "dev") == 0
    assert ground.words == ["branch-policy dev", "rollback dev", "publish-scoring dev", "score dev"]


def test_a_rollback_takes_the_code_along_where_a_commit_is_named(ground):
    assert ground.play("--trigger", "rollback", "--approve", "dev", "--set", "commit=1a2b3c") == 0
    assert ground.words[:3] == ["branch-policy dev", "rollback-app dev", "rollback dev"]


def test_all_plays_every_trigger(ground):
    assert ground.play("--trigger", "all", "--approve", "dev,prod") == 0
    for word in ("validate-l0", "deploy-app prod", "rollback dev", "deploy prod", "score dev"):
        assert word in ground.words


def test_a_change_of_documents_starts_no_infrastructure(ground, capsys):
    ground.play("--trigger", "main", "--dry-run")
    assert "DeployInfrastructure" not in capsys.readouterr().out


def test_a_push_to_another_branch_starts_nothing(ground, capsys):
    assert ground.play("--trigger", "main", "--branch", "feature/new") == 1
    assert "starts no pipeline" in capsys.readouterr().err


def test_a_webhook_with_another_event_starts_nothing(ground):
    ground.edit(".azure-pipelines/data_change.yml", "value: dataset-published", "value: something-else")
    assert ground.play("--trigger", "data") == 1
    assert ground.words == []


@pytest.mark.parametrize(("trigger", "why"), [("main", "code"), ("data", "data"), ("stale", "stale")])
def test_runs_are_recorded_as_started_for_what_has_changed(ground, trigger, why):
    ground.edit("Makefile", '>@echo "$(WORD)"', '>@echo "$(WORD) $(SHELFCAST_TRIGGER)"')
    assert ground.play("--trigger", trigger, "--approve", "dev") == 0
    assert f"register dev {why}" in ground.words
