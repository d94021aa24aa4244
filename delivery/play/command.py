"""``python -m delivery play``: the stages that a trigger leads to, run on this machine.

Every word runs in the repository as it stands, one after the other, where agents would start from a fresh clone. Azure
is played too: `az` is the twin in ``delivery/play/az``, and words that speak to an environment find ``SHELFCAST_PLAY``
set to the folder in which environments live.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from delivery.play.approvals import Gates
from delivery.play.jobs import Surroundings
from delivery.play.play import Player
from delivery.play.record import Record, latest, table
from delivery.play.triggers import Event

TRIGGERS: Mapping[str, Event] = {
    "pr": Event(kind="pull_request", branch="main"),
    "main": Event(kind="push", branch="main"),
    "release": Event(kind="push", branch="release/1.0"),
    "data": Event(kind="webhook", branch="main", payload={"event": "dataset-published"}),
    "timer": Event(kind="schedule", branch="main", pipeline="scoring"),
    "stale": Event(kind="schedule", branch="main", pipeline="stale"),
    "infra": Event(kind="push", branch="main", paths=("infra/bicep/main.bicep",), pipeline="infrastructure"),
    "rollback": Event(kind="manual", branch="main", pipeline="rollback"),
}
"""What happens, by the word for it. What it leads to stands in the pipelines' own triggers."""

ALL: Sequence[tuple[str, str, Mapping[str, str]]] = (
    ("pr", "main", {}),
    ("infra", "main", {"events": "false"}),
    ("main", "main", {}),
    ("infra", "main", {}),
    ("infra", "release/1.0", {"events": "false"}),
    ("release", "release/1.0", {}),
    ("data", "main", {}),
    ("timer", "main", {}),
    ("stale", "main", {}),
    ("rollback", "main", {}),
)
"""One of each with its branch and parameters, in an order in which each finds what it needs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of play."""
    parser.add_argument("--trigger", required=True, choices=[*TRIGGERS, "all"], help="what happens")
    parser.add_argument("--branch", help="on another branch than usual: main, release/1.0, ...")
    parser.add_argument(
        "--approve", default="", metavar="ENV,...", help="dev = dev and dev-...; others are asked for"
    )
    parser.add_argument("--from", dest="first", default="", metavar="STAGE", help="go on from the last play")
    parser.add_argument("--dry-run", action="store_true", help="say what would run, in its order")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository")
    parser.add_argument("--plays", type=Path, help="where plays are kept (build/play)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a pipeline parameter"
    )


def run(arguments: argparse.Namespace) -> int:
    """Play; 0 = all succeeded, 1 = something failed or was refused."""
    own = dict(pair.split("=", 1) for pair in arguments.set)
    wanted = ALL if arguments.trigger == "all" else ((arguments.trigger, arguments.branch, own),)
    for trigger, branch, given in wanted:
        if not _play(trigger, branch, given, arguments).succeeded:
            return 1
    return 0


def _play(
    trigger: str, branch: str | None, given: Mapping[str, str], arguments: argparse.Namespace
) -> Record:
    event = TRIGGERS[trigger]
    event = replace(event, branch=branch) if branch else event
    around = _surroundings(event, trigger, arguments)
    before = latest(around.plays, trigger, event.branch) if arguments.first else None
    kept = {(one.pipeline, one.stage): one for one in before.stages} if before else {}
    player = Player(around, Record(trigger, event.branch), arguments.first, kept)
    try:
        player.play(event, given)
    finally:
        player.record.write(around.folder)
        _say(f"\n{table(player.record.steps)}\n\nLogs and report.txt in {around.folder}")
    return player.record


def _surroundings(event: Event, trigger: str, arguments: argparse.Namespace) -> Surroundings:
    root = arguments.root.resolve()
    plays = (arguments.plays or root / "build" / "play").resolve()
    folder = plays / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{trigger}"
    folder.mkdir(parents=True)
    return Surroundings(
        root=root,
        plays=plays,
        folder=folder,
        gates=Gates(root, [name for name in arguments.approve.split(",") if name]),
        branch=event.branch,
        facts=event.facts,
        say=_say,
        dry=arguments.dry_run,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
