"""The functions of the language, by group."""

from collections.abc import Sequence

from infra.check.evaluate.functions import azure, collections, content, dates, lambdas, network, text
from infra.check.evaluate.functions.registry import FUNCTIONS, Invocation
from infra.check.evaluate.values import Argument, Symbol, faulty, is_secure, shown
from infra.check.model import Node, Unknown

__all__ = ["FUNCTIONS", "Invocation", "builtin", "of_resource"]
GROUPS = (azure, collections, content, dates, lambdas, network, text)


def builtin(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
    """Return what a function of the language makes of arguments."""
    function = FUNCTIONS.get(invocation.name)
    if function is None and invocation.name.lower().startswith("list"):
        return azure.listed(invocation, arguments)
    if function is None:
        problem = f"`{invocation.name}` is no function that this check knows."
        raise faulty(
            invocation.place, "unknown-function", problem, "Mend the name, or teach it to the check."
        )
    return function(invocation, arguments)


def of_resource(invocation: Invocation, target: Node, arguments: Sequence[Argument]) -> Node:
    """Return what a function of a resource gives, such as its keys; all of that is secret."""
    value, name = target.value, invocation.name
    said = ", ".join(shown(argument) for argument in arguments)
    if isinstance(value, Symbol) and value.resource and (name.startswith("list") or name == "getSecret"):
        return Node(Unknown(f"{value.label}.{name}({said})", secure=True), invocation.place)
    if isinstance(value, Unknown):
        return Node(Unknown(f"{value.text}.{name}({said})", secure=is_secure(target)), invocation.place)
    raise faulty(
        invocation.place, "unknown-function", f"There is no function `{name}` here.", "Mend the name."
    )
