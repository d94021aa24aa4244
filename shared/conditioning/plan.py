"""What a source's rows are to become, worked out once per file from the profile."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.conditioning.mapping import Target, history_start
from shared.conditioning.outcome import Grain
from shared.profile import Condition, Mapped, Output, Profile, Source
from shared.profile.formats import Delimited, FixedWidth
from shared.schemas import TABLES, Field, Table

WEEK_START, DATE, LINE_ID = "week_start", "date", "line_id"


@dataclass(frozen=True, kw_only=True)
class OutputPlan:
    """One output of a source.

    Attributes
    ----------
    targets : tuple of Target
        How the mapped columns are made, in the table's order; the others stay empty.
    columns : tuple of Field
        Columns of the delta, the grain's own at the end.
    key : tuple of str
        Columns that identify a row of the delta, in the order of sorting.
    partition_by : str or None
        The date column whose month is the partition.
    """

    table: str
    grain: Grain
    where: Condition | None
    targets: tuple[Target, ...]
    columns: tuple[Field, ...]
    key: tuple[str, ...]
    partition_by: str | None
    decimal: str
    thousands: str

    @property
    def part(self) -> tuple[str, Grain]:
        """What its rows are collected under."""
        return self.table, self.grain


def plan_outputs(profile: Profile, source: Source) -> tuple[OutputPlan, ...]:
    """Plan every output of a source."""
    return tuple(_plan(profile, source, output) for output in source.outputs)


def table_fields(profile: Profile, table: str) -> tuple[Field, ...]:
    """Return a table's columns: the fixed ones, then those that the profile adds, by name."""
    fixed = TABLES[table]
    mapped = {
        name
        for source in profile.sources.values()
        for output in source.outputs
        if output.table == table
        for name in output.columns
    }
    added = sorted(mapped - set(fixed.columns))
    return (*fixed.fields, *(Field(name=name, kind="number", required=False) for name in added))


def raw_columns(outputs: tuple[OutputPlan, ...]) -> tuple[str, ...]:
    """Return the raw columns that the outputs need, each once."""
    return tuple(dict.fromkeys(name for output in outputs for name in _raw_columns(output)))


def _raw_columns(output: OutputPlan) -> Iterator[str]:
    if output.where is not None:
        yield output.where.column
    yield from (t.mapped.source for t in output.targets if t.mapped.source is not None)


def _plan(profile: Profile, source: Source, output: Output) -> OutputPlan:
    table = TABLES[output.table]
    fields = table_fields(profile, output.table)
    extra = _grain_columns(output)
    decimal, thousands = _marks(source)
    targets = [
        Target(
            field=field,
            mapped=mapped,
            calendar=profile.calendar,
            anchored=field.name == WEEK_START,
            since=history_start(profile.calendar) if field.name == _history_date(table) else None,
            decimal=decimal,
            thousands=thousands,
        )
        for field, mapped in _mapped(output, (*fields, *extra))
    ]
    return OutputPlan(
        table=output.table,
        grain=output.grain,
        where=output.where,
        targets=tuple(targets),
        columns=(*fields, *extra),
        key=(*table.key, *(field.name for field in extra)),
        partition_by=table.partition_by,
        decimal=decimal,
        thousands=thousands,
    )


def _history_date(table: Table) -> str | None:
    """Name the date that has to lie in the history: a forecast may be issued on the day before it begins."""
    return next((name for name in (WEEK_START, DATE) if table.partition_by and name in table.columns), None)


def _grain_columns(output: Output) -> tuple[Field, ...]:
    names = {"week": (), "day": (DATE,), "line": (DATE, LINE_ID)}[output.grain]
    return tuple(Field(name=name, kind="date" if name == DATE else "text") for name in names)


def _mapped(output: Output, fields: tuple[Field, ...]) -> Iterator[tuple[Field, Mapped]]:
    grain_columns = {} if output.grain == "week" else {DATE: output.columns[WEEK_START]}
    if output.line_id is not None:
        grain_columns[LINE_ID] = Mapped.model_validate({"from": output.line_id})
    mappings = {**output.columns, **grain_columns}
    for field in fields:
        if field.name in mappings:
            yield field, mappings[field.name]


def _marks(source: Source) -> tuple[str, str]:
    form = source.format
    return (form.decimal, form.thousands) if isinstance(form, Delimited | FixedWidth) else (".", "")
