"""`python -m delivery package WORD`: makes, tests and describes what is shipped. How is in the modules beside it."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from delivery.package import audit as audits
from delivery.package import licences
from delivery.package.archive import Manifest
from delivery.package.bill import write_bill
from delivery.package.build import PARCELS, build
from delivery.package.image import write_image
from delivery.package.locks import LISTS, packages_for
from delivery.package.pins import pin
from delivery.package.verify import verify
from infra.check.model import Fault
from shared.settings import ROOT

CI = ("TF_BUILD", "GITHUB_ACTIONS")
"""Set where the index is whole, so that what is not checked there is a fault."""
PLAY = "SHELFCAST_PLAY"
"""Set where CI is only played, on a machine whose index may not be."""


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
    words.add_parser("sbom", help="write the bill of materials of each package")
    words.add_parser("licences", help="list the licences, and hold them against the policy")
    auditing = words.add_parser("audit", help="ask for known vulnerabilities")
    auditing.add_argument(
        "--required", action="store_true", help="what is not checked is a fault (so in CI on Azure)"
    )
    _describe_pinning(words.add_parser("pin", help="add hashes to a list of pinned versions"))
    imaging = words.add_parser("image", help="lay out the image of the steps, its base by digest")
    imaging.add_argument("--base", required=True, help="such as python:3.11-slim-bookworm@sha256:...")
    parser.set_defaults(action="build", allow_dirty=False)


def _describe_pinning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--python", required=True, help="such as 3.13")
    parser.add_argument("--without", action="append", default=[], help="a package that another index gives")
    parser.add_argument("list", type=Path, help="the file, rewritten in place")


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
            _say(f"{parcel.archive} is of files that differ from the commit: making it again is not tested")
    return _judge(faults, f"{len(PARCELS)} packages are whole, and hold what is needed and no more")


def _sbom(given: argparse.Namespace) -> int:
    for parcel in PARCELS:
        packages = packages_for(given.root, parcel.name)
        _say(f"{write_bill(given.target, parcel, packages)}: {len(packages)} packages")
    return 0


def _licences(given: argparse.Namespace) -> int:
    policy, found = licences.read_policy(), licences.installed()
    lists = {name: packages_for(given.root, name) for name in LISTS}
    faults = licences.unused(policy, [one for packages in lists.values() for one in packages])
    for name, packages in lists.items():
        faults += licences.judge(name, packages, found, policy)
    if not faults:
        given.target.mkdir(parents=True, exist_ok=True)
        (given.target / "licences.md").write_text(licences.table(lists, found, policy))
    return _judge(faults, f"{given.target / 'licences.md'}: every licence is allowed or decided upon")


def _audit(given: argparse.Namespace) -> int:
    in_ci = any(os.environ.get(name) for name in CI) and not os.environ.get(PLAY)
    required = given.required or in_ci
    borne, today = audits.read_borne(), datetime.now(UTC).date()
    faults, checked = audits.expired(borne, today), 0
    for name in LISTS:
        packages = packages_for(given.root, name)
        answer = audits.ask(packages)
        faults += audits.judge(name, packages, answer, borne, today)
        faults += audits.not_checked(name, answer) if required else []
        checked += answer.checked
        _say(f"{LISTS[name]}: {answer.checked} packages checked, {len(answer.unchecked)} NOT CHECKED")
    well = (
        "no vulnerability is known of what was checked"
        if checked
        else "NOTHING WAS CHECKED: the source is not there"
    )
    return _judge(faults, well)


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
    "sbom": _sbom,
    "licences": _licences,
    "audit": _audit,
    "pin": _pin,
    "image": _image,
}
