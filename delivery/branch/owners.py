"""Whether every folder has an owner, and every owner's path something in it."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from delivery.branch.repository import Repository
from infra.check.model import Fault, Place

OWNERS = Path(".github/CODEOWNERS")


def owner_faults(repository: Repository) -> Iterator[Fault]:
    """Yield paths of CODEOWNERS that match nothing, and folders that nobody owns."""
    lines = list(enumerate(repository.text(OWNERS).splitlines(), 1)) if OWNERS in repository.files else []
    rules = [(number, line.split()) for number, line in lines if line.strip() and not line.startswith("#")]
    patterns = [words[0] for _, words in rules]
    for number, words in rules:
        if len(words) < 2:
            yield _fault(number, f"'{words[0]}' has no owner.", "Name a team, such as @shelfcast/operations.")
        if not any(matches(words[0], path) for path in repository.files):
            yield _fault(number, f"'{words[0]}' matches no file.", "Correct the path, or remove the line.")
    for folder in sorted({path.parts[0] for path in repository.files if len(path.parts) > 1}):
        if not any(pattern != "*" and pattern.strip("/").split("/")[0] == folder for pattern in patterns):
            yield _fault(1, f"Nobody owns the folder '{folder}'.", f"Add a line: /{folder}/ and its owners.")


def matches(pattern: str, path: Path) -> bool:
    """Return whether a pattern of CODEOWNERS covers a file; a folder covers all that is in it."""
    text = path.as_posix()
    if not pattern.startswith("/"):
        return fnmatchcase(text, f"*{pattern}") or fnmatchcase(path.name, pattern)
    wanted = pattern.lstrip("/")
    return fnmatchcase(text, wanted.rstrip("/") + "/*") or (
        not wanted.endswith("/") and fnmatchcase(text, wanted)
    )


def _fault(line: int, problem: str, remedy: str) -> Fault:
    return Fault(place=Place(OWNERS, line), rule="code-owners", problem=problem, remedy=remedy)
