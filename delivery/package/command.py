"""`python -m delivery package WORD`: makes, tests and describes what is shipped. How is in the modules beside it."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from delivery.package.archive import Manifest
from delivery.package.build import PARCELS, build
from delivery.package.image import write_image
from delivery.package.pins import pin
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
    pinning = words.add_parser("pin", help="add hashes to a list of pinned versions")
    pinning.add_argument("--python", required=True, help="such as 3.13")
    pinning.add_argument("--without", action="append", default=[], help="a package that another index gives")
    pinning.add_argument("list", type=Path, help="the file, rewritten in place")
    imaging = words.add_parser("image", help="lay out the image of the steps, its base by digest")
    imaging.add_argument("--base", required=True, help="such as python:3.11-slim-bookworm@sha256:...")
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


def _pin(given: argparse.Namespace) -> int:
    count = pin(given.list, given.python, given.without)
    _say(f"{given.list}: {count} hashes")
    return 0


def _image(given: argparse.Namespace) -> int:
    about = write_image(given.root, given.target / "image", given.base)
    _say(f"{given.target / 'image'}: from {about['base']}")
    return 0


def _judge(faults: Iterable[Fault], well: str) -> int:
    found = sorted(faults)
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        _say(well)
    return 1 if found else 0


def _say(line: str) -> None:
    print(line, flush=True)


WORDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "verify": _verify,
    "pin": _pin,
    "image": _image,
}
