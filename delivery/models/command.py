"""`python -m delivery models`: list, register, promote, rollback, publish-scoring, score, audit, in one environment."""

import argparse
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from rich.console import Console

from delivery.environments import Environment, actor, opened
from delivery.models.listing import Chosen, model_table
from delivery.models.moves import Moves
from delivery.triggers import add_trigger
from shared.runs.audit import AuditLog
from shared.runs.lifecycle import BOOK, Lifecycle
from shared.runs.summary import read_summary

HOURS = 6
"""How long a run may take at most."""

Action = Callable[[Environment, argparse.Namespace, Console], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=sorted(ACTIONS), help="what to do")
    parser.add_argument("--environment", choices=("local", "dev", "prod"), required=True)
    parser.add_argument("--market", default="", help="only this one's slots, as its name is written")
    parser.add_argument("--slot", default="", help="only this one, such as north-texas.large.fast")
    parser.add_argument("--version", type=int, help="of the slot: to be promoted, or to be rolled back")
    parser.add_argument("--why", default="", help="is kept with every move")
    parser.add_argument("--by", default="", help="who decides; whoever is signed in where not given")
    add_trigger(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; 1 = it was refused, or came to nothing good, with the reasons."""
    console = Console(width=None if os.isatty(1) else 200)
    if arguments.version and not arguments.slot:
        console.print("--version is a version of a slot: give --slot, too")
        return 2
    with opened(arguments.environment, app=arguments.action in NEED_APP) as environment:
        return ACTIONS[arguments.action](environment, arguments, console)


def _list(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    _show(environment, arguments, console)
    return 0


def _register(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    """Train whatever is due, with the data that are there; what passes its gate awaits promotion."""
    environment.settle(60.0 * HOURS)
    body = {"kind": "train", "promotion": "await", "trigger": arguments.trigger, **_markets(arguments)}
    code = _finish(environment, "register", body, console)
    _show(environment, arguments, console)
    return code


def _promote(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    done = _moves(environment, arguments).promote(arguments.version)
    _say(console, done or ["Nothing awaits promotion"])
    _show(environment, arguments, console)
    return 0


def _rollback(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    done = _moves(environment, arguments).roll_back(arguments.version)
    _say(console, done or ["No model serves: there is nothing to roll back"])
    _show(environment, arguments, console)
    return 0


def _publish(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    made = _moves(environment, arguments).publish()
    if environment.pipelines:
        tags = {"code": made.code, "publication": made.digest, "by": made.by}
        environment.pipelines.publish(made.pipeline, tags)
    models = sum(version is not None for version in made.serving.values())
    said = f"Scoring pipeline {made.pipeline} is published as {made.digest}"
    _say(
        console, [f"{said}: {models} of {len(made.serving)} slots by their model, the others by the baseline"]
    )
    return 0


def _score(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    """Score every cell whose forecast does not stand, with what serves."""
    trigger = "demand" if arguments.trigger == "stale" else arguments.trigger
    body = {"kind": "score", "trigger": trigger, **_markets(arguments)}
    return _finish(environment, "score", body, console)


def _audit(environment: Environment, arguments: argparse.Namespace, console: Console) -> int:
    """Print every move, and whether the log is as it was written."""
    log = AuditLog(environment.store, BOOK)
    faults = log.verify()
    if not faults:
        _say(
            console,
            [
                f"{e.number:>6} {e.fact.at[:19]} {e.fact.subject} {e.fact.before} -> {e.fact.after} "
                f"by {e.fact.by}: {e.fact.why}"
                for e in log.entries()
                if arguments.slot in e.fact.subject
            ],
        )
    _say(console, faults or ["The audit log is whole"])
    return 1 if faults else 0


def _finish(environment: Environment, word: str, body: dict[str, object], console: Console) -> int:
    run = f"{word}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    environment.app.finish("runs", {"id": run, **body}, minutes=60 * HOURS)
    summary = read_summary(environment.store, run)
    assert summary, f"{run} has ended without a summary"
    cells = ", ".join(f"{count} {state}" for state, count in summary.cells.items())
    skipped = f"{len(summary.skipped)} skipped" if summary.skipped else ""
    _say(console, [f"{run}: {summary.status}; cells: {', '.join(filter(None, (cells, skipped)))}"])
    _say(console, list(summary.failures))
    return 0 if summary.status in ("succeeded", "skipped") else 1


def _moves(environment: Environment, arguments: argparse.Namespace) -> Moves:
    return Moves(
        environment=environment,
        chosen=_chosen(arguments),
        by=arguments.by or actor(),
        why=arguments.why or f"asked for: {arguments.action} --environment {environment.name}",
    )


def _chosen(arguments: argparse.Namespace) -> Chosen:
    return Chosen(market=arguments.market, slot=arguments.slot)


def _markets(arguments: argparse.Namespace) -> dict[str, list[str]]:
    return {"markets": [arguments.market]} if arguments.market else {}


def _show(environment: Environment, arguments: argparse.Namespace, console: Console) -> None:
    registry = environment.registry
    slots = _chosen(arguments).slots(registry)
    console.print(model_table(registry, slots, f"Models, {environment.name}"))
    awaiting = sum(bool(Lifecycle(registry).awaiting(slot)) for slot in slots)
    _say(console, [f"{len(slots)} slots, {awaiting} with a version that awaits promotion"])


def _say(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


NEED_APP = ("register", "score")
ACTIONS: Mapping[str, Action] = {
    "list": _list,
    "register": _register,
    "promote": _promote,
    "rollback": _rollback,
    "publish-scoring": _publish,
    "score": _score,
    "audit": _audit,
}
