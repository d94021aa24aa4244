"""`python -m delivery impact --base REF`: what a change asks of those that depend on it. Judging is in check."""

import argparse
import subprocess
import sys
from pathlib import Path

from delivery.impact.check import State, check
from delivery.impact.consumers import read_files
from delivery.impact.contracts import CONTRACTS, Contract
from delivery.impact.snapshot import ImpactError, Snapshot, path_of
from shared.settings import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the word takes."""
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    parser.add_argument("--base", default="origin/main", metavar="REF", help="what to compare with")
    parser.add_argument(
        "--update", action="store_true", help="write the contracts anew, where their version allows it"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare, say what is wrong, and return the exit code."""
    root, base = arguments.root, _merge_base(arguments.root, arguments.base)
    files = read_files(root, _git(root, "ls-files", "-z").split("\0"))
    states = [_state(root, base, contract) for contract in CONTRACTS]
    if arguments.update:
        states = [_update(root, state) for state in states]
    for state in states:
        _tell(state)
    faults = sorted({fault for state in states for fault in check(state, files)})
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _state(root: Path, base: str, contract: Contract) -> State:
    path = path_of(contract.name)
    there = _git(root, "ls-tree", "--name-only", base, "--", path.as_posix())
    return State(
        contract=contract,
        now=contract.read(),
        recorded=Snapshot.parse((root / path).read_text()) if (root / path).exists() else None,
        base=Snapshot.parse(_git(root, "show", f"{base}:{path.as_posix()}")) if there else None,
    )


def _update(root: Path, state: State) -> State:
    """Write down what the code has; not where the version has to be raised first."""
    if state.written < state.due:
        return state
    path, written = root / path_of(state.contract.name), Snapshot(state.written, state.now)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written.to_text())
    return State(contract=state.contract, now=state.now, recorded=written, base=state.base)


def _tell(state: State) -> None:
    before = f"{state.base.version}" if state.base else "new"
    breaking = sum(change.breaking for change in state.changes)
    changed = (
        f"{breaking} breaking, {len(state.changes) - breaking} additive changes"
        if state.changes
        else "unchanged"
    )
    print(f"{state.contract.name:10} {before:>5} -> {state.written}  {len(state.now):4} names, {changed}")


def _merge_base(root: Path, reference: str) -> str:
    """Return the commit that this work began at; raises ImpactError."""
    try:
        return _git(root, "merge-base", reference, "HEAD").strip()
    except ImpactError as exc:
        raise ImpactError(
            f"there is no {reference} to compare with ({exc}). Fetch it with its history, or name another with --base."
        ) from exc


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise ImpactError(done.stderr.strip() or f"git {arguments[0]} failed")
    return done.stdout
