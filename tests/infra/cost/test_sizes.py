"""The page of costs follows the Bicep."""

from pathlib import Path

import pytest

from infra.check.evaluate import evaluate
from infra.cost.__main__ import main, page_of
from infra.cost.sizes import sizes_of

ROOT = Path(__file__).resolve().parents[3]
BICEP = ROOT / "infra" / "bicep"


def test_the_page_is_what_the_bicep_and_the_tables_come_to():
    assert (ROOT / "docs" / "cost.md").read_text() == page_of(), "python -m infra.cost --write-docs"


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_sizes_are_those_of_the_parameters(environment):
    graph = evaluate(BICEP / "main.bicep", BICEP / f"{environment}.bicepparam", ROOT)
    sizes, given = sizes_of(graph), {name: node.plain() for name, node in graph.parameters.items()}
    assert sizes.environment == environment
    assert sizes.memory_gb == given["app"]["instanceMemoryMB"] / 1024
    assert (sizes.cpu, sizes.gpu) == tuple(given["clusters"][kind]["size"] for kind in ("cpu", "gpu"))
    assert (sizes.lake, sizes.registry) == (given["lakeSku"], given["registrySku"])
    assert bool(sizes.private_endpoints) is given["privateNetwork"]


def test_other_numbers_of_markets_can_be_asked_for(capsys):
    assert main(["--markets", "3"]) == 0
    assert "| prod | 3 | 6 |" in capsys.readouterr().out
