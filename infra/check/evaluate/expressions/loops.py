"""Computes loops, and the conditions of resources and modules."""

from infra.check.evaluate import operators
from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions.core import evaluate, reads
from infra.check.evaluate.values import MOST_ITEMS, faulty, shown
from infra.check.model import Node, Unknown
from infra.check.syntax.nodes import Expression, For, If


def known_list(expression: Expression, seen: Environment) -> list[Node]:
    """Return the items of an array that has to be known when the deployment starts."""
    found = evaluate(expression, seen)
    if not isinstance(found.value, list):
        raise faulty(
            expression.place,
            "wrong-type",
            f"A loop cannot run over {shown(found)}.",
            "Give it an array that is known.",
        )
    if len(found.value) > MOST_ITEMS:
        raise faulty(
            expression.place, "wrong-value", f"{len(found.value)} items are too many.", "Loop over fewer."
        )
    return found.value


@reads(For)
def _for(expression: For, seen: Environment) -> Node:
    items = [evaluate(expression.body, inner) for inner in turns(expression, seen)]
    return Node(items, expression.place)


def turns(loop: For, seen: Environment) -> list[Environment]:
    """Return what the body of a loop sees, for each of its turns."""
    found = []
    for number, item in enumerate(known_list(loop.source, seen)):
        index = {loop.index: Node(number, loop.place)} if loop.index else {}
        found.append(seen.having(**{loop.item: item}, **index))
    return found


def condition(expression: If, seen: Environment) -> bool:
    """Return whether the condition of a resource or a module is true; it has to be known."""
    found = evaluate(expression.condition, seen)
    if isinstance(found.value, Unknown) and found.value.secure:
        return True  # a secret is known when the deployment starts, only not here: rather check too much
    if isinstance(found.value, Unknown):
        raise faulty(
            expression.place, "not-known-at-start", f"The condition depends on {found.value.text}.",
            "Decide by parameters.",
        )  # fmt: skip
    return operators.truth(found, expression.place)


@reads(If)
def _if(expression: If, seen: Environment) -> Node:
    raise faulty(expression.place, "syntax", "Only resources and modules have conditions.", "Use filter().")
