"""The infrastructure of this repository passes every rule, quickly, and the command line says so."""

import pytest

from infra.check.__main__ import main
from infra.check.evaluate import evaluate
from infra.check.load import TEMPLATE, load
from infra.check.rules import all_rules, faults_of
from infra.check.types import check_types, check_written, definitions_folder
from shared.settings import ROOT

DEFINITIONS = definitions_folder(ROOT)


@pytest.fixture(scope="module")
def infrastructure():
    return load(ROOT)


@pytest.mark.parametrize("rule", all_rules())
def test_every_rule_is_kept(infrastructure, rule):
    assert [str(fault) for fault in faults_of(all_rules()[rule], infrastructure)] == []


def test_everything_evaluates_and_evaluates_alike_twice(infrastructure):
    again = load(ROOT)
    for name, graph in infrastructure.graphs.items():
        assert graph.faults == ()
        assert graph == again.graphs[name]


@pytest.mark.skipif(DEFINITIONS is None, reason="no type definitions beside the repository")
def test_resources_fit_the_published_types(infrastructure):
    faults = check_written(infrastructure.files, DEFINITIONS)
    for graph in infrastructure.graphs.values():
        faults += check_types(graph, DEFINITIONS)
    assert [str(fault) for fault in faults] == []


def test_the_command_line_tells_each_step_and_ends_well(capsys):
    assert main(["--root", str(ROOT)]) == 0
    said = capsys.readouterr().out
    assert "dev" in said
    assert "prod" in said
    assert said.splitlines()[-1] == "0 faults"


def test_every_rule_says_why_it_is_there(capsys):
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    for rule in all_rules().values():
        assert rule.name in said
        assert len(rule.reason) > 30
        assert rule.reason.endswith(".")


def test_the_second_phase_only_adds(infrastructure):
    for name, graph in infrastructure.graphs.items():
        parameters = ROOT / f"infra/bicep/{name}.bicepparam"
        first = {one.id for one in evaluate(ROOT / TEMPLATE, parameters, ROOT).resources if not one.existing}
        whole = {one.id: one.type for one in graph.resources if not one.existing}
        added = {kind for identifier, kind in whole.items() if identifier not in first}
        assert first <= whole.keys()
        assert "Microsoft.EventGrid/systemTopics/eventSubscriptions" in added
        assert "Microsoft.Web/sites" not in added
