"""Standard CSV as the lake reads and writes it is what conditioning writes, to the byte."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.conditioning.standard_csv import CsvFile
from shared.lake.rows import aligned, decode, encode, numbers, texts

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_every_text_comes_back(rows):
    table = pa.table({"a": [f"x{a}" for a, _ in rows], "b": [b for _, b in rows]})
    assert decode(encode(table)).to_pylist() == table.to_pylist()


def test_written_as_conditioning_writes_it(tmp_path):
    columns = {
        "store_id": ["S1", 'the "big" one', "a,b", "two\nlines", None],
        "units_shipped": [12.0, 0.1 + 0.2, 1e-7, 123456789.5, None],
    }
    with CsvFile(tmp_path / "delta.csv", list(columns)) as delta:
        delta.write(pa.table(columns))
    content = delta.path.read_bytes()
    rows = decode(content)
    assert encode(rows) == content
    assert texts(numbers(rows["units_shipped"])).to_pylist() == rows["units_shipped"].to_pylist()


def test_no_rows_are_a_header():
    empty = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.string())})
    assert encode(empty) == b"a,b\n"
    assert decode(b"a,b\n").schema == empty.schema


@pytest.mark.parametrize("rows", [0, 2])
def test_columns_that_are_not_there_are_empty(rows):
    table = pa.table({"b": pa.array(["x"] * rows, pa.string()), "other": pa.array(["y"] * rows, pa.string())})
    assert aligned(table, ["a", "b"]).to_pylist() == [{"a": "", "b": "x"}] * rows
