"""The command line of the twin: words, options, ``--query`` and ``--output``, as az takes them."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from delivery.play.az.cloud import AzRefused, opened
from delivery.play.az.commands import COMMANDS

SHORT = {"-n": "--name", "-g": "--resource-group", "-l": "--location", "-o": "--output", "-f": "--file"}


def main(arguments: Sequence[str]) -> int:
    """Do a command; 0 = done, 2 = not understood, 3 = not found, 1 = refused."""
    command, options = parsed(arguments)
    try:
        if command not in COMMANDS:
            raise AzRefused(
                f"'{command}' is not in the twin of az; add it to delivery/play/az/commands.py.", 2
            )
        with opened() as cloud:
            found = COMMANDS[command](cloud, options)
    except AzRefused as exc:
        sys.stderr.write(f"ERROR: {exc}\n")
        return exc.code
    except KeyError as exc:
        sys.stderr.write(f"ERROR: the following arguments are required: --{exc.args[0]}\n")
        return 2
    sys.stdout.write(written(found, options))
    return 0


def parsed(arguments: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """Return the words of a command, and its options with their values."""
    words: list[str] = []
    options: dict[str, list[str]] = {}
    taken = words
    for argument in arguments:
        name = SHORT.get(argument, argument)
        if name.startswith("--"):
            taken = options.setdefault(name[2:], [])
        else:
            taken.append(argument)
    if words[:2] == ["acr", "build"]:
        words = words[:2]
    return " ".join(words), options


def queried(found: Any, query: str) -> Any:
    """Return what a path such as ``properties.outputs``, ``[].name`` or ``value[].[name, id]`` selects."""
    path, several, columns = query.partition(".[")
    for step in filter(None, path.replace("[]", ".[].").split(".")):
        if step != "[]":
            found = [_of(one, step) for one in found] if isinstance(found, list) else _of(found, step)
    if several:
        names = [name.strip() for name in columns.rstrip("]").split(",")]
        return [[queried(one, name) for name in names] for one in found or []]
    return found


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def written(found: Any, options: dict[str, list[str]]) -> str:
    """Return the result as the options want it: a text, JSON, or values for scripts."""
    if options.get("output") == ["none"] or found is None:
        return ""
    if isinstance(found, str):
        return f"{found}\n"
    found = queried(found, options["query"][0]) if "query" in options else found
    if options.get("output") == ["tsv"]:
        values = found if isinstance(found, list) else [found]
        rows = [value if isinstance(value, list) else [value] for value in values if value is not None]
        return "".join("\t".join(map(str, row)) + "\n" for row in rows)
    return json.dumps(found, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
