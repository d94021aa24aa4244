"""The table of an environment's model slots: versions, where they stand, their figures, what serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from rich.table import Table

from shared.ports import ModelVersion
from shared.runs.layout import BASELINE
from shared.runs.lifecycle import Life, Lifecycle
from shared.runs.records import read_many
from shared.runs.registry import Registry

COLUMNS = ("Slot", "Version", "State", "Serves", "MAPE", "Baseline", "Gate", "Since", "By", "Why")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Slots by market or by name; all where both are empty."""

    market: str = ""
    slot: str = ""

    def slots(self, registry: Registry) -> list[str]:
        """Return the slots of ensembles that are meant; a market is named as people write it."""
        ensembles = [slot for slot in registry.slots() if not slot.endswith(f".{BASELINE}")]
        return [s for s in ensembles if self.slot in ("", s) and self._is_of_market(registry, s)]

    def _is_of_market(self, registry: Registry, slot: str) -> bool:
        if not self.market:
            return True
        newest = registry.version(slot, max(registry.numbers(slot)))
        return str(newest.tags.get("market")) == self.market


def model_table(registry: Registry, slots: Sequence[str], title: str, newest: int = 3) -> Table:
    """Show the newest versions of each slot, and the one that serves."""
    table = Table(title=title, title_justify="left")
    for column in COLUMNS:
        table.add_column(column, overflow="fold", justify="right" if column in COLUMNS[4:6] else "left")
    for slot in slots:
        pointer, numbers = registry.pointer(slot), registry.numbers(slot)
        serving = pointer.version if pointer else None
        shown = sorted({*numbers[-newest:], *([serving] if serving else [])})
        models = read_many(partial(registry.version, slot), shown)
        for model, life in zip(models, read_many(Lifecycle(registry).life, models), strict=True):
            table.add_row(*_row(model, life, serves=model.version == serving))
        table.add_section()
    return table


def _row(model: ModelVersion, life: Life, *, serves: bool) -> tuple[str, ...]:
    metrics, told = model.tags.get("metrics") or {}, life.tags
    found = [(metrics.get(name) or {}).get("mape") for name in ("forecast", BASELINE)]
    return (
        model.slot,
        f"v{model.version}",
        life.state,
        "serves" if serves else "",
        *("-" if mape is None else f"{mape:.3f}" for mape in found),
        "passed" if model.tags.get("gate_passed") else "failed",
        told.get("state_since", "")[:16].replace("T", " "),
        told.get("state_by", ""),
        told.get("state_why", ""),
    )
