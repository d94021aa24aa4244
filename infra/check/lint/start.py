"""What Azure has to know before it starts: names, conditions, loops, scopes; parents; what waits for what.

The compiler refuses a name that only a finished resource tells; here it is told without the compiler.
"""

from collections.abc import Iterator, Mapping

from infra.check.lint.references import (
    declared,
    members_of,
    object_of,
    references,
    resources_of,
    with_variables,
)
from infra.check.model import Fault, Place
from infra.check.syntax.nodes import (
    Array,
    Call,
    Entry,
    Expression,
    File,
    For,
    If,
    Member,
    ModuleDecl,
    Name,
    Object,
    ResourceDecl,
    Syntax,
)

Deployed = ResourceDecl | ModuleDecl


def not_known_at_start(file: File) -> Iterator[Fault]:
    """Yield the names, scopes, conditions and loops that need what a resource tells only when it is there."""
    names = declared(file)
    made = (each for each in deployed_of(file) if isinstance(each, ModuleDecl) or not each.existing)
    for each in made:
        for what, expression in _needed_at_start(each):
            for text in dict.fromkeys(_runtime(expression, names)):
                yield Fault(
                    place=expression.place,
                    rule="not-known-at-start",
                    problem=f"The {what} of '{each.name}' needs {text}, which is known only after the start.",
                    remedy="Use a parameter, a variable, or the `id` or `name` of a resource.",
                )


def deployed_of(file: File) -> list[Deployed]:
    """Return the resources and modules of a file."""
    return [*(resource for resource, _ in resources_of(file)), *file.of(ModuleDecl)]


def _needed_at_start(deployed: Deployed) -> Iterator[tuple[str, Expression]]:
    body: Expression = deployed.body
    while isinstance(body, If | For):
        yield ("condition", body.condition) if isinstance(body, If) else ("loop", body.source)
        body = body.body
    for key in ("name", "scope", "parent"):
        value = object_of(body).entry(key)
        if value is not None:
            yield key, value


def _runtime(expression: Expression, names: Mapping[str, Syntax]) -> Iterator[str]:
    for part in with_variables(expression, names):
        for member, found in members_of(part, names):
            if isinstance(found, ResourceDecl | ModuleDecl) and member.name not in _known_at_start(found):
                yield f"'{_text(member)}'"
        for call in part.find(Call):
            if isinstance(call.target, Name) and isinstance(names.get(call.target.name), ResourceDecl):
                yield f"'{call.target.name}.{call.name}()'"


def _known_at_start(found: Deployed) -> frozenset[str]:
    return (
        frozenset({"name"})
        if isinstance(found, ModuleDecl)
        else frozenset({"id", "name", "type", "apiVersion"})
    )


def _text(member: Member) -> str:
    target = member.target
    return f"{target.name}.{member.name}" if isinstance(target, Name) else f"...{member.name}"


def parents(file: File) -> Iterator[Fault]:
    """Yield the children whose parent is of another type, or is named by text instead of `parent:`."""
    names = declared(file)
    for resource, outer in resources_of(file):
        written = object_of(resource.body).entry("parent")
        parent = names.get(written.name) if isinstance(written, Name) else outer
        if isinstance(parent, ResourceDecl) and "/" in resource.type:
            yield from _of_parent(resource, parent, written.place if written else resource.place)
        elif written is None and outer is None and resource.type.count("/") > 1:
            yield Fault(
                place=resource.place,
                rule="parent-by-text",
                problem=f"'{resource.name}' is a child, and names its parent in a text.",
                remedy="Set `parent:` to it (declare it `existing` where another file makes it), and shorten the name.",
            )


def _of_parent(resource: ResourceDecl, parent: ResourceDecl, place: Place) -> Iterator[Fault]:
    wanted = resource.type.rpartition("/")[0]
    if "/" in parent.type and parent.type.lower() != wanted.lower():
        yield Fault(
            place=place,
            rule="parent-mismatch",
            problem=f"'{parent.name}' is of the type {parent.type}, no parent of {resource.type}.",
            remedy=f"Set `parent:` to a resource of the type {wanted}.",
        )


def unnecessary_depends_on(file: File) -> Iterator[Fault]:
    """Yield the entries of `dependsOn` that the references in a body say already."""
    names = declared(file)
    for each in deployed_of(file):
        body = object_of(each.body)
        listed = body.entry("dependsOn")
        if isinstance(listed, Array):
            referred = _referred(body, names)
            for item in listed.items:
                if isinstance(item, Name) and item.name in referred:
                    yield Fault(
                        place=item.place,
                        rule="unnecessary-depends-on",
                        problem=f"'{each.name}' waits for '{item.name}' anyway, as it refers to it.",
                        remedy=f"Remove '{item.name}' from `dependsOn`.",
                    )


def _referred(body: Object, names: Mapping[str, Syntax]) -> set[str]:
    entries = [
        entry for entry in body.entries if not (isinstance(entry, Entry) and entry.name == "dependsOn")
    ]
    return {name for entry in entries for name in names_in(entry.value, names)}


def names_in(expression: Expression, names: Mapping[str, Syntax]) -> set[str]:
    """Return the names that an expression uses, and those that the variables in it use."""
    return {reference.name for part in with_variables(expression, names) for reference in references(part)}


def circular_dependency(file: File) -> Iterator[Fault]:
    """Yield the resources and modules that wait for themselves."""
    names = declared(file)
    deployed = {name: each for name, each in names.items() if isinstance(each, ResourceDecl | ModuleDecl)}
    waits = {name: names_in(each.body, names) & set(deployed) for name, each in deployed.items()}
    for name, each in deployed.items():
        path = _way_back(name, waits)
        if path:
            yield Fault(
                place=each.place,
                rule="circular-dependency",
                problem=f"'{name}' waits for itself: {' -> '.join(path)}.",
                remedy="Move what both need into a third, or refer to a name instead of the resource.",
            )


def _way_back(name: str, waits: Mapping[str, set[str]]) -> list[str]:
    """Return the way from a name to itself, the first that is found; empty where there is none."""
    waiting, seen = [[name]], set[str]()
    while waiting:
        path = waiting.pop()
        for other in sorted(waits[path[-1]]):
            if other == name:
                return [*path, name]
            if other not in seen:
                seen.add(other)
                waiting.append([*path, other])
    return []
