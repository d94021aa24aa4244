"""Computes expressions. Where names get their values is not here (see infra.check.evaluate.template)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infra.check.evaluate import access, operators
from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.functions import Invocation, builtin, of_resource
from infra.check.evaluate.values import (
    MOST_ITEMS,
    NOT_EVALUATED,
    Argument,
    Closure,
    as_text,
    faulty,
    is_secure,
    shown,
    unknown_text,
)
from infra.check.model import Faulty, Node, Place, Unknown
from infra.check.syntax.nodes import (
    Array,
    Binary,
    Call,
    Entry,
    Expression,
    For,
    Func,
    If,
    Index,
    Interpolated,
    Lambda,
    Literal,
    Member,
    Name,
    Nested,
    NonNull,
    Object,
    Spread,
    Ternary,
    Unary,
)

MOST_CALLS = 20  # of functions inside functions


def evaluate(expression: Expression, seen: Environment) -> Node:
    """Return the value of an expression; its place is where the expression stands."""
    found = _READERS.get(type(expression))
    if found is None:
        what = type(expression).__name__.lower()
        raise faulty(expression.place, "wrong-type", f"A {what} is no value.", "Write an expression.")
    return found(expression, seen)


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


def _literal(expression: Literal, seen: Environment) -> Node:
    return Node(expression.value, expression.place)


def _interpolated(expression: Interpolated, seen: Environment) -> Node:
    parts = [
        Node(part, expression.place) if isinstance(part, str) else evaluate(part, seen)
        for part in expression.parts
    ]
    text = "".join(as_text(part) for part in parts)
    if any(isinstance(part.value, Unknown) for part in parts):
        return unknown_text(parts, text, expression.place)
    return Node(text, expression.place)


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


def _member(expression: Member | Index, seen: Environment) -> Node:
    return _chained(expression, seen) or Node(None, expression.place)


def _chained(expression: Expression, seen: Environment) -> Node | None:
    """Return what is taken out of something, None where a safe step finds null: then no later step is taken."""
    if not isinstance(expression, Member | Index):
        return evaluate(expression, seen)
    library = _library(expression.target, seen)
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


def _library(target: Expression, seen: Environment) -> Names | None:
    return seen.namespace(target.name) if isinstance(target, Name) else None


def _exported(expression: Member, library: Names) -> Node:
    found = library.exported(expression.name, expression.place)
    if found is None:
        problem = f"{library.path} declares no `{expression.name}`."
        raise faulty(expression.place, "undeclared-name", problem, "Mend the name.")
    return found


def _nested(expression: Nested, seen: Environment) -> Node:
    return access.nested(evaluate(expression.target, seen), expression.name, expression.place)


def _call(expression: Call, seen: Environment) -> Node:
    arguments = [_argument(argument, seen) for argument in expression.arguments]
    declared = _declared(expression, seen)
    if declared:
        return _enter(*declared, expression, arguments, seen)
    invocation = Invocation(name=expression.name, place=expression.place, seen=seen)
    target = expression.target
    if target is None or (isinstance(target, Name) and target.name in ("sys", "az")):
        return builtin(invocation, arguments)
    return of_resource(invocation, evaluate(target, seen), arguments)


def _argument(argument: Expression, seen: Environment) -> Argument:
    return closure(argument, seen) if isinstance(argument, Lambda) else evaluate(argument, seen)


def _declared(expression: Call, seen: Environment) -> tuple[Func, Names] | None:
    """Return the function of a file that is called, None where it is one of the language's own."""
    if expression.target is None:
        return seen.names.declared_function(expression.name)
    library = _library(expression.target, seen)
    return library.declared_function(expression.name, expression.place) if library else None


def _enter(
    function: Func, home: Names, expression: Call, arguments: list[Argument], seen: Environment
) -> Node:
    """Return what a function of a file makes of arguments; it sees nothing else."""
    values = [argument for argument in arguments if isinstance(argument, Node)]
    names = [parameter.name for parameter in function.parameters]
    if len(values) != len(names):
        problem = f"`{function.name}` takes {len(names)} arguments, not {len(arguments)}."
        raise faulty(expression.place, "wrong-arguments", problem, f"Give it ({', '.join(names)}).")
    if seen.calls > MOST_CALLS:
        raise faulty(expression.place, "cycle", f"`{function.name}` calls itself.", "Use a loop or reduce().")
    local = dict(zip(names, values, strict=True))
    inside = Environment(names=home, local=local, inside_function=True, calls=seen.calls + 1)
    return evaluate(function.body, inside)


