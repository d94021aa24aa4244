"""Azure Pipelines and GitHub Actions have the same words, in the same order, for the same triggers."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.play.approvals import Gates
from delivery.play.command import TRIGGERS
from delivery.play.jobs import Surroundings
from delivery.play.play import Player
from delivery.play.record import Record
from tests.delivery.play.playground import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"

FILES = {
    "pr": "pull_request",
    "main": "main",
    "release": "release",
    "data": "data_change",
    "timer": "scoring",
    "stale": "stale",
    "infra": "infrastructure",
    "rollback": "rollback",
}

TRUE = (
    "needs.turn.outputs.current == 'true'",
    "github.event_name == 'push' || inputs.events",
)
PRODS_SCHEDULE = re.compile(r"github\.event\.schedule == ")
BRANCH = "${{ startsWith(github.ref, 'refs/heads/release/') && 'prod' || 'dev' }}"


def azure(trigger: str, branch: str, folder: Path) -> list[str]:
    event = TRIGGERS[trigger]
    event = type(event)(**{**vars(event), "branch": branch})
    around = Surroundings(
        root=ROOT,
        plays=folder,
        folder=folder,
        gates=Gates(ROOT, []),
        branch=branch,
        facts=event.facts,
        say=lambda line: None,
        dry=True,
    )
    steps = Player(around, Record(trigger, branch)).play(event, {}).steps
    return plain([one.step for one in steps])


def github(trigger: str, branch: str) -> list[str]:
    environment = "prod" if branch.startswith("release/") else "dev"
    return plain(list(words_of(FILES[trigger], {}, {BRANCH: environment})))


def plain(words: list[str]) -> list[str]:
    found = [word.replace('"', "") for word in words]
    return [word for word in found if word.startswith("make ") and word != "make setup"]


def words_of(name: str, inputs: Mapping[str, Any], facts: Mapping[str, str]):
    workflow = read(name)
    skipped: set[str] = set()
    for key, job in in_order(workflow["jobs"]):
        if not wanted(job.get("if", ""), inputs) or skipped & set(needs(job)):
            skipped.add(key)
            continue
        if "uses" in job:
            given = {key: filled(str(value), inputs, facts) for key, value in job.get("with", {}).items()}
            yield from words_of(Path(job["uses"]).stem, given, facts)
            continue
        known = {**workflow.get("env", {}), **job.get("env", {})}
        for step in job["steps"]:
            if wanted(step.get("if", ""), inputs):
                yield with_environment(step.get("run", ""), known, inputs, facts)


def wanted(condition: str, inputs: Mapping[str, Any]) -> bool:
    text = condition.removeprefix("${{").removesuffix("}}").strip()
    if not text or text in TRUE or text == "!cancelled()":
        return True
    if text == "inputs.package":
        return inputs["package"] == "True"
    if text == "inputs.commit != 'none'":
        return False
    assert PRODS_SCHEDULE.search(text), f"this test does not know the condition {text}"
    return text.startswith("!")


def with_environment(run: str, known: Mapping[str, str], inputs: Mapping[str, Any], facts: Any) -> str:
    for name, value in known.items():
        run = run.replace(f"${name}", filled(value, inputs, facts))
    return run


def filled(text: str, inputs: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    for name, value in {**{f"${{{{ inputs.{n} }}}}": v for n, v in inputs.items()}, **facts}.items():
        text = text.replace(name, str(value))
    return text


def in_order(jobs: Mapping[str, Any]):
    done: list[str] = []
    while len(done) < len(jobs):
        name = next(n for n, job in jobs.items() if n not in done and set(needs(job)) <= set(done))
        done.append(name)
        yield name, jobs[name]


def needs(job: Mapping[str, Any]) -> list[str]:
    found = job.get("needs", [])
    return [found] if isinstance(found, str) else found


def read(name: str) -> dict[str, Any]:
    content = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text())
    return {"on": content.pop(True), **content}


@pytest.mark.parametrize(
    ("trigger", "branch"),
    [
        ("pr", "main"),
        ("pr", "release/1.0"),
        ("main", "main"),
        ("release", "release/1.0"),
        *((t, b) for t in ("data", "timer", "stale", "infra", "rollback") for b in ("main", "release/1.0")),
    ],
)
def test_both_have_the_same_words_in_the_same_order(trigger, branch, tmp_path):
    words = azure(trigger, branch, tmp_path)
    assert words
    assert words == github(trigger, branch)


def test_both_start_at_the_same_hours():
    days = {"Mon": "1", "Tue": "2"}
    for name in ("scoring", "data_change", "stale"):
        ours = yaml.safe_load((ROOT / ".azure-pipelines" / f"{name}.yml").read_text())["schedules"]
        theirs = read(name)["on"]["schedule"]
        hours = [re.sub("Mon|Tue", lambda found: days[found[0]], one["cron"]) for one in ours]
        assert hours == [one["cron"] for one in theirs]


def test_every_environment_of_a_workflow_is_described():
    described = set(yaml.safe_load((ROOT / "delivery" / "environments.yml").read_text()))
    for path in WORKFLOWS.glob("*.yml"):
        for job in read(path.stem)["jobs"].values():
            if "environment" not in job:
                continue
            for environment in ("dev", "prod"):
                name = filled(job["environment"], {"environment": environment}, {BRANCH: environment})
                assert name in described, f"{path.name}: {name}"


def test_every_word_is_a_word_of_the_makefile(tmp_path):
    makefile = (ROOT / "Makefile").read_text()
    known = {
        word for words in re.findall(r"^([a-z0-9 -]+):", makefile, re.MULTILINE) for word in words.split()
    }
    used = {
        word.split()[1] for trigger in FILES for word in azure(trigger, TRIGGERS[trigger].branch, tmp_path)
    }
    assert used <= known, f"the Makefile lacks {sorted(used - known)}"


def test_prod_is_deployed_by_the_workflow_of_release_branches_alone():
    assert read("main")["on"]["push"]["branches"] == ["main"]
    assert read("release")["on"]["push"]["branches"] == ["release/*"]
    assert "prod" not in (WORKFLOWS / "main.yml").read_text()
    assert "dev" not in re.sub(r"#.*", "", (WORKFLOWS / "release.yml").read_text())
