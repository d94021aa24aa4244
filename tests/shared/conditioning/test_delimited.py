"""Lines become rows, or broken records, whatever quotes stand in them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.conditioning.delimited import read_delimited
from shared.conditioning.limits import Limits
from shared.errors import UnreadableFile
from shared.profile.formats import Delimited


def rows_of(
    content: str | bytes, limits: Limits | None = None, **form: object
) -> tuple[list[list[str]], list[int]]:
    """Rows with their numbers first, and the numbers of broken records."""
    stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    rows, broken = [], []
    declared = Delimited.model_validate({"type": "delimited", **form})
    coded = frozenset(("a",))
    for records, parse in read_delimited(
        stream, declared, first_row=1, coded=coded, limits=limits or Limits()
    ):
        batch = parse()
        assert batch.records == records
        rows += [[record.pop("_row"), *record.values()] for record in batch.rows.to_pylist()]
        broken += [record.row for record in batch.broken]
    return rows, broken


def test_quoted_fields():
    assert rows_of('a,b\n"x, y","say ""hi"""\n') == ([[1, "x, y", 'say "hi"']], [])


def test_a_quote_in_a_bare_field_is_a_character():
    assert rows_of('a,b\n5" pipe,6" pipe\n7",8\n') == ([[1, '5" pipe', '6" pipe'], [2, '7"', "8"]], [])


def test_an_open_quote_breaks_its_own_line_only():
    assert rows_of('a,b\n1,2\n"x,3\n4,5\n6,"\n7,8"\n') == (
        [[1, "1", "2"], [3, "4", "5"], [5, "7", '8"']],
        [2, 4],
    )


def test_without_quotes_every_quote_is_a_character():
    assert rows_of('a,b\n"x,3\n', quote="") == ([[1, '"x', "3"]], [])


def test_blank_lines_are_no_records():
    assert rows_of("\n\na,b\r\n\r\n1,2\n\n3,4\n\n") == ([[1, "1", "2"], [2, "3", "4"]], [])


def test_a_file_without_header_has_the_profiles():
    assert rows_of("1,2\n", header=("a", "b")) == ([[1, "1", "2"]], [])


def test_titles_are_skipped():
    assert rows_of("Report\n\na,b\n1,2\n", skip_rows=2) == ([[1, "1", "2"]], [])


def test_a_header_alone_has_no_rows():
    assert rows_of("a,b") == ([], [])


def test_names_that_come_twice_are_told_apart():
    stream = io.BytesIO(b" a ,,a\n1,2,3\n")
    ((_, parse),) = read_delimited(
        stream, Delimited(type="delimited"), first_row=1, coded=frozenset(), limits=Limits()
    )
    assert parse().rows.column_names == ["a", "column_2", "a.2", "_row"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "shift_jis", "utf-16-le"])
@pytest.mark.parametrize("block_bytes", [3, 7, 1000])
def test_encodings_are_read_in_blocks_of_any_size(encoding, block_bytes):
    text = "a,b\r\n1,x\r\n2,yy\r\n" if encoding == "shift_jis" else "a,b\r\n1,é\r\n2,àâ\r\n"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    limits = Limits(block_bytes=block_bytes, line_bytes=100)
    rows, broken = rows_of(text.encode(encoding), limits, encoding=declared)
    assert [row[2] for row in rows] == [line.split(",")[1] for line in text.split("\r\n")[1:-1]]
    assert broken == []


def test_a_zero_byte_is_told_with_its_place():
    with pytest.raises(UnreadableFile, match="binary: A zero byte at offset 9"):
        rows_of(b"a,b\n1,2\nx\0")


LINES = st.lists(st.text(st.sampled_from("ab,\"'é ;"), max_size=9), max_size=9)


@given(LINES, st.integers(1, 40))
def test_every_line_is_one_row_or_broken(lines, block_bytes):
    lines = [line for line in lines if line]
    content = "a,b\n" + "\n".join(lines)
    rows, broken = rows_of(content)
    assert sorted([row[0] for row in rows] + broken) == list(range(1, len(lines) + 1))
    assert rows_of(content, Limits(block_bytes=block_bytes)) == (rows, broken)


@given(
    st.lists(
        st.lists(st.text(st.characters(blacklist_characters="\r\n\0", codec="utf-8")), min_size=2, max_size=2)
    )
)
def test_what_a_csv_writer_writes_is_read_back(rows):
    content = io.StringIO()
    csv.writer(content, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    read, broken = rows_of(content.getvalue())
    assert [row[1:] for row in read] == rows
    assert broken == []
