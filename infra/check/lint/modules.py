"""What files take from each other: modules with their parameters and outputs, imports, parameter files.

Whether a value fits a parameter's type is not here (see infra.check.evaluate).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from os.path import normpath
from pathlib import Path

from infra.check.lint.references import declared, is_secure, object_of, root_of
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
    ParamAssignment,
    Spread,
    Using,
)

Files = Mapping[Path, File]
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


def parameter_file(file: File, files: Files) -> Iterator[Fault]:
    """Yield what a parameter file gives that its template does not have, or lacks, or tells though it is secret."""
    template = template_of(file, files)
    if template is None:
        return
    known = {param.name: param for param in template.of(Param)}
    given = {each.name: each for each in file.of(ParamAssignment)}
    for name, each in given.items():
        if name not in known:
            problem = f"'{name}' is no parameter of {template.path}."
            yield Fault(
                place=each.place, rule="unknown-parameter", problem=problem, remedy=meant(name, known)
            )
        elif is_secure(known[name]) and isinstance(each.value, Literal) and each.value.value:
            problem = f"The secret '{name}' stands here in plain text."
            remedy = "Read it with readEnvironmentVariable('...'), or az.getSecret(...)."
            yield Fault(place=each.place, rule="plain-secret", problem=problem, remedy=remedy)
    for name, param in known.items():
        if needed(param) and name not in given:
            problem = f"The parameter '{name}' of {template.path} is not given."
            place = Place(file.path, 1)
            yield Fault(
                place=place, rule="missing-parameter", problem=problem, remedy=f"Add `param {name} = ...`."
            )


def template_of(file: File, files: Files) -> File | None:
    """Return the template that a parameter file is for, None of any other file."""
    path = next((using.path for using in file.of(Using)), None)
    return files.get(beside(file, path)) if path else None


def uneven_parameters(files: Files) -> Iterator[Fault]:
    """Yield the parameters that one environment gives and another leaves to the default, so that nobody sees it."""
    named = [file for file in files.values() if template_of(file, files) is not None]
    for one, other in combinations(sorted(named, key=lambda file: file.path), 2):
        if template_of(one, files) is template_of(other, files):
            yield from _uneven(one, other)
            yield from _uneven(other, one)


def _uneven(one: File, other: File) -> Iterator[Fault]:
    given = {each.name for each in other.of(ParamAssignment)}
    for each in one.of(ParamAssignment):
        if each.name not in given:
            yield Fault(
                place=each.place,
                rule="uneven-parameters",
                problem=f"'{each.name}' is given here, and not in {other.path.name}.",
                remedy=f"Give it there as well, or leave both to the default of {each.name}.",
            )
