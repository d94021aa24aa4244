"""Names: each is declared once, is used, and is there where it is used."""

from collections import Counter
from collections.abc import Iterator

from infra.check.lint.builtins import KNOWN, is_known
from infra.check.lint.references import declared, references, used
from infra.check.model import Fault
from infra.check.nearest import nearest
from infra.check.syntax.nodes import (
    Declaration,
    Entry,
    File,
    Func,
    Import,
    Metadata,
    Object,
    Output,
    Param,
    ResourceDecl,
    Type,
    Var,
)


def undeclared_name(file: File) -> Iterator[Fault]:
    """Yield the names that nothing declares."""
    names = set(declared(file))
    for declaration in file.declarations:
        for reference in references(declaration):
            if reference.name not in names and not is_known(reference.name):
                what = "function" if reference.call else "name"
                near = nearest(reference.name, names | KNOWN)
                yield Fault(
                    place=reference.place,
                    rule="undeclared-name",
                    problem=f"There is no {what} '{reference.name}'.",
                    remedy=f"Write '{near}'." if near else "Declare it, or import it.",
                )


def duplicate_name(file: File) -> Iterator[Fault]:
    """Yield the names that are declared twice; outputs are apart from all others."""
    seen: set[tuple[bool, str]] = set()
    for declaration in file.declarations:
        key = (isinstance(declaration, Output), declaration.name)
        if not declaration.name or isinstance(declaration, Metadata):
            continue
        if key in seen:
            yield Fault(
                place=declaration.place,
                rule="duplicate-name",
                problem=f"'{declaration.name}' is declared above as well.",
                remedy="Call one of the two something else.",
            )
        seen.add(key)


def duplicate_property(file: File) -> Iterator[Fault]:
    """Yield the properties that an object names twice."""
    for written in (found for each in file.declarations for found in each.find(Object)):
        entries = [entry for entry in written.entries if isinstance(entry, Entry) and entry.name is not None]
        counts = Counter(entry.name for entry in entries)
        last = {entry.name: entry for entry in entries if counts[entry.name] > 1}
        for name, entry in last.items():
            yield Fault(
                place=entry.place,
                rule="duplicate-property",
                problem=f"'{name}' is given twice.",
                remedy="Keep one of the two.",
            )


_UNUSED = (
    (Param, "unused-parameter"),
    (Var, "unused-variable"),
    (Func, "unused-function"),
    (Type, "unused-type"),
)


def unused(file: File) -> Iterator[Fault]:
    """Yield what is declared or imported and used nowhere; what is exported is used elsewhere."""
    names = used(file)
    for kind, rule in _UNUSED:
        for declaration in file.of(kind):
            if declaration.name not in names and not declaration.decorator("export"):
                yield _unused(declaration, rule)
    for resource in file.of(ResourceDecl):
        if resource.existing and resource.name not in names:
            yield _unused(resource, "unused-resource")
    yield from _unused_imports(file, names)


def _unused(declaration: Declaration, rule: str) -> Fault:
    problem = f"'{declaration.name}' is used nowhere."
    return Fault(place=declaration.place, rule=rule, problem=problem, remedy="Use it, or remove it.")


def _unused_imports(file: File, names: set[str]) -> Iterator[Fault]:
    for imported in file.of(Import):
        for name, place in [(symbol.name, symbol.place) for symbol in imported.symbols] or [
            (imported.name, imported.place)
        ]:
            if name not in names:
                problem = f"'{name}' is imported and used nowhere."
                yield Fault(place=place, rule="unused-import", problem=problem, remedy="Remove it.")
