"""Looks at Bicep as it is written: names, descriptions, secrets, and what files take from each other.

Values are not evaluated here, so that what no environment deploys is looked at as well.
"""

from collections.abc import Callable, Iterator, Sequence

from infra.check.lint import declarations, modules, names, parameter_files, reach, start, values
from infra.check.lint.configuration import lenient_configuration
from infra.check.model import Fault
from infra.check.syntax.nodes import File

__all__ = ["lenient_configuration", "lint"]

Alone = Callable[[File], Iterator[Fault]]
Together = Callable[[File, modules.Files], Iterator[Fault]]

ALONE: tuple[Alone, ...] = (
    names.undeclared_name,
    names.duplicate_name,
    names.duplicate_property,
    names.unused,
    declarations.missing_description,
    declarations.description_prefix,
    declarations.bare_type,
    declarations.secure_default,
    declarations.unsecured_secret,
    declarations.secret_in_output,
    values.hard_coded_location,
    values.hard_coded_endpoint,
    modules.module_body,
    reach.out_of_reach,
    reach.misplaced_loop,
    start.not_known_at_start,
    start.parents,
    start.unnecessary_depends_on,
    start.circular_dependency,
)
TOGETHER: tuple[Together, ...] = (
    modules.unknown_file,
    modules.module_parameter,
    modules.module_scope,
    modules.secret_handed_on,
    modules.unknown_output,
    modules.unknown_import,
    parameter_files.parameter_file,
)


def lint(files: Sequence[File]) -> list[Fault]:
    """Return what is wrong with files as they are written.

    Parameters
    ----------
    files : sequence of File
        All files of the infrastructure, parsed: modules are looked for among them.

    Returns
    -------
    list of Fault
        In the order of the files. What could not be read is not told again here.
    """
    known = modules.by_path(files)
    found = {fault for file in files for rule in ALONE for fault in rule(file)}
    found |= {fault for file in files for rule in TOGETHER for fault in rule(file, known)}
    found |= set(parameter_files.uneven_parameters(known))
    return sorted(found)
