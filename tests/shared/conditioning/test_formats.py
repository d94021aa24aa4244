"""The same rows in eight forms give the same bytes of standard CSV."""

import datetime
import gzip
import io
import json
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shared.conditioning.clients import client, condition, source

ROWS = [
    ("S2", datetime.date(2019, 8, 12), "Crème brûlée", 1234.5),
    ("S1", datetime.date(2019, 8, 6), 'Half "and" half, 1l', 0.25),
    ("S10", datetime.date(2019, 8, 6), "Ünter", 12.0),
]
GOLDEN = (
    "week_start,store_id,product_id,units_shipped\n"
    '2019-08-05,S1,"Half ""and"" half, 1l",0.25\n'
    "2019-08-05,S10,Ünter,12\n"
    "2019-08-12,S2,Crème brûlée,1234.5\n"
)
COLUMNS = {
    "week_start": {"from": "Day"},
    "store_id": {"from": "Store"},
    "product_id": {"from": "Item"},
    "units_shipped": {"from": "Units"},
}


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def comma(rows=ROWS) -> bytes:
    lines = [f"{store},{day},{quoted(item)},{units}" for store, day, item, units in rows]
    return ("Store,Day,Item,Units\n" + "\n".join(lines)).encode()


def semicolon() -> bytes:
    numbers = [f"{units:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") for *_, units in ROWS]
    lines = [f"{s};{d:%d/%m/%Y};{quoted(i)};{n}" for (s, d, i, _), n in zip(ROWS, numbers, strict=True)]
    return "\r\n".join(["a title", "", "Store;Day;Item;Units", *lines, ""]).encode("latin-1")


def tab() -> bytes:
    lines = ["\t".join([s, str(d), i, str(u)]) for s, d, i, u in ROWS]
    return gzip.compress(b"\xef\xbb\xbf" + "\n".join(["Store\tDay\tItem\tUnits", *lines]).encode())


def fixed() -> bytes:
    return "".join(f"{s:<6}{d:%Y%m%d}{i:<30}{u:>10}\n" for s, d, i, u in ROWS).encode("utf-16")


def json_lines() -> bytes:
    days: dict[datetime.date, list[dict[str, object]]] = {}
    for store, day, item, units in ROWS:
        days.setdefault(day, []).append({"where": {"store": store}, "item": item, "units": units})
    return gzip.compress(
        "\n".join(json.dumps({"day": str(day), "sold": sold}) for day, sold in days.items()).encode()
    )


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Data")
    for row in (["Shipments 2019"], [], ["Store", "Day", "Item", "Units"], *ROWS):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet() -> bytes:
    store, day, item, units = (pa.array(column) for column in zip(*ROWS, strict=True))
    content = io.BytesIO()
    pa.parquet.write_table(
        pa.table({"Store": store, "Day": day, "Item": item.dictionary_encode(), "Units": units}),
        content,
        row_group_size=2,
    )
    return content.getvalue()


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, row in enumerate(ROWS):
            packed.writestr(f"../part-{number}.csv", comma([row]))
        packed.writestr("__MACOSX/._part-0.csv", b"\0\0")
    return content.getvalue()


def mapped(**raw: str) -> dict[str, dict[str, str]]:
    return {name: {"from": raw.get(mapping["from"], mapping["from"])} for name, mapping in COLUMNS.items()}


FORMS = {
    "comma": (comma, {"type": "delimited"}, COLUMNS),
    "semicolon": (
        semicolon,
        {
            "type": "delimited",
            "delimiter": ";",
            "encoding": "latin-1",
            "decimal": ",",
            "thousands": ".",
            "skip_rows": 2,
        },
        {**COLUMNS, "week_start": {"from": "Day", "date": "%d/%m/%Y"}},
    ),
    "tab": (tab, {"type": "delimited", "delimiter": "\t"}, COLUMNS),
    "fixed_width": (
        fixed,
        {
            "type": "fixed_width",
            "encoding": "utf-16",
            "columns": {"Store": [1, 6], "Day": [7, 14], "Item": [15, 44], "Units": [45, 54]},
        },
        {**COLUMNS, "week_start": {"from": "Day", "date": "%Y%m%d"}},
    ),
    "json_lines": (
        json_lines,
        {"type": "json_lines", "explode": "sold"},
        mapped(Store="sold.where.store", Day="day", Item="sold.item", Units="sold.units"),
    ),
    "excel": (workbook, {"type": "excel", "sheet": "Data", "header_row": 3}, COLUMNS),
    "parquet": (parquet, {"type": "parquet"}, COLUMNS),
    "archive": (archive, {"type": "delimited"}, COLUMNS),
}


@pytest.mark.parametrize(("write", "form", "columns"), FORMS.values(), ids=FORMS)
def test_the_same_rows_give_the_same_bytes(tmp_path, write, form, columns):
    done = condition(write(), tmp_path, client(source(columns=columns, format=form)))
    assert done.report.refused is None
    assert [part.partition for part in done.deltas] == ["2019-08"]
    assert done.deltas[0].path.read_text(encoding="utf-8") == GOLDEN
    assert done.rejects is None


@pytest.mark.parametrize("name", ["excel", "parquet"])
@pytest.mark.parametrize("pack", ["gzip", "zip"])
def test_what_has_to_be_unpacked_to_be_read_is(tmp_path, name, pack):
    write, form, columns = FORMS[name]
    packed = io.BytesIO()
    if pack == "gzip":
        packed.write(gzip.compress(write()))
    else:
        with zipfile.ZipFile(packed, "w") as archive_of_one:
            archive_of_one.writestr("one", write())
    done = condition(packed.getvalue(), tmp_path, client(source(columns=columns, format=form)))
    assert done.deltas[0].path.read_text(encoding="utf-8") == GOLDEN
    assert not [path for path in (tmp_path / "work").rglob("*") if path.suffix != ".csv" and path.is_file()]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=4), st.integers(0, 9)), min_size=1, max_size=9
    )
)
@pytest.mark.parametrize("name", FORMS)
def test_damaged_bytes_are_refused_or_read_but_never_raise(tmp_path, name, where):
    write, form, columns = FORMS[name]
    damaged = bytearray(write())
    for place, other, gone in where:
        at = int(place * len(damaged))
        damaged[at : at + gone] = other
    done = condition(bytes(damaged), tmp_path, client(source(columns=columns, format=form)))
    assert done.report.refused or done.report.rows_in == sum(
        [*done.report.accepted.values(), *done.report.rejected.values(), done.report.superseded]
    )
