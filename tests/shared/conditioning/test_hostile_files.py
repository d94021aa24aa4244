"""A file that cannot be read gives one clear sentence in the quarantine, quickly and in little memory."""

import gzip
import io
import json
import resource
import time
import zipfile
import zlib

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from shared.conditioning import Conditioned, Limits
from tests.shared.conditioning.clients import HEADER, accepted, client, condition, read_rows, reasons, source

GOOD = HEADER + "2019-08-05,S1,P1,3\n"
MIB = 1 << 20
SMALL = Limits(
    unpacked_bytes=4 * MIB, free_bytes=MIB, expansion=50, block_bytes=MIB // 4, line_bytes=MIB // 8
)
EXCEL = {"type": "excel"}
JSON = {"type": "json_lines"}
PARQUET = {"type": "parquet"}


def refusal(done: Conditioned) -> str:
    """The sentence of a file that was refused as a whole."""
    assert done.report.refused is not None
    assert done.deltas == ()
    assert done.report.rows_in == 0
    (reject,) = read_rows(done.rejects)
    assert (reject["source"], reject["file"], reject["row"]) == ("it", "raw/it/a.csv", "0")
    assert reject["reason"] == done.report.refused
    return json.loads(reject["original"])


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, member in members.items():
            packed.writestr(name, member)
    return content.getvalue()


def workbook(**cells: object) -> bytes:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet(table: pa.Table, **options: object) -> bytes:
    content = io.BytesIO()
    pa.parquet.write_table(table, content, **options)
    return content.getvalue()


def of_format(form: dict[str, object]):
    return client(source(format=form))


CASES = {
    "empty": (b"", "empty", "no bytes"),
    "only a mark": (b"\xef\xbb\xbf", "empty", "no line"),
    "only blank lines": (b"\n\n\r\n", "empty", "no line"),
    "zeros": (b"\0" * 100, "binary", "offset 0"),
    "zeros at the end": (GOOD.encode() + b"\0" * 100, "binary", f"offset {len(GOOD)}"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "wrong_format", "a picture"),
    "program": (b"\x7fELF" + bytes(range(256)), "wrong_format", "a program"),
    "parquet": (parquet(pa.table({"a": [1]})), "wrong_format", "a Parquet file"),
    "latin-1": (
        (GOOD + "2019-08-05,Café,P1,3\n").encode("latin-1"),
        "wrong_encoding",
        f"offset {len(GOOD) + 14}",
    ),
    "cut in a character": ((GOOD + "2019-08-05,é").encode()[:-1], "wrong_encoding", "utf-8"),
    "other columns": (b"a;b;c\n1;2;3\n", "missing_column", "'a;b;c'"),
    "no member": (zipped({}), "empty", "no file"),
    "encrypted": (
        zipped({"a.csv": GOOD.encode()}).replace(b"\x14\0\0\0\x08\0", b"\x14\0\x01\0\x08\0"),
        "encrypted",
        "",
    ),
    "archive in archive": (zipped({"a.zip": zipped({"a.csv": b"1"})}), "nested_archive", "unpacked once"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD.encode())), "nested_archive", "unpacked once"),
    "cut gzip": (gzip.compress(GOOD.encode() * 99)[:-20], "damaged", "cut off or damaged"),
    "cut zip": (zipped({"a.csv": GOOD.encode() * 99})[:-20], "damaged", "cut off or damaged"),
    "damaged zip": (
        zipped({"a.csv": b"abc" * 9}, zipfile.ZIP_STORED).replace(b"abcabc", b"abXabc", 1),
        "damaged",
        "",
    ),
    "too many members": (zipped({f"{n}.csv": b"1" for n in range(50)}), "too_many_members", "50 files"),
}


@pytest.mark.parametrize(("content", "reason", "words"), CASES.values(), ids=CASES)
def test_a_bad_text_file_is_refused_with_a_clear_sentence(tmp_path, content, reason, words):
    done = condition(content, tmp_path, limits=Limits(members=40))
    assert words in refusal(done)
    assert done.report.refused == reason


def test_a_truncated_file_keeps_its_whole_lines(tmp_path):
    done = condition(GOOD + "2019-08-05,S2,P", tmp_path)
    assert len(accepted(done)) == 1
    assert reasons(done) == {2: "wrong_field_count"}


def test_ten_million_columns_are_refused_at_once(tmp_path):
    wide = tmp_path / "wide.csv"
    with wide.open("wb") as file:
        for thousand in range(10_000):
            file.write(b"".join(b"c%d," % n for n in range(thousand * 1_000, thousand * 1_000 + 1_000)))
        file.write(b"last\n" + b"1," * 10)
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    done = condition(wide, tmp_path)
    assert "A line is longer than 1,048,576 bytes; it begins with 'c0,c1,c2" in refusal(done)
    assert time.monotonic() - begin < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_too_many_columns_are_counted(tmp_path):
    done = condition(",".join(f"c{n}" for n in range(50_000)) + "\n", tmp_path)
    assert "50,000 columns" in refusal(done)
    assert done.report.refused == "too_many_columns"


