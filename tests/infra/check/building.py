"""Small infrastructures by hand: resources as plain values, each on a line of its own."""

from pathlib import Path
from typing import Any

from infra.check.evaluate.values import node_of
from infra.check.model import Graph, Node, Output, Place, Resource, Unknown
from infra.check.rules import all_rules, faults_of
from infra.check.subject import Infrastructure
from local.host.registry import Function
from shared.settings import ROOT

FILE = Path("infra/bicep/modules/made.bicep")
GROUP = "/subscriptions/0/resourceGroups/rg"


def resource(kind: str, name: str, body: dict[str, Any] | None = None, **about: Any) -> Resource:
    """Make a resource; its id and its line come from its name."""
    place = Place(FILE, about.pop("line", 1))
    provider, *types = kind.split("/")
    pairs = "".join(f"/{part}/{own}" for part, own in zip(types, name.split("/"), strict=True))
    wanted: dict[str, Any] = {
        "symbol": name.rpartition("/")[2],
        "module": ("made",),
        "type": kind,
        "api_version": "2026-01-01",
        "name": name,
        "id": f"{GROUP}/providers/{provider}{pairs}",
        "scope": GROUP,
        "body": node_of(body or {}, place),
        "place": place,
    }
    return Resource(**(wanted | about))


def unknown(text: str, *, secure: bool = False) -> Node:
    return Node(Unknown(text, secure), Place(FILE, 1))


def infrastructure(
    root: Path = ROOT, outputs: tuple[Output, ...] = (), **environments: Any
) -> Infrastructure:
    """Put resources together: ``infrastructure(dev=[...], prod=[...])``."""
    graphs = {
        name: Graph(environment=name, resources=tuple(resources), outputs=outputs)
        for name, resources in environments.items()
    }
    return Infrastructure(root=root, files=(), graphs=graphs)


def having(subject: Infrastructure, *functions: Function) -> Infrastructure:
    """Let the app have these functions instead of its own."""
    subject.__dict__["functions"] = {function.name: function for function in functions}
    return subject


def function(name: str, **trigger: Any) -> Function:
    return Function(name=name, trigger=trigger, bindings=(trigger,), call=print)


def said(rule: str, subject: Infrastructure) -> list[str]:
    """Return what a rule says, without places."""
    return [f"{fault.problem} {fault.remedy}" for fault in faults_of(all_rules()[rule], subject)]
