"""Reads files of Bicep (`.bicep`) and of its parameters (`.bicepparam`)."""

from functools import cache
from pathlib import Path

from infra.check.model import Fault, Faulty, Place
from infra.check.syntax.declarations import Declarations, ParameterFile
from infra.check.syntax.nodes import File
from infra.check.syntax.tokens import tokens_of
from infra.check.syntax.witness import second_opinion


def parse(path: Path, root: Path) -> File:
    """Read a file.

    Parameters
    ----------
    path : Path
        The file; its name tells whether it holds parameters.
    root : Path
        The repository, to which places are relative.

    Returns
    -------
    File
        What it declares; what cannot be read stands in `faults`.
    """
    inside = path.resolve().relative_to(root.resolve()) if path.is_absolute() else path
    try:
        text = (root / inside).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        return File(path=inside, declarations=(), faults=(_unreadable(inside, exc),))
    return parse_text(text, inside)


@cache
def parse_text(text: str, path: Path) -> File:
    """Read a text as if it stood in a file of that path (see `parse`); the same text is read once."""
    rewrites: list[tuple[int, str]] = []
    try:
        tokens = tokens_of(text, path)
    except Faulty as faulty:
        return File(path=path, declarations=(), faults=(faulty.fault,))
    reader = ParameterFile if path.suffix == ".bicepparam" else Declarations
    declarations, faulty_statements = reader(tokens, rewrites).file()
    faults = [faulty.fault for faulty in faulty_statements] or second_opinion(text, rewrites, path)
    return File(path=path, declarations=tuple(declarations), faults=tuple(faults))


def _unreadable(path: Path, exc: Exception) -> Fault:
    return Fault(
        place=Place(path, 1),
        rule="syntax",
        problem=f"The file cannot be read: {exc}.",
        remedy="Write it in UTF-8.",
    )
