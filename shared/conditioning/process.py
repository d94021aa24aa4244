"""One batch of raw records through hook, mapping and rules. Reading before it and collecting after it are elsewhere."""

from collections import Counter
from dataclasses import dataclass

from shared.conditioning.batches import Parse, RawBatch
from shared.conditioning.header import require
from shared.conditioning.plan import OutputPlan, raw_columns
from shared.conditioning.quarantine import Rejects, rejects_of_broken
from shared.conditioning.routing import Routed, route


@dataclass(frozen=True, kw_only=True)
class Processed:
    """A batch told apart: ``rows_in`` equals the accepted rows of all outputs plus the rejects."""

    records: int
    rows_in: int
    routed: list[Routed]
    rejects: Rejects

    @property
    def repaired(self) -> Counter[str]:
        """Repaired rows by column."""
        return sum((Counter(r.repaired) for r in self.routed), Counter())


def process(parse: Parse, outputs: tuple[OutputPlan, ...]) -> Processed:
    """Parse a batch and route its rows.

    Raises
    ------
    UnreadableFile
        ``missing_column``, ``hook_failed`` or what the reader finds.
    """
    batch = parse()
    return _routed(batch, outputs)


def _routed(batch: RawBatch, outputs: tuple[OutputPlan, ...]) -> Processed:
    require(raw_columns(outputs), batch.rows.column_names)
    routed, homeless = route(batch.rows, outputs)
    rejects = [*rejects_of_broken(batch.broken), *homeless, *(one for r in routed for one in r.rejects)]
    return Processed(
        records=batch.records,
        rows_in=batch.rows.num_rows + len(batch.broken),
        routed=routed,
        rejects=sorted(rejects, key=lambda reject: reject[0]),
    )
