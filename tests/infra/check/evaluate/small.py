"""Small repositories of Bicep, evaluated."""

from pathlib import Path
from typing import Any

from infra.check.evaluate import evaluate
from infra.check.model import Fault, Graph

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
GROUP = f"{SUBSCRIPTION}/resourceGroups/group"


def graph_of(root: Path, main: str, parameters: str = "", **files: str) -> Graph:
    """Write main.bicep, its parameters and other files (`module_bicep=...`), and evaluate them."""
    (root / "main.bicep").write_text(main)
    (root / "dev.bicepparam").write_text(f"using 'main.bicep'\n{parameters}")
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    return evaluate(root / "main.bicep", root / "dev.bicepparam", root)


def value_of(root: Path, expression: str, before: str = "", **files: str) -> Any:
    """Return what an expression is worth, without places."""
    graph = graph_of(root, f"{before}\noutput x object = {{\n  value: {expression}\n}}\n", **files)
    assert graph.faults == (), graph.faults
    return graph.outputs[-1].value.get("value")


def only_fault(graph: Graph) -> Fault:
    """Return the one fault of a graph."""
    assert len(graph.faults) == 1, graph.faults
    return graph.faults[0]
