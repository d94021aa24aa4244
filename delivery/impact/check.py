"""Holds the contracts of the code against those of a base: versions, and consumers that were left behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import PathSpec

from delivery.impact.compare import Change, compare
from delivery.impact.consumers import uses
from delivery.impact.contracts import NOT_OURS, Contract
from delivery.impact.snapshot import Entries, Snapshot, Version, path_of
from infra.check.model import Fault, Place

FIRST = Version(1, 0)
SHOWN = 8
"""Consumers that a fault names; the rest is counted."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A contract at its three places.

    Attributes
    ----------
    now : Entries
        As the code has it.
    recorded, base : Snapshot or None
        As it is written down here, and in the base; None where it is not.
    """

    contract: Contract
    now: Entries
    recorded: Snapshot | None
    base: Snapshot | None

    @property
    def changes(self) -> list[Change]:
        """What differs from the base."""
        before = self.base.entries if self.base else {}
        return compare(before, self.now, supplied=self.contract.supplied) if self.base else []

    @property
    def due(self) -> Version:
        """The least version that those changes ask for."""
        if self.base is None:
            return FIRST
        if not self.changes:
            return self.base.version
        return self.base.version.after(breaking=any(change.breaking for change in self.changes))

    @property
    def written(self) -> Version:
        """The version that is written down."""
        return self.recorded.version if self.recorded else FIRST


def check(state: State, files: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what is wrong with a contract's version, its record, and those that use it."""
    if state.written < state.due:
        yield _unbumped(state, files)
    elif state.recorded is None or state.recorded.entries != state.now:
        yield Fault(
            place=_place(state),
            rule="stale-contract",
            problem=f"does not say what the code has: {_said(_unrecorded(state))}.",
            remedy="Run `python -m delivery impact --update`.",
        )
    yield from _left_behind(state, files)


def _unrecorded(state: State) -> list[Change]:
    recorded = state.recorded.entries if state.recorded else {}
    return compare(recorded, state.now, supplied=state.contract.supplied)


def _unbumped(state: State, files: Mapping[str, str]) -> Fault:
    followers = consumers(state, files)
    who = ", ".join(map(str, followers[:SHOWN])) + (
        f" and {len(followers) - SHOWN} more" if followers[SHOWN:] else ""
    )
    return Fault(
        place=_place(state),
        rule="unbumped-contract",
        problem=f"{state.contract.name} is still {state.written}, but has changed. {_told(state.changes)}.",
        remedy=(
            (f"Let these follow: {who}. Then" if followers else "Nothing that uses it was found;")
            + f" set the version to {state.due} and run `python -m delivery impact --update`."
        ),
    )


def _told(changes: Sequence[Change]) -> str:
    kinds = {
        "Breaking": [c for c in changes if c.breaking],
        "Additive": [c for c in changes if not c.breaking],
    }
    return ". ".join(f"{kind}: {_said(those)}" for kind, those in kinds.items() if those)


def _said(changes: Sequence[Change]) -> str:
    more = f" and {len(changes) - SHOWN} more" if changes[SHOWN:] else ""
    return "; ".join(map(str, changes[:SHOWN])) + more


def consumers(state: State, files: Mapping[str, str]) -> list[Place]:
    """Return where the names stand that changed."""
    where = _where(state.contract)
    names = (change.name for change in state.changes if change.kind != "new")
    return sorted({place for name in names for place in uses(state.contract.mention(name), files, where)})


def _left_behind(state: State, files: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each file that uses a name which is gone, unless another name of the contract reads the same."""
    where, mention = _where(state.contract), state.contract.mention
    present = {mention(name).own for name in state.now}
    for change in state.changes:
        if change.kind in ("removed", "renamed") and mention(change.name).own not in present:
            for place in uses(mention(change.name), files, where):
                yield Fault(
                    place=place,
                    rule="consumer-left-behind",
                    problem=f"uses {change.name}, which the contract {state.contract.name} has no more ({change}).",
                    remedy="Let it follow in the same change.",
                )


def _where(contract: Contract) -> PathSpec:
    return PathSpec.from_lines("gitignore", (*contract.used_in, *NOT_OURS))


def _place(state: State) -> Place:
    return Place(Path(path_of(state.contract.name)), 2)
