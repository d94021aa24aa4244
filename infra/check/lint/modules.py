"""What files take from each other: modules with their parameters and outputs, imports.

Whether a value fits a parameter's type is not here (see infra.check.evaluate).
"""

from collections.abc import Iterator, Mapping, Sequence
from os.path import normpath
from pathlib import Path

from infra.check.lint.references import declared, is_secure, object_of, root_of, secrets_in
from infra.check.model import Fault, Place
from infra.check.nearest import meant
from infra.check.syntax.nodes import (
    Entry,
    Expression,
    File,
    Import,
    Literal,
    Member,
    ModuleDecl,
    Name,
    Nullable,
    Object,
    Output,
    Param,
    Spread,
    TargetScope,
    Using,
)

Files = Mapping[Path, File]
PROPERTIES = ("name", "params", "scope", "dependsOn", "identity")
ELSEWHERE = ("br:", "br/", "ts:", "ts/", "az:")  # registries: what lies there is not to be had here


def by_path(files: Sequence[File]) -> Files:
    """Return files by their paths."""
    return {file.path: file for file in files}


def beside(file: File, path: str) -> Path:
    """Return a path that a file names, relative to the repository."""
    return Path(normpath(file.path.parent / path))


def unknown_file(file: File, files: Files) -> Iterator[Fault]:
    """Yield the modules, imports and templates that are not there."""
    named: list[ModuleDecl | Import | Using] = [*file.of(ModuleDecl), *file.of(Import), *file.of(Using)]
    for each in named:
        path = each.path or ""
        if path.endswith(".bicep") and not path.startswith(ELSEWHERE) and beside(file, path) not in files:
            yield Fault(
                place=each.place,
                rule="unknown-file",
                problem=f"There is no file '{path}' here.",
                remedy="Correct the path: it is relative to this file.",
            )


def module_parameter(file: File, files: Files) -> Iterator[Fault]:
    """Yield the parameters that a module does not have, and those that it needs and is not given."""
    for module in file.of(ModuleDecl):
        target = files.get(beside(file, module.path))
        if target is not None:
            given = object_of(module.body).entry("params") or Object(place=module.place)
            yield from _parameters(module, given, target)


def _parameters(module: ModuleDecl, given: Expression, target: File) -> Iterator[Fault]:
    if not isinstance(given, Object):
        return
    known = {param.name: param for param in target.of(Param)}
    entries = [entry for entry in given.entries if isinstance(entry, Entry)]
    for entry in entries:
        if entry.name is not None and entry.name not in known:
            problem = f"'{entry.name}' is no parameter of {module.path}."
            yield _parameter(entry.place, problem, meant(entry.name, known))
    names = {entry.name for entry in entries}
    if not any(isinstance(entry, Spread) for entry in given.entries):
        for name, param in known.items():
            if needed(param) and name not in names:
                problem = f"The parameter '{name}' of {module.path} is not given."
                yield _parameter(module.place, problem, f"Add '{name}' to `params`.")


def _parameter(place: Place, problem: str, remedy: str) -> Fault:
    return Fault(place=place, rule="module-parameter", problem=problem, remedy=remedy)


def needed(param: Param) -> bool:
    """Tell whether a parameter has to be given."""
    return param.default is None and not isinstance(param.type, Nullable)


def module_body(file: File) -> Iterator[Fault]:
    """Yield what stands in a module's braces and is none of its properties."""
    for module in file.of(ModuleDecl):
        for entry in object_of(module.body).entries:
            if isinstance(entry, Entry) and entry.name is not None and entry.name not in PROPERTIES:
                yield Fault(
                    place=entry.place,
                    rule="unknown-property",
                    problem=f"There is no property '{entry.name}' in a module.",
                    remedy=meant(entry.name, PROPERTIES),
                )


def module_scope(file: File, files: Files) -> Iterator[Fault]:
    """Yield the modules that are deployed to another kind of scope than their files are written for."""
    here = target_scope(file)
    for module in file.of(ModuleDecl):
        target = files.get(beside(file, module.path))
        if (
            target is not None
            and object_of(module.body).entry("scope") is None
            and target_scope(target) != here
        ):
            yield Fault(
                place=module.place,
                rule="wrong-scope",
                problem=f"'{module.name}' is written for a {target_scope(target)}, and this file for a {here}.",
                remedy=f"Set `scope:` of the module to a {target_scope(target)}.",
            )


def target_scope(file: File) -> str:
    """Return what a file is deployed to."""
    said = next((scope.value for scope in file.of(TargetScope)), None)
    return said.value if isinstance(said, Literal) and isinstance(said.value, str) else "resourceGroup"


def secret_handed_on(file: File, files: Files) -> Iterator[Fault]:
    """Yield the secrets that a module is given as plain parameters: those are kept with its deployment."""
    names = declared(file)
    for module in file.of(ModuleDecl):
        target = files.get(beside(file, module.path))
        given = object_of(module.body).entry("params")
        known = {param.name: param for param in target.of(Param)} if target else {}
        for entry in given.entries if isinstance(given, Object) else ():
            if isinstance(entry, Entry) and entry.name in known and not is_secure(known[entry.name]):
                for secret in sorted(set(secrets_in(entry.value, names))):
                    yield Fault(
                        place=entry.place,
                        rule="secret-handed-on",
                        problem=f"'{entry.name}' of {module.path} is no secret there, and is given one: {secret}.",
                        remedy=f"Add @secure() to '{entry.name}' there.",
                    )


def unknown_output(file: File, files: Files) -> Iterator[Fault]:
    """Yield the outputs that a module does not have."""
    names = declared(file)
    for member in (found for each in file.declarations for found in each.find(Member)):
        module = _whose_outputs(member.target)
        found = names.get(module) if module else None
        target = files.get(beside(file, found.path)) if isinstance(found, ModuleDecl) else None
        if isinstance(found, ModuleDecl) and target is not None:
            known = [output.name for output in target.of(Output)]
            if member.name not in known:
                problem = f"'{member.name}' is no output of {found.path}."
                remedy = meant(member.name, known)
                yield Fault(place=member.place, rule="unknown-output", problem=problem, remedy=remedy)


def _whose_outputs(expression: Expression) -> str | None:
    """Return `x` of `x.outputs`, with all its `!`, `?` and indices; None for anything else."""
    outputs = root_of(expression)
    if not isinstance(outputs, Member) or outputs.name != "outputs":
        return None
    root = root_of(outputs.target)
    return root.name if isinstance(root, Name) else None


def unknown_import(file: File, files: Files) -> Iterator[Fault]:
    """Yield the imported names that the other file does not export."""
    for imported in file.of(Import):
        target = files.get(beside(file, imported.path))
        if target is None:
            continue
        known = [each.name for each in target.declarations if each.decorator("export")]
        for symbol in imported.symbols:
            if symbol.original not in known:
                hidden = target.named(symbol.original) is not None
                yield Fault(
                    place=symbol.place,
                    rule="unknown-import",
                    problem=f"{imported.path} exports no '{symbol.original}'.",
                    remedy="Add @export() to it there." if hidden else meant(symbol.original, known),
                )