def test_a_long_line_is_refused_wherever_it_stands(tmp_path):
    done = condition(GOOD + "x" * MIB + "\n" + GOOD, tmp_path, limits=SMALL)
    assert done.report.refused == "line_too_long"


@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda content: zipped({"a.csv": content})], ids=["gzip", "zip"]
)
def test_a_bomb_is_refused_while_it_is_unpacked(tmp_path, pack):
    done = condition(pack((GOOD * 300_000).encode()), tmp_path, limits=SMALL)
    assert "when unpacked" in refusal(done)
    assert done.report.refused == "too_large_when_unpacked"


def test_a_bomb_whose_directory_lies_is_no_worse(tmp_path):
    size = 8 * MIB
    bomb = zipped({"a.csv": b"0" * size})
    lying = bomb.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    done = condition(lying, tmp_path, limits=SMALL)
    assert done.report.refused in {"damaged", "too_large_when_unpacked"}


def test_a_workbook_that_spans_too_many_cells_is_refused(tmp_path):
    done = condition(
        workbook(A1="week", XFD1048576="x"), tmp_path, of_format(EXCEL), Limits(workbook_seconds=60)
    )
    assert done.report.refused in {"too_many_cells", "too_large_when_unpacked"}


def test_a_workbook_that_would_explode_is_refused_by_its_directory(tmp_path):
    bomb = zipped({"[Content_Types].xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * (9 * MIB)})
    done = condition(bomb, tmp_path, of_format(EXCEL), Limits(workbook_bytes=8 * MIB))
    assert done.report.refused == "too_large_when_unpacked"


@pytest.mark.parametrize(
    ("content", "form", "reason"),
    [
        (b"", EXCEL, "empty"),
        (GOOD.encode(), EXCEL, "wrong_format"),
        (workbook(A1="week")[:-50], EXCEL, "damaged"),
        (zipped({"[Content_Types].xml": b"<x/>"}), EXCEL, "damaged"),
        (workbook(A1="week"), {**EXCEL, "sheet": "Data"}, "missing_sheet"),
        (workbook(A1="week"), {**EXCEL, "sheet": 3}, "missing_sheet"),
        (workbook(A1="week"), {**EXCEL, "header_row": 9}, "empty"),
        (workbook(A1="week"), EXCEL, "missing_column"),
        (b"", PARQUET, "empty"),
        (GOOD.encode(), PARQUET, "wrong_format"),
        (parquet(pa.table({"a": [1]}))[:-9], PARQUET, "damaged"),
        (b"PAR1" + zlib.compress(b"x" * 99) + b"PAR1", PARQUET, "damaged"),
        (parquet(pa.table({"a": [1]})), PARQUET, "missing_column"),
        (
            parquet(pa.table({"a": pa.array(["x"] * 3_000_000).dictionary_encode()})),
            PARQUET,
            "too_large_when_unpacked",
        ),
        (parquet(pa.table({"a": ["x" * 50_000] * 1_000})), PARQUET, "too_large_when_unpacked"),
        (b"", JSON, "empty"),
        (GOOD.encode(), JSON, "wrong_format"),
        (b'[\n{"week": "2019-08-05"}\n]'.replace(b"\n", b""), JSON, "wrong_format"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, JSON, "nested_too_deeply"),
        (b'{"a":' + b"[" * 100_000, JSON, "nested_too_deeply"),
        (json.dumps({f"c{n}": n for n in range(3_000)}).encode(), JSON, "too_many_columns"),
        (b'{"week":"2019-08-05","store":"S1","units":3}', JSON, "missing_column"),
    ],
)
def test_other_bad_files_are_refused_with_their_reason(tmp_path, content, form, reason):
    limits = Limits(free_bytes=MIB, row_group_bytes=8 * MIB)
    done = condition(content, tmp_path, of_format(form), limits)
    assert len(refusal(done)) > 20
    assert done.report.refused == reason


def test_formulas_are_rejected_and_harmless_in_the_quarantine(tmp_path):
    cells = [
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "+1+cmd()",
        "-2+3+cmd|' /C calc'!A0",
        '"=HYPERLINK(""http://x"")"',
    ]
    done = condition(HEADER + "".join(f"2019-08-05,{cell},P1,3\n" for cell in [*cells, "-12"]), tmp_path)
    assert reasons(done) == dict.fromkeys(range(1, 6), "formula")
    assert [row["store_id"] for row in accepted(done)] == ["-12"]
    assert all(row["value"][0] == "'" and row["original"][0] == "{" for row in read_rows(done.rejects))


def test_old_mac_line_ends_and_a_missing_last_one_are_read(tmp_path):
    done = condition(GOOD.replace("\n", "\r") + "2019-08-05,S2,P1,3", tmp_path)
    assert len(accepted(done)) == 2


def test_a_source_that_was_refused_can_come_again_in_the_same_workspace(tmp_path):
    condition(GOOD, tmp_path)
    assert condition(b"", tmp_path).report.refused == "empty"
    assert condition(GOOD, tmp_path).report.accepted == {"shipments": 1}
