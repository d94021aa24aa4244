"""Promotion, rollback and publication in one environment; called again, each finishes what was interrupted."""

from collections.abc import Iterator
from dataclasses import dataclass

from delivery.environments import Environment
from delivery.models.listing import Chosen
from shared.errors import MoveRefused
from shared.ports import ModelVersion
from shared.runs.lifecycle import Lifecycle, title
from shared.runs.published import Publication, publish_scoring, read_published


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Who moves what, and why."""

    environment: Environment
    chosen: Chosen
    by: str
    why: str

    def promote(self, version: int | None) -> list[str]:
        """Promote what awaits promotion, or a version by its number; returns what was done.

        Raises
        ------
        MoveRefused
            If a version that was named may not serve; nothing is promoted then.
        """
        models = [self._named(slot, version) for slot in self._slots()] if version else list(self._awaiting())
        return [self._promote(model) for model in models]

    def roll_back(self, version: int | None) -> list[str]:
        """Go back to what served before: in the slots that were chosen, or in all that were published last."""
        return [self._roll_back(slot, number) for slot, number in self._to_roll_back(version)]

    def publish(self) -> Publication:
        """Publish the scoring pipeline, bound to what serves, in the lake and in the workspace."""
        return publish_scoring(self.environment.registry, by=self.by)

    def _awaiting(self) -> Iterator[ModelVersion]:
        """Give the newest version of each slot that awaits promotion; older ones are superseded with it."""
        for slot in self._slots():
            yield from self._lives.awaiting(slot)[:1]

    def _named(self, slot: str, version: int) -> ModelVersion:
        model = self.environment.registry.version(slot, version)
        self._lives.check_promotable(model)
        return model

    def _promote(self, model: ModelVersion) -> str:
        serves = self._lives.promote(model, by=self.by, why=self.why)
        self._tell(model)
        return f"{title(model)} {'serves' if serves else 'is superseded: a model of a newer week serves'}"

    def _to_roll_back(self, version: int | None) -> Iterator[tuple[str, int | None]]:
        slots = self._slots()
        published = read_published(self.environment.store)
        if version or self.chosen.slot or self.chosen.market or published is None:
            yield from ((slot, version) for slot in slots)
            return
        # What was published last goes, and nothing before it, however often this is called.
        yield from ((s, published.serving[s]) for s in slots if published.serving.get(s) is not None)

    def _roll_back(self, slot: str, version: int | None) -> str:
        lives = self._lives
        before = self.environment.registry.serving(slot)
        back = lives.roll_back(slot, by=self.by, why=self.why, version=version)
        for model in filter(None, (before, back)):
            self._tell(model)
        return f"{slot}: {f'v{back.version}' if back else 'the baseline'} serves"

    def _tell(self, model: ModelVersion) -> None:
        for each, life in self._lives.concerned([model]):
            self.environment.catalogue.tag(each, life.tags)

    def _slots(self) -> list[str]:
        slots = self.chosen.slots(self.environment.registry)
        if not slots and (self.chosen.slot or self.chosen.market):
            known = ", ".join(Chosen().slots(self.environment.registry)) or "none"
            raise MoveRefused(
                self.chosen.slot or self.chosen.market, "has no model", f"Slots with models are: {known}"
            )
        return slots

    @property
    def _lives(self) -> Lifecycle:
        return Lifecycle(self.environment.registry)
