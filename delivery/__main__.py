"""The command line: `python -m delivery validate | models | package | impact | branch | play`.

Each word's module is loaded when the word is used. What a word does is not here.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from shared.errors import ShelfcastError


class Command(Protocol):
    """What a word's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the word's arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; 0 = all well, 1 = a gate failed, with the reasons said."""
        ...


WORDS = {
    "validate": ("delivery.validation.command", "data, training and scoring validation of a model"),
    "models": ("delivery.models.command", "list, register, promote, roll back, publish scoring, score"),
    "package": ("delivery.package.command", "build, test and describe what is shipped"),
    "impact": ("delivery.impact.command", "what a change asks of those that depend on it"),
    "branch": ("delivery.branch.command", "whether a branch may go where it wants to"),
    "play": ("delivery.play.command", "the stages that a trigger leads to, on this machine"),
}
"""By word, the module that does it, and what it is for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a word; 0 = all well, 1 = something failed (and was said), 2 = wrong arguments."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="python -m delivery", description="From a change to production, word by word."
    )
    words = parser.add_subparsers(required=True, metavar="WORD", dest="word")
    for word, (module, purpose) in WORDS.items():
        own = words.add_parser(word, help=purpose, description=purpose.capitalize() + ".")
        if given[:1] == [word]:
            own.set_defaults(command=_load(module, own))
    arguments = parser.parse_args(given)
    try:
        return cast(Command, arguments.command).run(arguments)
    except ShelfcastError as exc:
        print(f"{type(exc).__name__}: {exc}", file=sys.stderr)
        return 1


def _load(module: str, parser: argparse.ArgumentParser) -> Command:
    command = cast(Command, import_module(module))
    command.add_arguments(parser)
    return command


if __name__ == "__main__":
    sys.exit(main())
