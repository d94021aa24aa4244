"""Computes what is taken out of something, step by step."""

from infra.check.evaluate import access
from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.expressions.core import evaluate, reads
from infra.check.evaluate.values import faulty
from infra.check.model import Node
from infra.check.syntax.nodes import Expression, Index, Member, Name, Nested


@reads(Member, Index)
def _member(expression: Member | Index, seen: Environment) -> Node:
    return _chained(expression, seen) or Node(None, expression.place)


def _chained(expression: Expression, seen: Environment) -> Node | None:
    """Return what is taken out of something, None where a safe step finds null: then no later step is taken."""
    if not isinstance(expression, Member | Index):
        return evaluate(expression, seen)
    library = library_of(expression.target, seen)
    if library and isinstance(expression, Member):
        return _exported(expression, library)
    target = _chained(expression.target, seen)
    if target is None or (expression.safe and target.value is None):
        return None
    if isinstance(expression, Member):
        found = access.member(target, expression.name, expression.place, safe=expression.safe)
    else:
        index, safe = evaluate(expression.index, seen), expression.safe
        found = access.item(target, index, expression.place, safe=safe, from_end=expression.from_end)
    return None if expression.safe and found.value is None else found


def library_of(target: Expression, seen: Environment) -> Names | None:
    """Return the file that is imported as a whole under a name, None where something else is meant."""
    return seen.namespace(target.name) if isinstance(target, Name) else None


def _exported(expression: Member, library: Names) -> Node:
    found = library.exported(expression.name, expression.place)
    if found is None:
        problem = f"{library.path} declares no `{expression.name}`."
        raise faulty(expression.place, "undeclared-name", problem, "Mend the name.")
    return found


@reads(Nested)
def _nested(expression: Nested, seen: Environment) -> Node:
    return access.nested(evaluate(expression.target, seen), expression.name, expression.place)
