"""Where a model version stands on its way from registration to retirement, and which moves it may make.

registered ──> awaiting_promotion ──> promoted ──> superseded ──> promoted (what came after it was taken back)
     │                 │                  └──────> rolled_back
     └─────────────────┴──> rejected

What serves is told by the registry's pointer alone; a version's life says how that came about. Every move is in the
audit log. Each operation may be called again, and finishes what was interrupted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from shared.errors import MoveRefused
from shared.messages import Message
from shared.ports import BlobStore, ModelVersion
from shared.runs.audit import AuditLog, Fact
from shared.runs.layout import slot_path
from shared.runs.records import read_many, read_message, replace
from shared.runs.registry import Pointer, Registry

State = Literal["registered", "awaiting_promotion", "promoted", "superseded", "rolled_back", "rejected"]
MOVES: Mapping[State, tuple[State, ...]] = {
    "registered": ("awaiting_promotion", "promoted", "superseded", "rejected"),
    "awaiting_promotion": ("promoted", "superseded", "rejected"),
    "promoted": ("superseded", "rolled_back"),
    "superseded": ("awaiting_promotion", "promoted"),
    "rolled_back": (),
    "rejected": (),
}
_REMEDIES: Mapping[State, str] = {
    "registered": "Let a run judge it",
    "awaiting_promotion": "Promote it first",
    "promoted": "It serves already",
    "superseded": "Go back to it by rolling back what serves",
    "rolled_back": "Train it again: only a new version may serve",
    "rejected": "Train it again: only a version that passes its gate may serve",
}
BOOK = "models"
NEWER_SERVES = "a model of a newer week serves"


class Move(Message):
    """A version became something: when, by whose word, why."""

    to: State
    at: str
    by: str
    why: str


class Life(Message):
    """All moves of a version, oldest first; the first so many are in the audit log."""

    moves: tuple[Move, ...] = ()
    audited: int = 0

    @property
    def state(self) -> State:
        """Where the version stands."""
        return self.moves[-1].to if self.moves else "registered"

    @property
    def has_served(self) -> bool:
        """Whether it was ever promoted."""
        return any(move.to == "promoted" for move in self.moves)

    @property
    def tags(self) -> dict[str, str]:
        """What people look a version up by: where it stands, since when, by whose word, and why."""
        if not self.moves:
            return {"state": self.state}
        last = self.moves[-1]
        return {"state": last.to, "state_since": last.at, "state_by": last.by, "state_why": last.why}


def title(model: ModelVersion) -> str:
    """Return what people call a version."""
    return f"{model.slot} v{model.version}"


@dataclass(frozen=True)
class Lifecycle:
    """The lives of a registry's models."""

    registry: Registry

    def life(self, model: ModelVersion) -> Life:
        """Return a version's life; of one from other days, what its pointer tells."""
        return recorded_life(self.registry.store, model) or self._told_by_pointer(model)

    def begin(self, model: ModelVersion, *, by: str) -> Life:
        """Let a version's life begin, unless it has."""
        return self._change(model, lambda found: found or self._born(model, by))

    def move(self, model: ModelVersion, to: State, *, by: str, why: str) -> Life:
        """Let a version become something, unless it is that already; raises MoveRefused where it may not."""
        made = Move(to=to, at=self._now(), by=by, why=why)

        def change(found: Life | None) -> Life:
            life = found or self._told_by_pointer(model)
            if life.state == to:
                return life
            _check(model, life.state, to)
            return life.model_copy(update={"moves": (*life.moves, made)})

        return self._change(model, change)

    def promote(self, model: ModelVersion, *, by: str, why: str) -> bool:
        """Let a version serve, unless one of a newer week does; return whether it serves.

        Raises
        ------
        MoveRefused
            If it did not pass its gate, or was rolled back.
        """
        self.check_promotable(model)
        if not self.registry.promote(model, why):
            self.move(model, "superseded", by=by, why=NEWER_SERVES)
            return False
        self.move(model, "promoted", by=by, why=why)
        self._make_way(model, by)
        return True

    def check_promotable(self, model: ModelVersion) -> None:
        """Raise MoveRefused where a version may not serve."""
        state = self.life(model).state
        if state != "promoted":
            _check(model, state, "promoted")
        elif self._serving(model.slot) != model.version:
            raise MoveRefused(title(model), "was promoted, and another serves since", "See its slot's list")
        if not model.tags.get("gate_passed"):
            raise MoveRefused(title(model), f"failed its gate: {model.tags.get('reason')}", "Train it again")

    def roll_back(self, slot: str, *, by: str, why: str, version: int | None = None) -> ModelVersion | None:
        """Go back from what serves to what served before; return it, None where that is the baseline.

        Parameters
        ----------
        version : int or None
            The version that is to go; where it has gone already, nothing changes. None: whatever serves.

        Raises
        ------
        MoveRefused
            If the baseline serves, or another version than the one that is to go.
        """
        serving = self._serving(slot)
        if version is not None and serving != version:
            return self._gone(slot, version)
        if serving is None:
            raise MoveRefused(slot, "its baseline serves already", "Nothing is left to go back to")
        bad = self.registry.version(slot, serving)
        if self.life(bad).state == "superseded":  # an earlier rollback to it was interrupted
            self.move(bad, "promoted", by=by, why=why)
            return bad
        self.move(bad, "rolled_back", by=by, why=why)
        return self._go_back(bad, by, why)

    def awaiting(self, slot: str) -> list[ModelVersion]:
        """List the versions of a slot that await promotion, newest first."""
        models = read_many(partial(self.registry.version, slot), reversed(self.registry.numbers(slot)))
        lives = read_many(self.life, models)
        return [m for m, life in zip(models, lives, strict=True) if life.state == "awaiting_promotion"]

    def concerned(self, models: Iterable[ModelVersion]) -> list[tuple[ModelVersion, Life]]:
        """Return the lives of versions, and of those that gave way to them."""
        found = {(model.slot, model.version): model for model in models}
        for slot in {model.slot for model in found.values()}:
            pointer = self.registry.pointer(slot)
            if pointer and pointer.previous:
                found[slot, pointer.previous] = self.registry.version(slot, pointer.previous)
        return [(found[key], self.life(found[key])) for key in sorted(found)]

    def _go_back(self, bad: ModelVersion, by: str, why: str) -> ModelVersion | None:
        back = self._served_before(bad)
        said = f"v{bad.version} was rolled back: {why}"
        pointer = Pointer(version=back and back.version, reason=said)

        def swap(found: Pointer | None) -> Pointer | None:
            return pointer if found and found.version == bad.version else None

        stands = replace(self.registry.store, slot_path(bad.slot, "serving.json"), Pointer, swap)
        if stands != pointer:
            raise MoveRefused(title(bad), "somebody has let another version serve meanwhile", "Look again")
        if back:
            self.move(back, "promoted", by=by, why=said)
        return back

    def _gone(self, slot: str, version: int) -> ModelVersion | None:
        model = self.registry.version(slot, version)
        if self.life(model).state != "rolled_back":
            raise MoveRefused(title(model), "does not serve", "Name the version that does, or none")
        return self.registry.serving(slot)

    def _served_before(self, bad: ModelVersion) -> ModelVersion | None:
        for number in reversed(self.registry.numbers(bad.slot)):
            if number < bad.version:
                model = self.registry.version(bad.slot, number)
                life = recorded_life(self.registry.store, model)
                # A version from other days has no life; it served if it passed its gate.
                served = life.has_served if life else bool(model.tags.get("gate_passed"))
                if served and (life is None or life.state == "superseded"):
                    return model
        return None

    def _make_way(self, model: ModelVersion, by: str) -> None:
        """Retire the version that has served, and those that awaited promotion before this one."""
        pointer = self.registry.pointer(model.slot)
        previous = (pointer and pointer.previous) or 0
        for number in self.registry.numbers(model.slot):
            if previous <= number < model.version:
                older = self.registry.version(model.slot, number)
                # One that is superseded already may not have been told of.
                if self.life(older).state in ("promoted", "awaiting_promotion", "superseded"):
                    self.move(older, "superseded", by=by, why=made_way(model.version))

    def _serving(self, slot: str) -> int | None:
        pointer = self.registry.pointer(slot)
        return pointer.version if pointer else None

    def _told_by_pointer(self, model: ModelVersion) -> Life:
        pointer = self.registry.pointer(model.slot)
        if pointer is None or pointer.version != model.version:
            return Life()
        return Life(moves=(Move(to="promoted", at="", by="", why=pointer.reason),), audited=1)

    def _born(self, model: ModelVersion, by: str) -> Life:
        told = self._told_by_pointer(model)
        first = Move(to="registered", at=self._now(), by=by, why=str(model.tags.get("reason", "")))
        return told if told.moves else Life(moves=(first,))

    def _change(self, model: ModelVersion, change: Callable[[Life | None], Life]) -> Life:
        store, path = self.registry.store, _path(model)
        life = replace(store, path, Life, change)
        assert life, "a change makes a life"
        if life.audited < len(life.moves):
            self._tell(model, life)
            replace(store, path, Life, lambda found: _audited(found or life, len(life.moves)))
        return life

    def _tell(self, model: ModelVersion, life: Life) -> None:
        """Put the moves that it lacks into the audit log."""
        log = AuditLog(self.registry.store, BOOK)
        for number, move in list(enumerate(life.moves))[life.audited :]:
            before = life.moves[number - 1].to if number else ""
            log.append(
                Fact(
                    key=f"{model.slot}/{model.version}/{number}",
                    at=move.at,
                    by=move.by,
                    what=move.to,
                    subject=title(model),
                    before=before,
                    after=move.to,
                    why=move.why,
                )
            )

    def _now(self) -> str:
        return self.registry.now().isoformat(timespec="seconds")


def recorded_life(store: BlobStore, model: ModelVersion) -> Life | None:
    """Return a version's life as it was written, None for one from other days."""
    return read_message(store, _path(model), Life)


def made_way(version: int) -> str:
    """Return why a version is superseded that gave way to this one."""
    return f"v{version} was promoted"


def _path(model: ModelVersion) -> str:
    return f"{model.path}/life.json"


def _check(model: ModelVersion, state: State, to: State) -> None:
    if to not in MOVES[state]:
        raise MoveRefused(title(model), f"is {state}, and cannot become {to}", _REMEDIES[state])


def _audited(life: Life, moves: int) -> Life:
    return life.model_copy(update={"audited": max(life.audited, moves)})
