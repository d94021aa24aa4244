"""The infrastructure itself, evaluated for each environment."""

from pathlib import Path

import pytest

from infra.check.evaluate import evaluate
from infra.check.model import Graph, Unknown

ROOT = Path(__file__).resolve().parents[4]


def graph_of(environment: str) -> Graph:
    return evaluate(ROOT / "infra/bicep/main.bicep", ROOT / f"infra/bicep/{environment}.bicepparam", ROOT)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_everything_can_be_evaluated(environment: str) -> None:
    graph = graph_of(environment)
    assert graph.faults == ()
    assert graph.environment == environment
    assert all(r.id.startswith("/subscriptions/") for r in graph.resources)
    assert not [r for r in graph.resources for _, n in r.body.walk() if n.value == Unknown("not evaluated")]


def test_two_evaluations_give_the_same() -> None:
    assert graph_of("dev") == graph_of("dev")


def test_places_are_inside_the_repository() -> None:
    for resource in graph_of("dev").resources:
        for _, node in resource.body.walk():
            assert (ROOT / node.place.path).is_file()
