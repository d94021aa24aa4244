"""Holds resources against the published type definitions of Azure: in an environment, and as written."""

from collections.abc import Iterator
from pathlib import Path

from infra.check.model import Fault, Graph
from infra.check.types.definitions import NOTICE, definitions_folder, load
from infra.check.types.factory import check_factory
from infra.check.types.resources import resource_faults
from infra.check.types.written import check_written

__all__ = ["NOTICE", "check_factory", "check_types", "check_written", "definitions_folder"]


def check_types(graph: Graph, definitions: Path) -> list[Fault]:
    """Return what is wrong with the resources of a graph.

    Parameters
    ----------
    graph : Graph
        An evaluated environment.
    definitions : Path
        The folder of the type definitions (see `definitions_folder`).

    Returns
    -------
    list of Fault
        In the order of the files. What a loop repeats is told once.
    """
    known = load(definitions)

    def faults() -> Iterator[Fault]:
        for resource in graph.resources:
            yield from resource_faults(resource, known)

    return sorted(set(faults()))
