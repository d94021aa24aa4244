"""What the Kusto language service says of a query, as an example, and what alerts are held against."""

from pathlib import Path

from infra.check.crosschecks.alerts import sent_with
from infra.check.kusto import ask
from infra.check.model import Place
from infra.check.queries import COMPONENT_TYPE, WORKSPACE_TYPE, Query
from shared.telemetry import DIMENSIONS, Metric
from tests.infra.check.building import infrastructure, resource, said

PLACE = Place(Path("infra/bicep/content/alerts/example.kql"), 1)


def query(text, target=COMPONENT_TYPE):
    return Query(text=text, place=PLACE, target=target)


def test_a_query_is_told_by_its_columns_and_its_faults():
    right, wrong, elsewhere = ask(
        [
            query(
                "customMetrics | summarize Number = sum(valueSum) by Source = tostring(customDimensions.source)"
            ),
            query("customMetrics | where vlue > 0"),
            query("customMetrics | take 1", WORKSPACE_TYPE),
        ]
    )
    assert (right.columns, right.faults) == (("Source", "Number"), ())
    ((start, text),) = wrong.faults
    assert (start, "vlue" in text) == (22, True)
    assert "customMetrics" in elsewhere.faults[0][1], "the workspace calls that table AppMetrics"


def test_every_metric_is_sent_somewhere_and_split_by_known_dimensions_alone():
    assert set(sent_with()) == {metric.value for metric in Metric}
    assert set().union(*sent_with().values()) <= DIMENSIONS
    assert sent_with()[Metric.RUNS_ENDED] == {"status", "trigger"}


def test_without_node_a_fault_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    alert = resource(
        "Microsoft.Insights/scheduledQueryRules",
        "alert",
        {"properties": {"scopes": [], "criteria": {"allOf": [{"query": "traces | take 12345"}]}}},
    )
    (told,) = said("kql", infrastructure(root=tmp_path, dev=[alert]))
    assert "no query could be looked at" in told
    assert "Node.js" in told
