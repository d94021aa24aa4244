"""Takes properties and items out of values, as `.name`, `.?name`, `[index]` and `::name` do."""

from infra.check.evaluate.values import Symbol, as_text, faulty, kind_of, shown
from infra.check.model import Node, Place, Unknown


def member(target: Node, name: str, place: Place, *, safe: bool = False) -> Node:
    """Return the property of an object."""
    value = target.value
    if isinstance(value, Unknown):
        return Node(Unknown(f"{value.text}.{name}", value.secure), place)
    if isinstance(value, Symbol):
        return _of_symbol(value, name, place, safe=safe)
    if isinstance(value, dict) and name in value:
        return value[name]
    if safe:
        return Node(None, place)
    raise _nothing(target, f"property `{name}`", place)


def item(target: Node, index: Node, place: Place, *, safe: bool = False, from_end: bool = False) -> Node:
    """Return the item of an array at an index, or the property of an object by its name."""
    value, step = target.value, index.value
    if isinstance(step, str):
        return member(target, step, place, safe=safe)
    if isinstance(value, Unknown) or isinstance(step, Unknown):
        return _unknown_item(target, index, place)
    if not isinstance(step, int) or isinstance(step, bool):
        raise faulty(place, "wrong-type", f"An index cannot be {shown(index)}.", "Use a number or a name.")
    if isinstance(value, list) and 0 <= (len(value) - step if from_end else step) < len(value):
        return value[len(value) - step if from_end else step]
    if safe:
        return Node(None, place)
    raise _nothing(target, f"item {step}", place)


def nested(target: Node, name: str, place: Place) -> Node:
    """Return a resource that is declared inside another."""
    value = target.value
    if isinstance(value, Symbol) and name in value.children:
        return value.children[name]
    raise faulty(
        place, "undeclared-name", f"No resource `{name}` is declared inside.", "Declare it, or mend the name."
    )


def _of_symbol(symbol: Symbol, name: str, place: Place, *, safe: bool) -> Node:
    if not symbol.present:
        if safe:
            return Node(None, place)
        raise faulty(
            place, "absent-resource",
            f"`.{name}` of `{symbol.label}` is asked for, whose condition is false.",
            "Guard it with the same condition: `wanted ? ... : ...`, or ask safely with `.?`.",
        )  # fmt: skip
    if name in symbol:
        return _inner(symbol[name], f"{symbol.label}.{name}", symbol)
    if not symbol.sealed:
        return Node(Unknown(f"{symbol.label}.{name}"), place)
    if safe:
        return Node(None, place)
    known = ", ".join(sorted(symbol)) or "nothing"
    raise faulty(place, "unknown-output", f"`{symbol.label}` has no `{name}`.", f"It has {known}.")


def _inner(node: Node, label: str, outer: Symbol) -> Node:
    """Return a part of a resource: Azure may tell more of it than was declared."""
    value = node.value
    if outer.sealed or isinstance(value, Symbol):
        return node
    if value is None:
        return Node(Unknown(label), node.place)
    if isinstance(value, dict):
        return Node(Symbol(value, label=label), node.place)
    if isinstance(value, list):
        parts = [_inner(inner, f"{label}[{number}]", outer) for number, inner in enumerate(value)]
        return Node(parts, node.place)
    return node


def _unknown_item(target: Node, index: Node, place: Place) -> Node:
    value = target.value
    name = (
        value.text
        if isinstance(value, Unknown)
        else value.label
        if isinstance(value, Symbol)
        else shown(target)
    )
    secure = any(isinstance(part.value, Unknown) and part.value.secure for part in (target, index))
    step = as_text(index) if isinstance(index.value, Unknown) else shown(index)
    return Node(Unknown(f"{name}[{step}]", secure), place)


def _nothing(target: Node, what: str, place: Place) -> Exception:
    value = target.value
    if isinstance(value, dict):
        problem = f"There is no {what}, only {', '.join(f'`{name}`' for name in sorted(value)) or 'an empty object'}."
    elif isinstance(value, list):
        problem = f"There is no {what} among {len(value)}."
    else:
        problem = f"There is no {what} of {kind_of(value)}."
    return faulty(
        place, "missing-value", problem, "Mend it, or ask safely with `.?` and a default after `??`."
    )
