"""Raw rows to the outputs that they belong to, and to accepted or rejected rows of those."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.batches import ROW
from shared.conditioning.coding import all_missing, codes_and_values, take
from shared.conditioning.mapping import Converted, Target, convert
from shared.conditioning.plan import OutputPlan
from shared.conditioning.quantities import parse_numbers
from shared.conditioning.quarantine import rejects_of
from shared.conditioning.reasons import NUMBER
from shared.profile import Condition
from shared.schemas import ARROW_TYPES


@dataclass(frozen=True, kw_only=True)
class Routed:
    """What became of a batch's rows for one output.

    Attributes
    ----------
    accepted : pa.Table
        Typed and coded columns of the delta, and `_row`.
    repaired : dict
        Accepted rows per column and what was repaired in it, such as ``zip_code zeros`` or ``store_id case``.
    """

    output: OutputPlan
    accepted: pa.Table
    rejects: pa.Table
    repaired: dict[str, int]


def route(rows: pa.Table, outputs: tuple[OutputPlan, ...]) -> tuple[list[Routed], pa.Table]:
    """Give every row to the first output whose test it passes.

    Returns
    -------
    routed : list of Routed
        One for each output.
    homeless : pa.Table
        Rows that pass no test.
    """
    routed = []
    for output in outputs:
        if output.where is None:
            own, rows = rows, rows.slice(0, 0)
        else:
            passes = _passes(rows, output.where, output)
            own, rows = take(rows, np.flatnonzero(passes)), take(rows, np.flatnonzero(~passes))
        routed.append(_mapped(own, output))
    return routed, rejects_of(rows, np.full(rows.num_rows, NUMBER["no_output"], dtype=np.int8), {})


def _passes(rows: pa.Table, where: Condition, output: OutputPlan) -> np.ndarray:
    codes, text = codes_and_values(rows[where.column])
    passes = np.ones(len(text), dtype=bool)
    if where.equals is not None:
        passes &= pc.is_in(text, pa.array(where.equals)).to_numpy(zero_copy_only=False)
    if where.matches is not None:
        matching = pc.match_substring_regex(text, where.matches).fill_null(False)
        passes &= matching.to_numpy(zero_copy_only=False)
    numbers, _ = parse_numbers(
        pc.utf8_trim_whitespace(text), decimal=output.decimal, thousands=output.thousands
    )
    if where.below is not None:
        passes &= numbers < where.below  # NaN, where there is no number, is neither below nor above
    if where.at_least is not None:
        passes &= numbers >= where.at_least
    return passes[codes]


def _mapped(rows: pa.Table, output: OutputPlan) -> Routed:
    converted = {t.field.name: _converted(rows, t) for t in output.targets}
    faults = np.zeros(rows.num_rows, dtype=np.int8)
    at_fault = {}
    for target in output.targets:
        own = converted[target.field.name].faults
        if own.any():
            first = (faults == 0) & (own != 0)
            faults[first] = own[first]
            at_fault[target.field.name] = (first, target.mapped.source)
    fine = faults == 0
    return Routed(
        output=output,
        accepted=_accepted(rows, output, converted, fine),
        rejects=rejects_of(rows, faults, at_fault),
        repaired=_repaired(converted, fine),
    )


def _converted(rows: pa.Table, target: Target) -> Converted:
    source = target.mapped.source
    return convert(None if source is None else rows[source], target, rows.num_rows)


def _accepted(
    rows: pa.Table, output: OutputPlan, converted: dict[str, Converted], fine: np.ndarray
) -> pa.Table:
    arrays = [
        converted[field.name].values
        if field.name in converted
        else all_missing(rows.num_rows, ARROW_TYPES[field.kind])
        for field in output.columns
    ]
    names = [*(field.name for field in output.columns), ROW]
    table = pa.table([*arrays, rows[ROW].combine_chunks()], names=names)
    return table if fine.all() else table.filter(pa.array(fine))


def _repaired(converted: dict[str, Converted], fine: np.ndarray) -> dict[str, int]:
    counts = {
        f"{name} {what}": int((rows & fine).sum())
        for name, column in converted.items()
        for what, rows in column.repaired.items()
    }
    return {name: count for name, count in counts.items() if count}
