"""One column: cleaning, translation, parsing, units, rules, in the order that the profile promises."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.conditioning.mapping import Target, convert
from shared.conditioning.reasons import CODES
from shared.profile import Calendar, Mapped
from shared.schemas import Field


def made(
    cells: list[str | None], kind: str = "text", *, field: dict[str, Any] | None = None, **mapped: Any
) -> list[Any]:
    """What becomes of cells: a value, or the code of the reason against it."""
    mapping = Mapped.model_validate({"from": "raw", **mapped})
    target = Target(
        field=Field(name="x", kind=kind, **{"required": False, **(field or {})}),
        mapped=mapping,
        calendar=Calendar(),
        **{name: mapped.pop(name) for name in ("decimal", "thousands") if name in mapped},
    )
    done = convert(pa.chunked_array([pa.array(cells, pa.string())]), target, len(cells))
    return [CODES[f] if f else value for value, f in zip(done.values.to_pylist(), done.faults, strict=True)]


def numbers(cells: list[str], decimal: str = ".", thousands: str = "", **mapped: Any) -> list[Any]:
    target = Target(
        field=Field(name="x", kind="number", required=False),
        mapped=Mapped.model_validate({"from": "raw", **mapped}),
        calendar=Calendar(),
        decimal=decimal,
        thousands=thousands,
    )
    done = convert(pa.chunked_array([pa.array(cells, pa.string())]), target, len(cells))
    return [CODES[f] if f else value for value, f in zip(done.values.to_pylist(), done.faults, strict=True)]


@pytest.mark.parametrize(
    ("cell", "mapped", "value"),
    [
        (" S1 ", {}, "S1"),
        (" S1 ", {"transform": []}, " S1 "),
        ("st-1", {"transform": ["strip", "upper"]}, "ST-1"),
        ("NORTH texas", {"transform": ["title"]}, "North Texas"),
        ("ÉCLAIR", {"transform": ["lower"]}, "éclair"),
        ("zip 2108-", {"transform": ["digits", "zfill"], "width": 5}, "02108"),
        ("", {"transform": ["zfill"], "width": 5}, None),
        ("50314-1234", {"first": 3}, "503"),
        ("-", {"missing": ["", "-"]}, None),
        (" - ", {"missing": ["", "-"]}, None),
        ("-", {"missing": ["-"], "default": "none"}, "none"),
        (None, {"default": "x"}, "x"),
        ("y", {"values": {"y": "1", "n": "0"}}, "1"),
        ("Y", {"values": {"y": "1"}, "transform": ["lower"]}, "1"),
        ("?", {"values": {"y": "1"}}, "unmapped_value"),
        ("?", {"values": {"y": "1"}, "values_default": "0"}, "0"),
        ("?", {"values": {"y": "1"}, "keep_unlisted": True}, "?"),
        ("", {"values": {"y": "1"}}, None),
        ("=1+1", {}, "formula"),
        ("-12", {}, "-12"),
        ("-", {}, "-"),
    ],
)
def test_text(cell, mapped, value):
    assert made([cell], **mapped) == [value]


def test_rules_of_the_table():
    assert made([""], field={"required": True}) == ["missing_value"]
    assert made(["large", "huge"], field={"one_of": ("large", "small")}) == ["large", "not_one_of"]
    assert made(["0", "-1", "9"], "number", field={"minimum": 0, "maximum": 5}) == [
        0,
        "below_minimum",
        "above_maximum",
    ]


@pytest.mark.parametrize(
    ("cell", "marks", "value"),
    [
        ("12", "..", 12.0),
        ("+12.50", "..", 12.5),
        (".5", "..", 0.5),
        ("5.", "..", 5.0),
        ("1e3", "..", 1000.0),
        ("1.234,5", ",.", 1234.5),
        ("1234,5", ",.", 1234.5),
        ("1.23,5", ",.", "bad_number"),
        ("1,234", "..", "bad_number"),
        ("12 kg", "..", "bad_number"),
        ("0x10", "..", "bad_number"),
        ("1_000", "..", "bad_number"),
        ("٣", "..", "bad_number"),
        ("NaN", "..", "non_finite"),
        ("-Infinity", "..", "non_finite"),
        ("1.#INF", "..", "non_finite"),
        ("1e999", "..", "non_finite"),
        ("", "..", None),
    ],
)
def test_numbers(cell, marks, value):
    decimal, thousands = marks[0], marks[1] if marks != ".." else ""
    assert numbers([cell], decimal, thousands) == [value]


@pytest.mark.parametrize(
    ("cell", "mapped", "value"),
    [
        ("32", {"unit": "fahrenheit"}, 0.0),
        ("212", {"unit": "fahrenheit"}, 100.0),
        ("0.1", {"unit": "inch"}, 2.54),
        ("1.5", {"unit": "cm"}, 15.0),
        ("3", {"unit": "dozen"}, 36.0),
        ("7", {"unit": "mm"}, 7.0),
        ("51", {"scale": 0.01}, 0.51),
        ("-3", {"transform": ["absolute"]}, 3.0),
        ("-3", {"transform": ["strip", "negate"]}, 3.0),
        ("9.018695", {"transform": ["exp_round"]}, 8256.0),
        ("800", {"transform": ["exp_round"]}, "non_finite"),
    ],
)
def test_units_and_signs(cell, mapped, value):
    assert numbers([cell], **mapped) == [value]


def test_zero_has_one_sign():
    assert str(numbers(["-0.0", "0"], transform=["negate"])) == "[0.0, 0.0]"


@pytest.mark.parametrize(
    ("cell", "form", "value"),
    [
        ("2019-08-05", None, "2019-08-05"),
        ("2019-08-05T23:30:00-05:00", None, "2019-08-05"),
        ("20190805", None, "2019-08-05"),
        ("05/08/2019", "%d/%m/%Y", "2019-08-05"),
        ("5/8/2019", "%d/%m/%Y", "2019-08-05"),
        ("2019-02-30", None, "bad_date"),
        ("30/02/2019", "%d/%m/%Y", "bad_date"),
        ("2019-08-05 ", "%Y-%m-%d", "2019-08-05"),
        ("soon", None, "bad_date"),
        ("0201-08-05", None, "bad_date"),
        ("2101-01-01", None, "bad_date"),
        ("", None, "None"),
    ],
)
def test_dates(cell, form, value):
    assert str(made([cell], "date", date=form)[0]) == value


def test_times_are_in_utc():
    done = made(["2019-08-05T23:30:00-05:00", "2019-08-05T06:00:00"], "timestamp")
    assert [str(time) for time in done] == ["2019-08-06 04:30:00+00:00", "2019-08-05 06:00:00+00:00"]


def test_a_constant_fills_the_column():
    target = Target(
        field=Field(name="x", kind="number"), mapped=Mapped(constant=1.5), calendar=Calendar(), decimal=","
    )
    assert convert(None, target, 3).values.to_pylist() == [1.5, 1.5, 1.5]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_its_text(number):
    assert numbers([repr(number)]) == [number]


@given(st.lists(st.text(max_size=8)))
def test_any_text_is_a_number_or_has_a_reason(cells):
    assert all(value is None or isinstance(value, float) or value in CODES for value in numbers(cells))
