"""What the player does around the words: conditions, artifacts, logs, going on, time that is over."""

import json
import os
import threading

import pytest

from delivery.play.approvals import Gates
from delivery.play.errors import PlayRefused
from delivery.play.model import Stage
from delivery.play.play import in_order
from delivery.play.shell import as_environment, filled, run_script

PIPELINE = ".azure-pipelines/pr.yml"


def write(ground, text):
    (ground.root / PIPELINE).write_text(f"pr: [main]\ntrigger: none\n{text}")


def test_the_report_tells_every_step_with_its_log(ground, capsys):
    ground.failing("audit")
    ground.play("--trigger", "pr")
    folder = next((ground.root / "build" / "play").glob("*-pr"))
    report = (folder / "report.txt").read_text()
    assert report in capsys.readouterr().out + "\n"
    assert "make audit" in report
    assert "Tests           " in report
    (log,) = ground.logs("*make-audit")
    assert log.read_text().startswith("audit\n")
    record = json.loads((folder / "record.json").read_text())
    assert [one["result"] for one in record["stages"]] == ["failed"] + ["skipped"] * 4


def test_what_the_player_was_given_by_make_reaches_no_word(ground, monkeypatch):
    monkeypatch.setenv("MAKEFLAGS", " -- STAGE=data")
    assert ground.play("--trigger", "pr") == 0
    assert ground.words[0] == "check"


def test_it_goes_on_from_a_stage_and_keeps_what_had_succeeded(ground):
    ground.failing("register dev")
    assert ground.play("--trigger", "main", "--approve", "dev") == 1
    ground.forget()
    ground.failing()
    assert ground.play("--trigger", "main", "--approve", "dev", "--from", "models/Register") == 0
    assert ground.words == ["register dev", "branch-policy dev", "promote dev", "publish-scoring dev"]


def test_going_on_passes_no_stage_that_has_not_succeeded(ground, capsys):
    ground.failing("validate-l1")
    ground.play("--trigger", "main", "--approve", "dev")
    ground.forget()
    assert ground.play("--trigger", "main", "--approve", "dev", "--from", "Package") == 1
    assert ground.words == []
    assert "ci/Validation has not succeeded in the last play" in capsys.readouterr().err


def test_going_on_needs_a_play_before_and_a_stage_that_is_played(ground, capsys):
    assert ground.play("--trigger", "pr", "--from", "Tests") == 1
    assert "has no play of 'pr'" in capsys.readouterr().err
    ground.play("--trigger", "pr")
    assert ground.play("--trigger", "pr", "--from", "Deployment") == 1
    assert "No stage 'Deployment' is played here: pr/Quality" in capsys.readouterr().err


def test_a_dry_run_runs_nothing(ground, capsys):
    assert ground.play("--trigger", "main", "--dry-run") == 0
    assert ground.words == []
    assert "Promote / promote: environment dev-promotion: planned" in capsys.readouterr().out


def test_steps_that_ask_for_it_run_after_a_failure(ground):
    write(
        ground,
        """
stages:
  - stage: A
    jobs:
      - job: one
        steps:
          - bash: make first
          - bash: make second
          - {bash: make third, condition: succeededOrFailed()}
          - {bash: make fourth, condition: failed()}
  - {stage: B, jobs: [{job: one, steps: [{bash: make fifth}]}]}
  - {stage: C, dependsOn: A, condition: failed(), jobs: [{job: one, steps: [{bash: make sixth}]}]}
  - {stage: D, dependsOn: B, condition: always(), jobs: [{job: one, steps: [{bash: make seventh}]}]}
""",
    )
    ground.failing("first")
    assert ground.play("--trigger", "pr") == 1
    assert ground.words == ["first", "third", "fourth", "sixth", "seventh"]


def test_jobs_wait_for_those_that_they_depend_on(ground):
    write(
        ground,
        """
stages:
  - stage: A
    jobs:
      - {job: last, dependsOn: [first, middle], steps: [{bash: make last}]}
      - {job: middle, dependsOn: first, steps: [{bash: make middle}]}
      - {job: first, steps: [{bash: make first}]}
      - {job: never, condition: 'eq(1, 2)', steps: [{bash: make never}]}
""",
    )
    assert ground.play("--trigger", "pr") == 0
    assert ground.words == ["first", "middle", "last"]


def test_an_artifact_that_nobody_has_published_fails_the_step(ground, capsys):
    write(
        ground,
        """
stages:
  - {stage: A, jobs: [{job: one, steps: [{publish: build/none, artifact: none}]}]}
""",
    )
    assert ground.play("--trigger", "pr") == 1
    assert "build/none is not there" in capsys.readouterr().out


def test_the_package_that_is_deployed_is_the_one_that_was_tested(ground):
    ground.edit("Makefile", "grep -q bytes build/package/app.zip", "cat build/package/app.zip >> words.txt")
    ground.edit("Makefile", "echo bytes >", "echo once $$RANDOM >")
    assert ground.play("--trigger", "main", "--approve", "dev") == 0
    packages = [word for word in ground.words if word.startswith("once")]
    assert len(packages) == 2
    assert packages[0] == packages[1]


def test_a_job_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path):
    release = tmp_path / "release"
    os.mkfifo(release)
    ended = run_script(
        f"echo begun; cat {release} & cat {release}",
        root=tmp_path,
        environment=os.environ,
        log=tmp_path / "log",
        say=lambda line: None,
        seconds=0.3,
    )
    assert ended.timed_out
    assert ended.code != 0
    assert (tmp_path / "log").read_text() == "begun\n"
    assert threading.active_count() < 10


def test_outputs_are_what_is_marked_as_output(tmp_path):
    script = """
echo '##vso[task.setvariable variable=current;isOutput=true]true'
echo '##vso[task.setvariable variable=own]1'
"""
    ended = run_script(
        script,
        root=tmp_path,
        environment=os.environ,
        log=tmp_path / "log",
        say=lambda line: None,
        seconds=20,
    )
    assert ended.outputs == {"current": "true"}


def test_variables_are_filled_in_and_what_is_none_is_left_to_the_shell():
    variables = {"Build.SourceBranch": "refs/heads/main", "folder": "$(build.sourcebranch)/x"}
    assert filled("cp $(folder) $(date)", variables) == "cp $(build.sourcebranch)/x $(date)"
    assert as_environment(variables) == {
        "BUILD_SOURCEBRANCH": "refs/heads/main",
        "FOLDER": "refs/heads/main/x",
    }


def test_stages_that_wait_for_each_other_are_refused():
    stages = [
        Stage(name="A", title="", jobs=[], depends_on=("B",)),
        Stage(name="B", title="", jobs=[], depends_on=("A",)),
    ]
    with pytest.raises(PlayRefused, match="A, B wait for each other"):
        in_order(stages)


def test_whoever_sits_at_the_terminal_is_asked(ground):
    asked = []

    def ask(question):
        asked.append(question)
        return "prod" in question

    gates = Gates(ground.root, ["dev"], ask)
    assert gates.verdict("dev-promotion", "main").reason == "approved for data-science"
    assert gates.verdict("prod-release", "release/1.0").passed
    assert not gates.verdict("prod-release", "main").passed
    assert asked == ["operations: may this run change prod-release?"]


def test_without_a_terminal_nobody_says_yes(ground):
    assert not Gates(ground.root, []).verdict("dev-promotion", "main").passed


def test_without_environments_nothing_is_approved(tmp_path):
    with pytest.raises(PlayRefused, match="It says who approves what"):
        Gates(tmp_path, [])
