"""The merge against a naive twin that goes through the rows one by one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lake.merge import corrections, merge, merge_rows
from shared.lake.rows import codes
from shared.lake.weekly import to_standard_grain

KEY, VALUES = ("week_start", "store_id", "product_id"), ("units_shipped",)
COLUMNS = (*KEY, *VALUES, "date", "line_id", "_grain")


def table(*lines: str) -> pa.Table:
    """Rows from text: ``week 1 S1 5`` is store S1's product P1 in the week 1; a day or line adds date (and line)."""
    rows = [line.split(" ") for line in lines]
    grains = {4: "week", 5: "day", 6: "line"}
    full = [[*row[:2], "P1", *row[2:], *[""] * (5 - len(row)), grains[len(row) + 1]] for row in rows]
    return pa.table(dict(zip(COLUMNS, map(list, zip(*full, strict=True)), strict=True)))


def naive(rows: list[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]], int]:
    standing: dict[int, int] = {}
    superseded, repeated = [], 0
    latest: dict[int, int] = {}
    for place, (key, value) in enumerate(rows):
        if key in standing and rows[standing[key]][1] == value:
            repeated += 1
        elif key in standing:
            superseded.append((standing[key], place))
            standing[key] = place
        else:
            standing[key] = place
        latest[key] = place
    return [latest[key] for key in sorted(latest)], sorted(superseded), repeated


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=30))
def test_as_the_naive_twin(rows):
    keys, values = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    merged = merge(keys, values)
    pairs = sorted(zip(merged.earlier.tolist(), merged.later.tolist(), strict=True))
    assert (merged.kept.tolist(), pairs, merged.repeated) == naive(rows)
    assert len(rows) == len(merged.kept) + len(merged.earlier) + merged.repeated


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=20))
def test_codes_tell_rows_apart_and_sort_them_by_their_bytes(rows):
    made = codes(pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]}, _TEXT), ["a", "b"])
    by_code = [rows[i] for i in np.argsort(made, kind="stable")]
    assert by_code == sorted(rows, key=lambda row: [cell.encode() for cell in row])
    assert len(set(made.tolist())) == len(set(rows))


_TEXT = pa.schema([("a", pa.string()), ("b", pa.string())])


def test_codes_of_many_columns_do_not_overflow():
    rows = pa.table({f"c{n}": [str(i) for i in range(2000)] for n in range(8)})
    assert len(np.unique(codes(rows, rows.column_names))) == 2000


def weekly(rows: pa.Table, deliveries: list[int]) -> tuple[list[str], list[str], int]:
    merged = merge_rows(rows, np.array(deliveries), key=KEY, values=VALUES)
    standard = to_standard_grain(rows.take(merged.kept), key=KEY, values=VALUES)
    files = pa.table({"source": ["s"] * rows.num_rows, "file": [str(d) for d in deliveries]})
    changed = corrections(rows, files, merged, key=KEY, values=VALUES)
    return (
        _lines(standard, *KEY[:2], *VALUES),
        _lines(changed, "earlier_file", "later_file", "date"),
        merged.repeated,
    )


def _lines(rows: pa.Table, *columns: str) -> list[str]:
    return [" ".join(row[name] or "-" for name in columns) for row in rows.to_pylist()]


def test_days_are_summed_after_the_merge():
    rows = table("w1 S1 5 mon", "w1 S1 7 tue", "w1 S2 1 mon", "w1 S1 6 mon", "w1 S1 7 tue")
    standard, changed, repeated = weekly(rows, [0, 0, 0, 1, 1])
    assert standard == ["w1 S1 13", "w1 S2 1"]
    assert changed == ["0 1 mon"]
    assert repeated == 1


def test_equal_lines_of_another_id_both_count():
    assert weekly(table("w1 S1 5 mon a", "w1 S1 5 mon b"), [0, 0])[0] == ["w1 S1 10"]


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (["w1 S1 5 mon", "w1 S1 6 tue"], ["w1 S1 9"], "w1 S1 9"),
        (["w1 S1 9"], ["w1 S1 5 mon", "w1 S1 6 tue"], "w1 S1 11"),
    ],
)
def test_a_week_belongs_to_the_grain_that_stated_it_last(first, second, stands):
    rows = pa.concat_tables([table(*first), table(*second)])
    standard, changed, _ = weekly(rows, [0] * len(first) + [1] * len(second))
    assert standard == [stands]
    assert [line[:3] for line in changed] == ["0 1"] * len(first)


def test_other_weeks_of_the_other_grain_stay():
    rows = pa.concat_tables(
        [table("w1 S1 9", "w2 S1 8"), table("w2 S1 5 mon", "w2 S1 5.5 tue", "w3 S1 1 mon")]
    )
    standard, changed, _ = weekly(rows, [0, 0, 1, 1, 1])
    assert standard == ["w1 S1 9", "w2 S1 10.5", "w3 S1 1"]
    assert changed == ["0 1 -"]


def test_what_is_no_total_is_averaged_where_it_is_known():
    rows = table("w1 S1 2 mon", "w1 S1 4 tue", "w1 S1  wed", "w2 S1  mon").rename_columns(
        [*KEY, "price", "date", "line_id", "_grain"]
    )
    standard = to_standard_grain(rows, key=KEY, values=("price",))
    assert standard["price"].to_pylist() == ["3", ""]
