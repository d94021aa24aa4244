"""A small repository with one contract, its base on main, and changes as people make them."""

import json
import re

import pytest

from delivery.__main__ import main
from delivery.impact import command
from delivery.impact.contracts import Contract, column, signal, step
from delivery.impact.snapshot import path_of
from tests.delivery.package.repositories import git, write

METRIC = {"definition": "A mean."}
CODE = {
    "ledger": {
        "jobs": {"key": ["job"]},
        "jobs.job": {"kind": "text"},
        "jobs.logs": {"kind": "json"},
        "jobs.status": {"kind": "word"},
        "runs.status": {"kind": "word"},
    },
    "telemetry": {"shelfcast.mape": METRIC, "shelfcast.alerts": {"definition": "A count."}},
    "steps": {"training.step.features": {"component": "features"}},
}
KINDS = {"ledger": column, "telemetry": signal, "steps": step}
QUERY = 'customMetrics\n| where name == "shelfcast.mape"\n'
VIEW = "SELECT job,\n logs, status FROM jobs\n"


@pytest.fixture
def code(monkeypatch):
    """What the contracts read; tests change it as a change of the code would."""
    code = json.loads(json.dumps(CODE))
    contracts = [
        Contract(
            name=name,
            read=lambda name=name: code[name],
            used_in=("*.sql", "*.kql", "*.md", "*.json"),
            mention=mention,
        )
        for name, mention in KINDS.items()
    ]
    monkeypatch.setattr(command, "CONTRACTS", contracts)
    return code


@pytest.fixture
def root(tmp_path, code, capsys):
    """A repository whose main has written the contracts down, and a branch of it that is checked out."""
    write(tmp_path, "sql/views.sql", VIEW)
    write(tmp_path, "queries/mape.kql", QUERY)
    write(tmp_path, "docs/steps.md", "A step `features`, and features of a row.\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=Begin")
    assert impact(tmp_path, "--update") == 0
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=Write the contracts down")
    git(tmp_path, "switch", "--quiet", "--create=work")
    capsys.readouterr()
    return tmp_path


def impact(root, *words):
    return main(["impact", f"--root={root}", "--base=main", *words])


def bump(root, contract, version):
    path = root / path_of(contract)
    path.write_text(re.sub(r'"version": "[\d.]+"', f'"version": "{version}"', path.read_text()))


def rename(entries, old, new):
    entries[new] = entries.pop(old)


def test_without_a_change_all_is_well(root, capsys):
    assert impact(root) == 0
    assert "ledger       1.0 -> 1.0" in capsys.readouterr().out


def test_a_new_column_without_a_version_fails_and_passes_with_one(root, code, capsys):
    code["ledger"]["jobs.retries"] = {"kind": "integer"}
    assert impact(root) == 1
    said = capsys.readouterr().err
    assert "delivery/impact/contracts/ledger.json:2: unbumped-contract: ledger is still 1.0" in said
    assert "Additive: new jobs.retries." in said
    assert "set the version to 1.1" in said
    assert impact(root, "--update") == 1, "a version is raised by a person"
    bump(root, "ledger", "1.1")
    assert impact(root) == 1
    assert "stale-contract" in capsys.readouterr().err
    assert impact(root, "--update") == 0
    assert impact(root) == 0
    assert "jobs.retries" in (root / path_of("ledger")).read_text()


def test_a_dropped_column_names_those_who_use_it(root, code, capsys):
    del code["ledger"]["jobs.logs"]
    assert impact(root) == 1
    said = capsys.readouterr().err
    assert "Breaking: removed jobs.logs." in said
    assert "Let these follow: sql/views.sql:2. Then set the version to 2.0" in said


def test_a_dropped_column_that_is_still_used_fails_even_with_a_new_version(root, code, capsys):
    del code["ledger"]["jobs.logs"]
    bump(root, "ledger", "2.0")
    assert impact(root, "--update") == 1
    said = capsys.readouterr().err
    assert "sql/views.sql:2: consumer-left-behind: uses jobs.logs" in said
    assert "unbumped" not in said
    write(root, "sql/views.sql", VIEW.replace("logs, ", ""))
    assert impact(root) == 0


def test_a_minor_version_is_not_enough_for_a_breaking_change(root, code, capsys):
    del code["ledger"]["jobs.logs"]
    bump(root, "ledger", "1.1")
    assert impact(root) == 1
    assert "ledger is still 1.1" in capsys.readouterr().err


def test_a_name_that_another_table_still_has_is_asked_about_not_held_against_its_users(root, code, capsys):
    del code["ledger"]["jobs.status"]
    assert impact(root) == 1
    assert "Let these follow: sql/views.sql:2." in capsys.readouterr().err
    bump(root, "ledger", "2.0")
    assert impact(root, "--update") == 0


def test_a_renamed_metric_has_to_be_followed(root, code, capsys):
    rename(code["telemetry"], "shelfcast.mape", "shelfcast.mape_share")
    assert impact(root) == 1
    said = capsys.readouterr().err
    assert "Breaking: renamed shelfcast.mape to shelfcast.mape_share." in said
    assert "queries/mape.kql:2: consumer-left-behind" in said
    bump(root, "telemetry", "2.0")
    write(root, "queries/mape.kql", QUERY.replace("shelfcast.mape", "shelfcast.mape_share"))
    assert impact(root, "--update") == 0


def test_a_metric_that_means_something_else_has_to_be_followed(root, code, capsys):
    code["telemetry"]["shelfcast.mape"] = {"definition": "A median."}
    assert impact(root) == 1
    said = capsys.readouterr().err
    assert "changed shelfcast.mape: definition was 'A mean.', is 'A median.'" in said
    assert "Let these follow: queries/mape.kql:2." in said
    bump(root, "telemetry", "2.0")
    assert impact(root, "--update") == 0


def test_a_renamed_step_has_to_be_followed(root, code, capsys):
    code["steps"] = {"training.step.design": {"component": "features"}}
    bump(root, "steps", "2.0")
    assert impact(root, "--update") == 1
    assert "docs/steps.md:1: consumer-left-behind: uses training.step.features" in capsys.readouterr().err
    write(root, "docs/steps.md", "A step `design`, and features of a row.\n")
    assert impact(root) == 0


def test_a_new_contract_begins_at_its_first_version(root, code, capsys):
    (root / path_of("steps")).unlink()
    git(root, "rm", "--quiet", "--cached", str(path_of("steps")))
    git(root, "commit", "--quiet", "--message=Forget")
    assert main(["impact", f"--root={root}", "--base=work"]) == 1
    assert "steps.json:2: stale-contract" in capsys.readouterr().err
    assert main(["impact", f"--root={root}", "--base=work", "--update"]) == 0


def test_what_main_has_changed_since_is_not_held_against_the_branch(root, code):
    git(root, "switch", "--quiet", "main")
    bump(root, "ledger", "3.0")
    git(root, "commit", "--quiet", "--all", "--message=Raise")
    git(root, "switch", "--quiet", "work")
    assert impact(root) == 0


def test_a_base_that_is_not_there_is_named_with_the_remedy(root, capsys):
    assert main(["impact", f"--root={root}", "--base=origin/main"]) == 1
    assert "there is no origin/main to compare with" in capsys.readouterr().err
