"""Makes resources of their declarations: loops, conditions, names, ids, parents, scopes, children."""

from collections.abc import Callable
from dataclasses import replace

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions import condition, evaluate, properties, turns
from infra.check.evaluate.ids import Scope, resource_id, split_name
from infra.check.evaluate.values import NOT_EVALUATED, Symbol, as_text, faulty
from infra.check.model import Faulty, Node, Resource, Unknown
from infra.check.syntax.nodes import Declaration, Expression, For, If, Object, ResourceDecl

_NOT_BODY = ("parent", "scope", "dependsOn")


def deploy(declaration: ResourceDecl, seen: Environment, outer: Symbol | None = None) -> Node:
    """Return what a resource's name stands for, and note the resources that it makes.

    Parameters
    ----------
    declaration : ResourceDecl
        What is declared.
    seen : Environment
        What it sees.
    outer : Symbol, optional
        The resource inside which it is declared.
    """
    return each(
        declaration.body, seen, declaration, lambda body, inner: _one(declaration, body, inner, outer)
    )


def each(
    body: Expression, seen: Environment, declaration: Declaration, make: Callable[[Object, Environment], Node]
) -> Node:
    """Return what a declaration makes: one thing, none where its condition is false, or one for each turn of a loop."""
    if isinstance(body, For):
        made = [_kept(body.body, inner, declaration, make) for inner in turns(body, seen)]
        return Node(made, declaration.place)
    if isinstance(body, If) and not condition(body, seen):
        return Node(Symbol({}, label=declaration.name, present=False), declaration.place)
    inside = body.body if isinstance(body, If) else body
    if not isinstance(inside, Object):
        raise faulty(inside.place, "syntax", "This is no body.", "Write it in braces.")
    return make(inside, seen)


def _kept(
    body: Expression, seen: Environment, declaration: Declaration, make: Callable[[Object, Environment], Node]
) -> Node:
    """Return what one turn of a loop makes; where it fails, the others are made all the same."""
    try:
        return each(body, seen, declaration, make)
    except Faulty as exc:
        seen.run.report(exc.fault)
        return Node(Unknown(NOT_EVALUATED), declaration.place)


def ids_of(node: Node) -> set[str]:
    """Return the ids of the resources that a name stands for."""
    if isinstance(node.value, list):
        return {found for inner in node.value for found in ids_of(inner)}
    if isinstance(node.value, Symbol) and node.value.resource:
        return {node.value.resource.id}
    return set()


def scope_of(body: Object, seen: Environment) -> Scope | None:
    """Return what `scope:` says, None where it is not said."""
    written = body.entry("scope")
    if written is None:
        return None
    return Scope(_id_of(evaluate(written, seen), written))


def _id_of(node: Node, written: Expression) -> str:
    found = node.value.get("id") if isinstance(node.value, dict) else None
    if isinstance(node.value, Symbol) and not node.value.present:
        raise faulty(
            written.place, "absent-resource", f"`{node.value.label}` is not there: its condition is false.",
            "Guard both with the same condition.",
        )  # fmt: skip
    if found is None:
        raise faulty(
            written.place, "wrong-scope", "This is no scope.", "Name a resource or a resource group."
        )
    return found.value.text if isinstance(found.value, Unknown) else str(found.value)


def depended_on(body: Object, seen: Environment) -> None:
    """Follow what `dependsOn:` says, so that it counts as referred to."""
    written = body.entry("dependsOn")
    if written is not None:
        evaluate(written, seen)


def _one(declaration: ResourceDecl, body: Object, seen: Environment, outer: Symbol | None) -> Node:
    run = seen.run
    with run.tracking() as touched:
        above = outer or _parent(body, seen)
        scope = scope_of(body, seen)
        depended_on(body, seen)
        own = properties(body, seen, without=_NOT_BODY, vital=("name",))
    if above and above.resource:
        touched.add(above.resource.id)
    resource = _resource(declaration, own, above, scope, seen)
    needs = sorted((touched | seen.names.needs) - {resource.id})
    resource = replace(resource, depends_on=tuple(needs))
    run.add(resource)
    symbol = _symbol(resource, own)
    node = Node(symbol, declaration.place)
    _children(body, symbol, seen.having(**{declaration.name: node}))
    return node


