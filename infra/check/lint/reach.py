"""What may stand where: some places of a file see only a part of its names, and loops have their places.

Which names there are at all is not here (see names.py).
"""

from collections.abc import Iterator

from infra.check.lint.references import declared, references
from infra.check.model import Fault
from infra.check.syntax.nodes import (
    Array,
    Declaration,
    Entry,
    Expression,
    File,
    For,
    Func,
    If,
    ModuleDecl,
    Object,
    Output,
    Param,
    ResourceDecl,
    Syntax,
    Var,
)


def out_of_reach(file: File) -> Iterator[Fault]:
    """Yield the names that functions and defaults use and cannot see."""
    names = declared(file)
    for declaration in file.declarations:
        hidden, seen = _hidden(declaration)
        for part in _seen_from(declaration):
            for reference in references(part):
                if isinstance(names.get(reference.name), hidden) and reference.name not in seen:
                    what = "A function" if isinstance(declaration, Func) else "A default"
                    yield Fault(
                        place=reference.place,
                        rule="out-of-reach",
                        problem=f"{what} cannot see '{reference.name}'.",
                        remedy="Add a parameter for it."
                        if isinstance(declaration, Func)
                        else "Use other parameters, or write the value out.",
                    )


def _hidden(declaration: Declaration) -> tuple[tuple[type[Syntax], ...], set[str]]:
    """Return the kinds of declarations that one cannot see, and the names that it has itself."""
    if isinstance(declaration, Func):
        own = {parameter.name for parameter in declaration.parameters}
        return (Param, Var, ResourceDecl, ModuleDecl), own
    return (Var, ResourceDecl, ModuleDecl), set()


def _seen_from(declaration: Declaration) -> list[Expression]:
    match declaration:
        case Func(body=body):
            return [body]
        case Param(default=default) if default is not None:
            return [default]
    return []


def misplaced_loop(file: File) -> Iterator[Fault]:
    """Yield the loops that stand inside expressions: the compiler takes them as whole values only."""
    for declaration in file.declarations:
        allowed = {id(loop) for loop in _loops_in_place(declaration)}
        for loop in declaration.find(For):
            if id(loop) not in allowed:
                yield Fault(
                    place=loop.place,
                    rule="misplaced-loop",
                    problem="A loop cannot stand inside an expression.",
                    remedy="Give it a variable of its own, or use map().",
                )


def _loops_in_place(declaration: Declaration) -> Iterator[For]:
    match declaration:
        case Var(value=For() as loop) | Output(value=For() as loop):
            yield loop
        case ResourceDecl(body=body) | ModuleDecl(body=body):
            yield from _loops_of_body(body)


def _loops_of_body(body: Syntax) -> Iterator[For]:
    """Yield the loops that are a body or a property's whole value, at any depth."""
    match body:
        case For(body=inner):
            yield body
            yield from _loops_of_body(inner)
        case If(body=inner) | ResourceDecl(body=inner):
            yield from _loops_of_body(inner)
        case Object(entries=entries, resources=resources):
            values = (entry.value for entry in entries if isinstance(entry, Entry))
            for each in (*values, *resources):
                yield from _loops_of_body(each)
        case Array(items=items):
            for item in items:
                if not isinstance(item, For):
                    yield from _loops_of_body(item)
