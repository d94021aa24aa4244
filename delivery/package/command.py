"""`python -m delivery package WORD`: makes, tests and describes what is shipped. How is in the modules beside it."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from delivery.package.archive import Manifest
from delivery.package.build import PARCELS, build
from delivery.package.verify import verify
from infra.check.model import Fault
from shared.settings import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words and what they take."""
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    parser.add_argument("--target", type=Path, help="folder of the packages (default: build/package)")
    words = parser.add_subparsers(dest="action", metavar="WORD")
    making = words.add_parser("build", help="make functions.zip and training.zip")
    making.add_argument(
        "--allow-dirty", action="store_true", help="also from files that differ from the commit"
    )
    words.add_parser(
        "verify", help="test the packages: whole, needed, complete, made again from their commit"
    )
    parser.set_defaults(action="build", allow_dirty=False)


def run(arguments: argparse.Namespace) -> int:
    """Do what the word says; build where there is none."""
    arguments.target = arguments.target or arguments.root / "build" / "package"
    return WORDS[arguments.action](arguments)


def _build(given: argparse.Namespace) -> int:
    for parcel in PARCELS:
        made = build(given.root, given.target, parcel, allow_dirty=given.allow_dirty)
        _say(
            f"{given.target / parcel.archive}: {made.size:,} bytes, {len(made.files)} files, sha256 {made.sha256}"
        )
        _say("  stays out: " + ", ".join(f"{folder} ({count})" for folder, count in made.left_out.items()))
        if made.unclean:
            _say(f"  not as in commit {made.commit[:8]}: {', '.join(made.unclean)}")
    return 0


def _verify(given: argparse.Namespace) -> int:
    faults = []
    for parcel in PARCELS:
        faults += verify(given.root, given.target, parcel)
        if Manifest.read(given.target / parcel.manifest).unclean:
            _say(
                f"{parcel.archive} is of files that differ from the commit: whether it can be made again is not tested"
            )
    return _judge(faults, f"{len(PARCELS)} packages are whole, and hold what is needed and no more")


def _judge(faults: Iterable[Fault], well: str) -> int:
    found = sorted(faults)
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        _say(well)
    return 1 if found else 0


def _say(line: str) -> None:
    print(line, flush=True)


WORDS: dict[str, Callable[[argparse.Namespace], int]] = {"build": _build, "verify": _verify}
