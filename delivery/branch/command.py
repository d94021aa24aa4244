"""``python -m delivery branch``: whether a branch and its files keep the rules, and which environment it may change."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from delivery.branch.files import file_faults
from delivery.branch.names import branch_of, environment_faults, name_faults, output_line, rewritten_faults
from delivery.branch.owners import owner_faults
from delivery.branch.repository import Repository
from infra.check.model import Fault


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of branch."""
    parser.add_argument("--environment", default="", metavar="ENV", help="may this branch change it?")
    parser.add_argument(
        "--turn", action="store_true", help="only say whether this branch serves the environment"
    )
    parser.add_argument("--branch", default="", help="another branch than the one that is checked out")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository")


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 = all rules are kept, 1 = some are not, each on a line."""
    repository = Repository(arguments.root.resolve())
    branch = arguments.branch or branch_of(os.environ, repository)
    if arguments.turn:
        faults = list(environment_faults(branch, arguments.environment, repository))
        return _say_turn(branch, arguments.environment, faults)
    found = sorted(_faults(branch, arguments.environment, repository))
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{branch}: {len(repository.files)} files, {len(found)} faults\n")
    return 1 if found else 0


def _faults(branch: str, environment: str, repository: Repository) -> Iterator[Fault]:
    yield from name_faults(branch)
    yield from rewritten_faults(branch, repository)
    if environment:
        yield from environment_faults(branch, environment, repository)
    yield from file_faults(repository)
    yield from owner_faults(repository)


def _say_turn(branch: str, environment: str, faults: list[Fault]) -> int:
    for fault in faults:
        sys.stdout.write(f"{fault.problem}\n")
    sys.stdout.write(f"{branch} {'does not serve' if faults else 'serves'} {environment}\n")
    sys.stdout.write(f"{output_line(not faults, os.environ)}\n")
    return 0
