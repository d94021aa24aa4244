"""``python -m infra.check``: everything about the infrastructure that can be proved without a subscription.

Reads and evaluates the Bicep for each environment, holds it against the published types, the rules of the house, and
the code that it has to fit. What is looked for is in types/, lint/, policies/ and crosschecks/.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from infra.check.lint import lenient_configuration, lint
from infra.check.load import environments, evaluate_file, missing_environments, read_files
from infra.check.model import Fault, Graph
from infra.check.rules import all_rules, faults_of
from infra.check.subject import Infrastructure
from infra.check.syntax import File
from infra.check.tables import PAGE, page
from infra.check.types import NOTICE, check_factory, check_types, check_written, definitions_folder
from shared.errors import ShelfcastError

T = TypeVar("T")
STOPPED = "what cannot be read or evaluated has to be mended first: types and rules were not looked at"


class Check:
    """One run of everything, step by step.

    Parameters
    ----------
    root : Path
        The repository.
    only : sequence of str
        Rules to run; all where it is empty.
    """

    def __init__(self, root: Path, *, only: Sequence[str] = ()) -> None:
        self.root, self.only = root.resolve(), frozenset(only)
        self.notices: list[str] = []
        self._faults: list[Fault] = []
        self._console = Console(stderr=True)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, by file and line, of the rules that were asked for."""
        return sorted({fault for fault in self._faults if not self.only or fault.rule in self.only})

    def run(self, *, write_docs: bool = False) -> None:
        """Do all steps; what builds on a step that failed is left out, and a notice says so."""
        files = self._step("read", lambda: read_files(self.root), lambda found: f"{len(found)} files")
        basic = [fault for file in files for fault in file.faults] + missing_environments(self.root)
        graphs = {} if basic else self._graphs()
        basic += [fault for graph in graphs.values() for fault in graph.faults]
        self._faults += basic
        found = self._step("lint", partial(self._lint, files), _count)
        self._faults += found
        if basic:
            self.notices.append(STOPPED)
            return
        self._types(files, graphs)
        self._rules(Infrastructure(root=self.root, files=files, graphs=graphs), write_docs=write_docs)

    def _lint(self, files: Sequence[File]) -> list[Fault]:
        return [*lint(files), *lenient_configuration(self.root)]

    def _graphs(self) -> dict[str, Graph]:
        def told(graph: Graph) -> str:
            return f"{len(graph.resources)} resources"

        return {
            path.stem: self._step(path.stem, partial(evaluate_file, self.root, path), told)
            for path in environments(self.root)
        }

    def _types(self, files: Sequence[File], graphs: dict[str, Graph]) -> None:
        folder = definitions_folder(self.root)
        if folder is None:
            self.notices.append(NOTICE)
            return
        known = folder

        def check() -> list[Fault]:
            deployed = [fault for graph in graphs.values() for fault in check_types(graph, known)]
            return deployed + check_written(files, known) + check_factory(self.root, known)

        found = self._step("types", check, _count)
        self._faults += found

    def _rules(self, subject: Infrastructure, *, write_docs: bool) -> None:
        if write_docs:
            (self.root / PAGE).write_text(page(subject))
        rules = [rule for name, rule in all_rules().items() if not self.only or name in self.only]
        with self._console.status("") as status:
            began = time.monotonic()
            for number, rule in enumerate(rules, 1):
                status.update(f"rules: {rule.name} ({number} of {len(rules)})")
                self._faults += faults_of(rule, subject)
        _say("rules", f"{len(rules)} rules", time.monotonic() - began)

    def _step(self, name: str, work: Callable[[], T], told: Callable[[T], str]) -> T:
        """Do a step, tell that it runs, and what came out."""
        began = time.monotonic()
        with self._console.status(name):
            result = work()
        _say(name, told(result), time.monotonic() - began)
        return result


def _count(faults: list[Fault]) -> str:
    return f"{len(faults)} faults"


def _say(name: str, result: str, seconds: float) -> None:
    print(f"{name:8} {result:24} {seconds:5.1f} s", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0 where nothing is wrong, 1 where something is, 2 where it cannot run."""
    given = _parser().parse_args(arguments)
    if given.list:
        return _list()
    check = Check(given.root, only=given.only)
    try:
        check.run(write_docs=given.write_docs)
    except ShelfcastError as exc:
        print(exc)
        return 1
    without_types = NOTICE in check.notices and given.require_definitions
    unknown = frozenset(given.only) - all_rules().keys() - {fault.rule for fault in check.faults}
    check.notices += [
        f"{name} is no policy or cross-check; nothing else found it" for name in sorted(unknown)
    ]
    for notice in check.notices:
        print(f"notice: {notice}")
    for fault in check.faults:
        print(fault)
    print(f"{len(check.faults)} faults" + (", and no type definitions" if without_types else ""))
    return 1 if check.faults or STOPPED in check.notices or without_types else 0


def _list() -> int:
    for rule in all_rules().values():
        print(f"{rule.name:26} {rule.reason}")
    print(
        "Beside these: syntax, evaluation, types (types/) and the compiler's own rules (lint/), each by its name."
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.check",
        description="Check the infrastructure: Bicep, types, policies, and what the code expects of it.",
        epilog="Each fault is a line: file:line: rule: what is wrong, and what to do. Ends with 1 where there is one.",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (here)")
    parser.add_argument("--only", action="append", default=[], metavar="RULE", help="report this rule alone")
    parser.add_argument("--list", action="store_true", help="say which rules there are, and why")
    parser.add_argument(
        "--require-definitions",
        action="store_true",
        help="fail where the published type definitions are missing",
    )
    parser.add_argument("--write-docs", action="store_true", help=f"write {PAGE} from the Bicep")
    return parser


if __name__ == "__main__":
    sys.exit(main())
