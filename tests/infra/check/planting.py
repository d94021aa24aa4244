"""Copies of the repository in which something is wrong on purpose, and what the check says about them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.check.evaluate import evaluate
from infra.check.lint import lint
from infra.check.load import TEMPLATE, WHOLE, load, read_files
from infra.check.model import Fault
from infra.check.rules import all_rules, faults_of
from infra.check.subject import BICEP, Infrastructure
from infra.check.types import check_types, check_written, definitions_folder
from shared.settings import ROOT

COPIED = ("infra/bicep", "infra/adf", "infra/deploy", "docs")
"""What faults are planted in; everything else is only linked to."""

BOTH = ("environments-apart", "open-firewall", "stale-docs")
"""Rules that look at more than production."""

DEFINITIONS = definitions_folder(ROOT)


@dataclass(frozen=True, kw_only=True)
class Plant:
    """An edit of a file, and what has to be said about it.

    Attributes
    ----------
    old, new : str
        What the edit replaces, once.
    rule : str
        The rule that has to find it.
    says : tuple of str
        Words of the fault's line: of the problem and of the remedy.
    at : str
        What stands on the line that is named; the first line of the edit where empty.
    elsewhere : str
        The file that is named, where it is not the edited one.
    """

    what: str
    file: str
    old: str
    new: str
    rule: str
    says: tuple[str, ...]
    at: str = ""
    elsewhere: str = ""


def _production(root: Path) -> Infrastructure:
    graph = evaluate(root / TEMPLATE, root / BICEP / "prod.bicepparam", root, variables=WHOLE)
    return Infrastructure(root=root, files=read_files(root), graphs={"prod": graph})


def copy_repository(folder: Path) -> Path:
    """Make a copy whose infrastructure and documents can be edited."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "host.json", folder)
    for path in (*ROOT.iterdir(), *(ROOT / "infra").iterdir()):
        copied = folder / path.relative_to(ROOT)
        if not copied.exists():
            copied.symlink_to(path)
    return folder


def plant(folder: Path, one: Plant) -> str:
    """Edit the copy; returns where the fault has to be told, as file and line."""
    path = folder / one.file
    text = path.read_text()
    assert text.count(one.old) >= 1, f"{one.file} has no {one.old!r} any more: correct the table"
    before, _, after = text.partition(one.old)
    path.write_text(before + one.new + after)
    named = one.elsewhere or one.file
    if one.at:
        lines = (folder / named).read_text().splitlines()
        return f"{named}:{next(number for number, line in enumerate(lines, 1) if one.at in line)}"
    return f"{named}:{before.count(chr(10)) + 1}"


def faults_by(one: Plant, root: Path) -> list[Fault]:
    """Return what is found by a plant's rule, doing no more than it takes: most can be seen in production alone."""
    rule = one.rule
    if rule in all_rules():
        both = rule in BOTH or "(in prod)" in one.says
        return faults_of(all_rules()[rule], load(root) if both else _production(root))
    files = read_files(root)
    found = [fault for file in files for fault in file.faults] or lint(files)
    if not any(fault.rule == rule for fault in found):
        (graph,) = _production(root).graphs.values()
        found += graph.faults
        if DEFINITIONS:
            found += check_types(graph, DEFINITIONS) + check_written(files, DEFINITIONS)
    return [fault for fault in found if fault.rule == rule]