def _parent(body: Object, seen: Environment) -> Symbol | None:
    written = body.entry("parent")
    if written is None:
        return None
    found = evaluate(written, seen).value
    if not isinstance(found, Symbol) or (found.present and not found.resource):
        raise faulty(
            written.place, "wrong-scope", "The parent is no resource.", "Name a resource that is declared."
        )
    if not found.present:
        problem = f"The parent `{found.label}` is not there: its condition is false."
        raise faulty(written.place, "absent-resource", problem, "Guard both with the same condition.")
    return found


def _resource(
    declaration: ResourceDecl,
    own: dict[str, Node],
    above: Symbol | None,
    scope: Scope | None,
    seen: Environment,
) -> Resource:
    parent = above.resource if above else None
    kind, name = _type(declaration, parent), _name(declaration, own, parent)
    where = scope or (Scope(parent.scope) if parent else seen.names.scope)
    _check_scope(declaration, where, seen, parent)
    try:
        identity = resource_id(where, kind, name)
    except ValueError as exc:
        raise faulty(
            own["name"].place, "name-segments",
            f"The type {kind} has {kind.count('/')} parts, the name {name!r} has {len(split_name(name))}.",
            "Name each part, or use `parent:`.",
        ) from exc  # fmt: skip
    return Resource(
        symbol=declaration.name, module=seen.names.module, type=kind, name=name, id=identity, scope=where.id,
        api_version=declaration.api_version or (parent.api_version if parent else ""),
        body=Node(own, declaration.place), place=declaration.place, existing=declaration.existing,
    )  # fmt: skip


def _type(declaration: ResourceDecl, parent: Resource | None) -> str:
    """Return the full type; inside another resource the last part of it is enough."""
    kind = declaration.type
    if parent is None:
        return kind
    if "/" not in kind:
        return f"{parent.type}/{kind}"
    if kind.lower().rpartition("/")[0] == parent.type.lower():
        return kind
    raise faulty(
        declaration.place,
        "parent-mismatch",
        f"{kind} is no child of {parent.type}.",
        "Name another parent or type.",
    )


def _name(declaration: ResourceDecl, own: dict[str, Node], parent: Resource | None) -> str:
    """Return the full name: that of the parent and its own."""
    node = own.get("name")
    if node is None:
        raise faulty(
            declaration.place, "missing-name", f"`{declaration.name}` has no name.", "Give it a `name:`."
        )
    if not isinstance(node.value, str | Unknown):
        raise faulty(
            node.place, "wrong-type", f"The name of `{declaration.name}` is no text.", "Make it a text."
        )
    if isinstance(node.value, str) and "/" in node.value and parent:
        problem = f"The name {node.value!r} of a child has a slash."
        raise faulty(node.place, "name-segments", problem, "Leave the parent's name out.")
    return f"{parent.name}/{as_text(node)}" if parent else as_text(node)


def _check_scope(declaration: ResourceDecl, where: Scope, seen: Environment, parent: Resource | None) -> None:
    """A file deploys to its own scope and to resources in it; other groups need a module."""
    here = seen.names.scope
    if declaration.existing or parent or where.kind == "resource" or where.id == here.id:
        return
    problem = f"`{declaration.name}` is deployed to {where.id or 'the tenant'} from {here.id}."
    raise faulty(declaration.place, "wrong-scope", problem, "Put it into a module with that scope.")


def _symbol(resource: Resource, own: dict[str, Node]) -> Symbol:
    place = resource.place
    unknown = "{" in resource.id
    known = {
        "id": Node(Unknown(resource.id, kind="string") if unknown else resource.id, place),
        "type": Node(resource.type, place),
        "apiVersion": Node(resource.api_version, place),
    }
    return Symbol({**own, **known}, label=resource.id, resource=resource)


def _children(body: Object, symbol: Symbol, seen: Environment) -> None:
    """Deploy what is declared inside; later ones see the earlier ones."""
    for child in body.resources:
        with seen.run.reporting():
            symbol.children[child.name] = deploy(child, seen, symbol)
            seen = seen.having(**{child.name: symbol.children[child.name]})
