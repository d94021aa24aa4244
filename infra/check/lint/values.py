"""Values that are not to be written down: regions, and addresses of one cloud."""

import re
from collections.abc import Iterator

from infra.check.lint.references import declared, with_variables
from infra.check.model import Fault
from infra.check.syntax.nodes import (
    Call,
    Declaration,
    Decorator,
    Entry,
    Expression,
    File,
    Interpolated,
    Literal,
    Member,
    Metadata,
    Param,
    ParamAssignment,
    Syntax,
    Using,
)

# Hosts that `environment()` and the resources themselves tell, in each cloud the right ones.
HOSTS = (
    "api.loganalytics.io",
    "azuredatalakeanalytics.net",
    "azuredatalakestore.net",
    "batch.core.windows.net",
    "core.windows.net",
    "database.windows.net",
    "datalake.azure.net",
    "gallery.azure.com",
    "graph.windows.net",
    "login.microsoftonline.com",
    "management.azure.com",
    "management.core.windows.net",
    "servicebus.windows.net",
    "trafficmanager.net",
    "vault.azure.net",
)
NOWHERE = ("global", "autoresolve")  # no regions: for everywhere, and wherever the data is
CONTAINERS = ("resourceGroup", "deployment")
_HOST = re.compile(
    r"(?<![a-z0-9-])(?<!schema\.)(" + "|".join(map(re.escape, HOSTS)) + r")(?![a-z0-9-])", re.IGNORECASE
)


def hard_coded_location(file: File) -> Iterator[Fault]:
    """Yield the regions that are written down, or taken from the resource group, where a parameter has to tell them."""
    names = declared(file)
    for entry in (found for each in file.declarations for found in each.find(Entry)):
        if entry.name == "location" and file.path.suffix != ".bicepparam":
            for part in with_variables(entry.value, names):
                if (
                    isinstance(part, Literal)
                    and isinstance(part.value, str)
                    and part.value.lower() not in NOWHERE
                ):
                    yield _location(part, f"The region '{part.value}' is written down.")
    for declaration in file.declarations:
        if isinstance(declaration, Param):
            yield from _default(declaration)
        else:
            yield from _taken(declaration)


def _default(param: Param) -> Iterator[Fault]:
    named = param.name.lower().endswith("location")
    if named and isinstance(param.default, Literal) and param.default.value not in (*NOWHERE, "", None):
        yield _location(param.default, f"The region '{param.default.value}' is a default.")


def _taken(declaration: Declaration) -> Iterator[Fault]:
    for member in declaration.find(Member):
        target = member.target
        if member.name == "location" and isinstance(target, Call) and target.name in CONTAINERS:
            yield _location(member, f"The region is taken from {target.name}().")


def _location(where: Expression, problem: str) -> Fault:
    return Fault(
        place=where.place,
        rule="hard-coded-location",
        problem=problem,
        remedy="Use the parameter `location`.",
    )


def hard_coded_endpoint(file: File) -> Iterator[Fault]:
    """Yield the addresses that are right in one cloud only."""
    for declaration in file.declarations:
        if isinstance(declaration, Metadata | Using | ParamAssignment):
            continue
        for written in _texts(declaration):
            found = _HOST.search(_text(written))
            if found:
                yield Fault(
                    place=written.place,
                    rule="hard-coded-endpoint",
                    problem=f"'{found[1]}' is the address of one cloud.",
                    remedy="Take it from the resource's properties or from environment().",
                )


def _texts(syntax: Syntax) -> Iterator[Literal | Interpolated]:
    """Yield the texts in a declaration that are values: neither descriptions nor what types allow."""
    described = {inner for each in syntax.find(Decorator) for inner in map(id, each.walk())}
    for found in syntax.walk():
        if isinstance(found, Literal | Interpolated) and id(found) not in described:
            yield found


def _text(written: Literal | Interpolated) -> str:
    if isinstance(written, Literal):
        return written.value if isinstance(written.value, str) else ""
    return "".join(part if isinstance(part, str) else "\n" for part in written.parts)
