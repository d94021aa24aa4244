"""Parameter files: each gives what its template needs, none tells a secret, all give the same.

Whether a value fits its parameter's type is not here (see infra.check.evaluate).
"""

from collections.abc import Iterator
from itertools import combinations

from infra.check.lint.modules import Files, beside, needed
from infra.check.lint.references import is_secure
from infra.check.model import Fault, Place
from infra.check.nearest import meant
from infra.check.syntax.nodes import File, Literal, Param, ParamAssignment, Using


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