def _object(expression: Object, seen: Environment) -> Node:
    return Node(properties(expression, seen), expression.place)


def properties(
    body: Object, seen: Environment, *, without: tuple[str, ...] = (), vital: tuple[str, ...] = ()
) -> dict[str, Node]:
    """Return the properties of an object; one that cannot be evaluated is noted and stays unknown, if not vital."""
    found: dict[str, Node] = {}
    for entry in body.entries:
        if isinstance(entry, Entry) and entry.name in without:
            continue
        try:
            found.update(_entry(entry, seen))
        except Faulty as exc:
            if isinstance(entry, Entry) and entry.name in vital:
                raise
            seen.run.report(exc.fault)
            if isinstance(entry, Entry) and entry.name:
                found[entry.name] = Node(Unknown(NOT_EVALUATED), entry.place)
    return found


def _entry(entry: Entry | Spread, seen: Environment) -> dict[str, Node]:
    if isinstance(entry, Spread):
        return _spread(entry, seen, dict)
    key = evaluate(entry.key, seen)
    return {as_text(key): _at(evaluate(entry.value, seen), entry.place)}


def _at(node: Node, place: Place) -> Node:
    """Return a value as standing on the line of its property."""
    return node if node.place == place else replace(node, place=place)


def _spread(spread: Spread, seen: Environment, kind: type) -> Any:
    found = evaluate(spread.value, seen)
    if isinstance(found.value, kind):
        return found.value
    if found.value is None and kind is dict:
        return {}
    raise faulty(
        spread.place,
        "wrong-type",
        f"{shown(found)} cannot be spread here.",
        "Spread objects in objects, arrays in arrays.",
    )


def _array(expression: Array, seen: Environment) -> Node:
    items: list[Node] = []
    for item in expression.items:
        if isinstance(item, Spread):
            items.extend(_spread(item, seen, list))
        else:
            items.append(_at(evaluate(item, seen), item.place))
    return Node(items, expression.place)


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
    if isinstance(found.value, Unknown):
        raise faulty(
            expression.place, "not-known-at-start", f"The condition depends on {found.value.text}.",
            "Decide by parameters.",
        )  # fmt: skip
    return operators.truth(found, expression.place)


def _if(expression: If, seen: Environment) -> Node:
    raise faulty(expression.place, "syntax", "Only resources and modules have conditions.", "Use filter().")


def _ternary(expression: Ternary, seen: Environment) -> Node:
    decides = evaluate(expression.condition, seen)
    if not isinstance(decides.value, Unknown):
        chosen = operators.truth(decides, expression.condition.place)
        return evaluate(expression.then if chosen else expression.otherwise, seen)
    both = [evaluate(part, seen) for part in (expression.then, expression.otherwise)]
    text = f"{decides.value.text} ? {shown(both[0])} : {shown(both[1])}"
    return Node(Unknown(text, is_secure(decides, *both)), expression.place)


def _binary(expression: Binary, seen: Environment) -> Node:
    left = evaluate(expression.left, seen)
    return operators.binary(
        expression.operator, left, lambda: evaluate(expression.right, seen), expression.place
    )


def _unary(expression: Unary, seen: Environment) -> Node:
    return operators.unary(expression.operator, evaluate(expression.operand, seen), expression.place)


def _non_null(expression: NonNull, seen: Environment) -> Node:
    found = evaluate(expression.target, seen)
    if found.value is None:
        raise faulty(
            expression.place, "missing-value", "This is null after all.", "Give a default after `??`."
        )
    return found


def closure(expression: Lambda, seen: Environment) -> Closure:
    """Return a lambda with what it sees."""

    def call_it(*values: Node) -> Node:
        local = dict(zip(expression.parameters, values, strict=False))
        return evaluate(expression.body, seen.having(**local))

    return Closure(expression.parameters, call_it)


_READERS: dict[type[Expression], Callable[[Any, Environment], Node]] = {
    Literal: _literal, Interpolated: _interpolated, Name: _name, Member: _member, Index: _member, Nested: _nested,
    Call: _call, Object: _object, Array: _array, For: _for, If: _if, Ternary: _ternary, Binary: _binary,
    Unary: _unary, NonNull: _non_null,
}  # fmt: skip
