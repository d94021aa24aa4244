"""A format that cannot be is refused when the profile is loaded, not when the first file comes."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.profile.formats import FileFormat
from shared.profile.sources import Condition, Output

FORMAT = TypeAdapter(FileFormat)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "delimited", "encoding": "utf-9"}, "unknown encoding 'utf-9'"),
        ({"type": "delimited", "encoding": "zip"}, "unknown encoding 'zip'"),
        ({"type": "json_lines", "encoding": "x"}, "unknown encoding"),
        ({"type": "delimited", "delimiter": "¦"}, "not an ASCII character"),
        ({"type": "delimited", "delimiter": "\n"}, "not an ASCII character within a line"),
        ({"type": "delimited", "delimiter": '"'}, "delimiter and quote"),
        ({"type": "delimited", "decimal": ",", "thousands": ","}, "decimal and thousands"),
        ({"type": "fixed_width", "columns": {"a": [0, 3]}}, r"columns \['a'\]"),
        ({"type": "fixed_width", "columns": {"a": [4, 3]}}, r"columns \['a'\]"),
        ({"type": "fixed_width", "columns": {}}, "at least 1"),
    ],
)
def test_a_format_that_cannot_be_is_refused(block, words):
    with pytest.raises(ValidationError, match=words):
        FORMAT.validate_python(block)


@pytest.mark.parametrize(
    "block", [{"delimiter": "|", "quote": ""}, {"delimiter": "\t", "encoding": "cp1252"}]
)
def test_others_are_not(block):
    assert FORMAT.validate_python({"type": "delimited", **block}).type == "delimited"


def test_a_pattern_has_to_be_one():
    with pytest.raises(ValidationError, match="Invalid regular expression"):
        Condition(column="x", matches="(")


def test_only_weekly_tables_have_days_and_lines():
    columns = {"store_id": {"from": "a"}, "market": {"from": "b"}}
    with pytest.raises(ValidationError, match="stores has no week_start"):
        Output.model_validate({"table": "stores", "columns": columns, "grain": "day"})
