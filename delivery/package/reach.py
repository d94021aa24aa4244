"""Which modules of a package something in it needs, found by reading their imports. Nothing is imported here.

The app's modules are reached from function_app.py, the steps' from the commands in the components of the pipelines. A
profile's hook is reached where a profile beside it names it.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from infra.check.model import Fault, Place

OURS = frozenset(
    {"shared", "training", "functions", "monitor", "local", "infra", "delivery", "tests", "benchmarks"}
)
FINGERPRINTED = "training"
"""Ships whole: shared.code makes one digest of it on both sides, and another one would train every model again."""

_COMMAND = re.compile(r"python -m ([\w.]+)")


@dataclass(frozen=True, kw_only=True)
class Import:
    """A module that another one names."""

    module: str
    place: Place


def modules(files: Iterable[str]) -> dict[str, str]:
    """Return the path of each module by its dotted name."""
    return {_name(path): path for path in files if path.endswith(".py")}


def _name(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: str, source: bytes) -> tuple[Import, ...]:
    """Return what a module imports, also inside functions; of `from a import b` a and a.b, as b may be a module."""
    return tuple(
        Import(module=name, place=Place(Path(path), getattr(node, "lineno", 1)))
        for node in ast.walk(ast.parse(source, path))
        for name in _named(node)
    )


def _named(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def reachable(files: Mapping[str, bytes], starts: Iterable[str]) -> set[str]:
    """Return the modules that are imported when the given ones are, packages above them included."""
    known, seen, waiting = modules(files), set[str](), list(starts)
    while waiting:
        module = waiting.pop()
        if module in seen or module not in known:
            continue
        seen.add(module)
        waiting += _above(module)
        waiting += [found.module for found in imports(known[module], files[known[module]])]
    return seen


def _above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def step_programs(components: Mapping[str, bytes]) -> set[str]:
    """Return the modules that the components' commands run."""
    texts = [content.decode() for path, content in components.items() if "/components/" in path]
    return {name for text in texts for name in _COMMAND.findall(text)}


def hooks(files: Mapping[str, bytes]) -> set[str]:
    """Return the modules of the hooks that profiles name."""
    profiles = [content.decode() for path, content in files.items() if path.endswith((".yml", ".yaml"))]
    named = {name for text in profiles for name in re.findall(r"hook: ([\w.]+\.py):", text)}
    return {_name(path) for path in files if PurePosixPath(path).name in named}


def superfluous(files: Mapping[str, bytes], starts: Iterable[str], ignore: str) -> Iterator[Fault]:
    """Yield a fault for each module that nothing reaches; training ships whole."""
    reached = reachable(files, starts)
    for module, path in modules(files).items():
        if module not in reached and module.partition(".")[0] != FINGERPRINTED:
            yield Fault(
                place=Place(Path(path), 1),
                rule="needless-module",
                problem="ships, but nothing that runs there imports it.",
                remedy=f"Leave it out in {ignore}, or remove it.",
            )


def lacking(files: Mapping[str, bytes], starts: Iterable[str], ignore: str) -> Iterator[Fault]:
    """Yield a fault for each import of ours that the package does not hold."""
    known = modules(files)
    for module in sorted(reachable(files, starts)):
        for found in imports(known[module], files[known[module]]):
            if found.module.partition(".")[0] in OURS and not _held(found.module, known, files):
                yield Fault(
                    place=found.place,
                    rule="missing-module",
                    problem=f"imports {found.module}, which does not ship.",
                    remedy=f"Let it ship in {ignore} and add it to git, or do without it.",
                )


def _held(name: str, known: Mapping[str, str], files: Mapping[str, bytes]) -> bool:
    """Whether a module ships, or one that says the name does."""
    parent, _, last = name.rpartition(".")
    return name in known or (
        parent in known and re.search(rf"\b{last}\b".encode(), files[known[parent]]) is not None
    )
