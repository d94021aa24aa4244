"""Computes what stands for itself: texts, numbers, names, and what operators make of them."""

from infra.check.evaluate import operators
from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions.core import evaluate, reads
from infra.check.evaluate.values import as_text, faulty, is_secure, shown, unknown_text
from infra.check.model import Node, Unknown
from infra.check.syntax.nodes import Binary, Interpolated, Literal, Name, NonNull, Ternary, Unary


@reads(Literal)
def _literal(expression: Literal, seen: Environment) -> Node:
    return Node(expression.value, expression.place)


@reads(Interpolated)
def _interpolated(expression: Interpolated, seen: Environment) -> Node:
    parts = [
        Node(part, expression.place) if isinstance(part, str) else evaluate(part, seen)
        for part in expression.parts
    ]
    text = "".join(as_text(part) for part in parts)
    if any(isinstance(part.value, Unknown) for part in parts):
        return unknown_text(parts, text, expression.place)
    return Node(text, expression.place)


@reads(Name)
def _name(expression: Name, seen: Environment) -> Node:
    found = seen.look_up(expression.name)
    if found is not None:
        return found
    why = " A function sees its parameters alone." if seen.inside_function else ""
    raise faulty(
        expression.place,
        "undeclared-name",
        f"`{expression.name}` is not declared.{why}",
        "Declare it, or mend the name.",
    )


@reads(Ternary)
def _ternary(expression: Ternary, seen: Environment) -> Node:
    decides = evaluate(expression.condition, seen)
    if not isinstance(decides.value, Unknown):
        chosen = operators.truth(decides, expression.condition.place)
        return evaluate(expression.then if chosen else expression.otherwise, seen)
    both = [evaluate(part, seen) for part in (expression.then, expression.otherwise)]
    text = f"{decides.value.text} ? {shown(both[0])} : {shown(both[1])}"
    return Node(Unknown(text, is_secure(decides, *both)), expression.place)


@reads(Binary)
def _binary(expression: Binary, seen: Environment) -> Node:
    left = evaluate(expression.left, seen)
    return operators.binary(
        expression.operator, left, lambda: evaluate(expression.right, seen), expression.place
    )


@reads(Unary)
def _unary(expression: Unary, seen: Environment) -> Node:
    return operators.unary(expression.operator, evaluate(expression.operand, seen), expression.place)


@reads(NonNull)
def _non_null(expression: NonNull, seen: Environment) -> Node:
    found = evaluate(expression.target, seen)
    if found.value is None:
        raise faulty(
            expression.place, "missing-value", "This is null after all.", "Give a default after `??`."
        )
    return found
