"""Standard CSV is valid whatever the cells hold, and always the same bytes."""

import csv
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shared.conditioning.formulas import harmless
from shared.conditioning.json_rows import json_rows
from shared.conditioning.standard_csv import CsvFile

TEXT = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ['"', ",", "\n", "\r", "a\r\nb", '","', "\0"]
)


def written(table: pa.Table, path: Path) -> bytes:
    with CsvFile(path, table.column_names) as file:
        file.write(table)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file.rows == table.num_rows
    return path.read_bytes()


def test_values_are_written_shortest(tmp_path):
    table = pa.table(
        {
            "n": pa.array([12.0, 0.1, 1234.5, None]),
            "d": pa.array([date(2019, 8, 5), None, date(2019, 8, 6), date(2019, 8, 7)]),
            "t": pa.array([datetime(2019, 8, 5, 6, tzinfo=UTC)] * 4, pa.timestamp("s", "UTC")),
            "s": pa.array(["a", "b,c", 'd"e', "f\ng"]).dictionary_encode(),
        }
    )
    assert written(table, tmp_path / "x.csv").decode() == (
        "n,d,t,s\n"
        "12,2019-08-05,2019-08-05T06:00:00Z,a\n"
        '0.1,,2019-08-05T06:00:00Z,"b,c"\n'
        '1234.5,2019-08-06,2019-08-05T06:00:00Z,"d""e"\n'
        ',2019-08-07,2019-08-05T06:00:00Z,"f\ng"\n'
    )


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_any_text_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    written(pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]}), path)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1:] == [list(row) for row in rows]


@given(
    st.lists(
        st.tuples(TEXT | st.none(), st.floats(allow_nan=False, allow_infinity=False) | st.none()), min_size=1
    )
)
def test_any_row_is_json(rows):
    table = pa.table(
        {
            'te"xt': pa.array([a for a, _ in rows], pa.string()),
            "n": pa.array([b for _, b in rows], pa.float64()),
        }
    )
    read = [json.loads(line) for line in json_rows(table).to_pylist()]
    assert [(row['te"xt'], row["n"]) for row in read] == rows


def test_what_a_spreadsheet_would_execute_is_made_harmless():
    cells = ["=1+1", "@x", "+cmd", "-cmd", "-1.5", "+1,5", "a=b", "", "-", "\tx"]
    assert harmless(pa.array(cells)).to_pylist() == [
        "'=1+1",
        "'@x",
        "'+cmd",
        "'-cmd",
        "-1.5",
        "+1,5",
        "a=b",
        "",
        "-",
        "'\tx",
    ]


def test_files_are_put_behind_one_another(tmp_path):
    one, two = CsvFile(tmp_path / "1.csv", ["a"]), CsvFile(tmp_path / "2.csv", ["a"])
    with one, two:
        one.write(pa.table({"a": [1, 2]}))
    with CsvFile(tmp_path / "all.csv", ["a"]) as together:
        together.append(one)
        together.append(two)
        together.append(one)
    assert (tmp_path / "all.csv").read_text() == "a\n1\n2\n1\n2\n"
    assert together.rows == 4
