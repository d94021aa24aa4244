"""How cells of workbooks, Parquet and JSON become text."""

import datetime
import io
import json
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from shared.conditioning.limits import Limits
from shared.conditioning.readers import read
from shared.profile.formats import Excel, JsonLines, Parquet


def records(content: bytes, form, tmp_path) -> list[dict[str, object]]:
    raw = tmp_path / "raw"
    raw.write_bytes(content)
    parses = read(raw, form, coded=frozenset(), temporary=tmp_path / "tmp", limits=Limits())
    return [row for parse in parses for row in parse().rows.to_pylist()]


def parquet(**columns: pa.Array) -> bytes:
    content = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (pa.array([12, -3]), ["12", "-3"]),
        (pa.array([12.0, 0.1, float("nan"), None]), ["12", "0.1", None, None]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([datetime.date(2019, 8, 5)]), ["2019-08-05"]),
        (pa.array([datetime.datetime(2019, 8, 5, 6, 0, 0, 5)]), ["2019-08-05T06:00:00"]),
        (
            pa.array([datetime.datetime(2019, 8, 5, 6)], pa.timestamp("us", "America/Chicago")),
            ["2019-08-05T01:00:00-0500"],
        ),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array(["a"], pa.large_string()), ["a"]),
        (pa.array([b"a"]), ["a"]),
        (pa.array([["x", "y"], None]), ['["x", "y"]', None]),
        (pa.nulls(1), [None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_parquet_cells(tmp_path, cells, text):
    assert [row["x"] for row in records(parquet(x=cells), Parquet(type="parquet"), tmp_path)] == text


def test_parquet_structs_have_dotted_names(tmp_path):
    deep = pa.array([{"b": {"c": 1}, "d": "x"}])
    assert records(parquet(a=deep), Parquet(type="parquet"), tmp_path) == [
        {"a.b.c": "1", "a.d": "x", "_row": 1}
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1001, "1001"),
        (0.1 + 0.2, "0.3"),
        (1e300, "1e+300"),
        (True, "true"),
        (datetime.date(2019, 8, 5), "2019-08-05"),
        (datetime.datetime(2019, 8, 5, 13, 1), "2019-08-05T13:01:00"),
        (datetime.time(3, 4), "03:04:00"),
        (" text ", " text "),
        ("#N/A", ""),
        (None, ""),
    ],
)
def test_workbook_cells(tmp_path, cell, text):
    book = openpyxl.Workbook()
    book.active.append(["x", "y"])
    book.active.append([cell, "."])
    content = io.BytesIO()
    book.save(content)
    assert records(content.getvalue(), Excel(type="excel"), tmp_path) == [{"x": text, "y": ".", "_row": 1}]


def test_json_members(tmp_path):
    line = {"a": 1.50, "b": {"c": None, "d": True}, "e": [1, "x"], "f": "é"}
    content = json.dumps(line).encode() + b'\n{"a": 12345678901234567890, "g": NaN}\n'
    one, two = records(content, JsonLines(type="json_lines"), tmp_path)
    assert one == {"a": "1.5", "b.c": None, "b.d": "true", "e": '["1", "x"]', "f": "é", "g": None, "_row": 1}
    assert (two["a"], two["g"], two["b.d"]) == ("12345678901234567890", "NaN", None)


def test_an_exploded_list_gives_a_row_for_each_element(tmp_path):
    content = b'{"a":1,"l":[{"x":1},{"x":2}]}\n{"a":2,"l":[]}\n{"a":3}\nno json\n{"a":4,"l":["y"]}\n'
    rows = records(content, JsonLines(type="json_lines", explode="l"), tmp_path)
    assert [(row["_row"], row["a"], row.get("l.x"), row.get("l")) for row in rows] == [
        (1, "1", "1", None),
        (2, "1", "2", None),
        (3, "2", None, None),
        (4, "3", None, None),
        (6, "4", None, "y"),
    ]
