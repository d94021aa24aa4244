"""What becomes of the rows of a file, from the outside."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared.conditioning.clients import (
    HEADER,
    SHIPMENTS,
    TIGHT,
    accepted,
    client,
    condition,
    everything,
    read_rows,
    reasons,
    source,
)


def test_rows_come_out_sorted_by_key_in_parts_by_month(tmp_path):
    done = condition(HEADER + "2019-09-02,S2,P1,3\n2019-08-05,S2,P2,4\n2019-08-05,S1,P9,5.5\n", tmp_path)
    assert [(part.table, part.partition, part.grain, part.rows) for part in done.deltas] == [
        ("shipments", "2019-08", "week", 2),
        ("shipments", "2019-09", "week", 1),
    ]
    assert done.deltas[0].path.read_bytes() == (
        b"week_start,store_id,product_id,units_shipped\n2019-08-05,S1,P9,5.5\n2019-08-05,S2,P2,4\n"
    )


def test_a_day_falls_into_the_week_that_holds_it(tmp_path):
    done = condition(HEADER + "2019-08-09,S1,P1,3\n", tmp_path, client(week_anchor="sunday"))
    assert accepted(done)[0]["week_start"] == "2019-08-04"


def test_every_defect_has_its_reason(tmp_path):
    rows = [
        "2019-08-05,S1,P1,1",
        "2019-02-30,S1,P1,1",
        "2019-08-05,,P1,1",
        "2019-08-05,S1,P1,many",
        "2019-08-05,S1,P1,-1",
        "2019-08-05,S1,P1,inf",
        "2019-08-05,=cmd|' /C calc'!A0,P1,1",
        "2016-12-31,S1,P1,1",
        "2019-08-05,S1",
        "2019-08-05,S1,P1,1,1",
        "2019-08-05,S1,P1,1.0",
    ]
    done = condition(HEADER + "\n".join(rows) + "\n", tmp_path)
    assert reasons(done) == {
        2: "bad_date",
        3: "missing_value",
        4: "bad_number",
        5: "below_minimum",
        6: "non_finite",
        7: "formula",
        8: "before_history",
        9: "wrong_field_count",
        10: "wrong_field_count",
        11: "duplicate",
    }
    assert done.report.rows_read == 11
    assert done.report.accepted == {"shipments": 1}


def test_a_rejected_row_keeps_its_original(tmp_path):
    done = condition(HEADER + '2019-08-05,S1,"P ""1""",a lot\n2019-08-05,"S1\n', tmp_path)
    number, broken = read_rows(done.rejects)
    assert (number["row"], number["column"], number["value"]) == ("1", "units_shipped", "a lot")
    assert json.loads(number["original"]) == {
        "week": "2019-08-05",
        "store": "S1",
        "product": 'P "1"',
        "units": "a lot",
    }
    assert json.loads(broken["original"]) == '2019-08-05,"S1'


def test_the_last_correction_in_a_file_wins_and_the_earlier_value_stays_findable(tmp_path):
    done = condition(HEADER + "".join(f"2019-08-05,S1,P1,{units}\n" for units in (3, 3, 4, 3)), tmp_path)
    assert [row["units_shipped"] for row in accepted(done)] == ["3"]
    assert reasons(done) == {2: "duplicate"}
    gone = [(row["row"], row["earlier"], row["later"]) for row in read_rows(done.superseded)]
    assert gone == [
        ("1", '{"units_shipped":3}', '{"units_shipped":4}'),
        ("3", '{"units_shipped":4}', '{"units_shipped":3}'),
    ]
    assert json.loads(read_rows(done.superseded)[0]["key"]) == {
        "week_start": "2019-08-05",
        "store_id": "S1",
        "product_id": "P1",
    }


def test_days_and_lines_keep_what_tells_them_apart(tmp_path):
    rows = "week,store,product,units,no\n2019-08-06,S1,P1,3,7\n2019-08-08,S1,P1,4,8\n2019-08-08,S1,P1,4,9\n"
    day = condition(rows, tmp_path, client(source(grain="day")))
    assert [(row["week_start"], row["date"]) for row in accepted(day)] == [
        ("2019-08-05", "2019-08-06"),
        ("2019-08-05", "2019-08-08"),
    ]
    line = condition(rows, tmp_path, client(source(grain="line", line_id="no")))
    assert list(accepted(line)[0]) == [
        "week_start",
        "store_id",
        "product_id",
        "units_shipped",
        "date",
        "line_id",
    ]
    assert [row["line_id"] for row in accepted(line)] == ["7", "8", "9"]


def test_rows_go_to_the_first_output_whose_test_they_pass(tmp_path):
    returned = {**SHIPMENTS, "units_returned": {"from": "units", "transform": ["strip", "negate"]}}
    del returned["units_shipped"]
    block = source()
    del block["table"], block["columns"]
    block["outputs"] = [
        {"table": "returns", "where": {"column": "units", "below": 0}, "columns": returned},
        {"table": "shipments", "where": {"column": "units", "at_least": 0}, "columns": SHIPMENTS},
    ]
    rows = "2019-08-05,S1,P1,-3\n2019-08-05,S1,P1,3\n2019-08-05,S1,P1,x\n"
    done = condition(HEADER + rows, tmp_path, client(block))
    assert done.report.accepted == {"returns": 1, "shipments": 1}
    assert accepted(done)[0]["units_returned"] == "3"
    assert reasons(done) == {3: "no_output"}


def test_repaired_zip_codes_are_counted(tmp_path):
    columns = {
        "store_id": {"from": "id"},
        "market": {"constant": "North"},
        "zip_code": {"from": "zip", "transform": ["strip", "zfill"], "width": 5},
    }
    done = condition("id,zip\n1,2108\n2,75201\n3,\n", tmp_path, client(source("stores", columns)))
    assert [row["zip_code"] for row in accepted(done)] == ["02108", "75201", ""]
    assert done.report.repaired == {"zip_code zeros": 1}


def test_a_header_without_a_mapped_column_names_both(tmp_path):
    done = condition("week,shop,product,units\n2019-08-05,S1,P1,3\n", tmp_path)
    (reject,) = read_rows(done.rejects)
    assert (reject["row"], reject["reason"]) == ("0", "missing_column")
    assert "No column 'store'; the file has 'week', 'shop', 'product', 'units'" in reject["original"]
    assert done.report.refused == "missing_column"
    assert not done.deltas


def test_columns_that_a_profile_adds_come_after_the_fixed_ones(tmp_path):
    columns = {"store_id": {"from": "id"}, "as_of": {"constant": "2018-01-01"}}
    block = source("demographics", {**columns, "wealth": {"from": "w"}, "age_60": {"from": "a"}})
    done = condition("id,w,a\n1,2.50,\n", tmp_path, client(block))
    assert list(accepted(done)[0])[-2:] == ["age_60", "wealth"]
    assert list(accepted(done)[0].values())[-2:] == ["", "2.5"]


@pytest.fixture(scope="module")
def dirty() -> str:
    weeks = ("2019-08-05", "2019-09-02", "2019-02-30")
    rows = [
        f"{weeks[n % 3]},S{n * 7 % 11},P{n * 5 % 3},{n // 150}\n" if n % 13 else f"{weeks[0]},S{n}\n"
        for n in range(240)
    ]
    return HEADER + "".join(rows)


@pytest.mark.parametrize(("block_bytes", "partition_bytes"), [(64, 5000), (300, 300), (1000, 1500)])
def test_the_same_bytes_give_the_same_bytes_however_they_are_cut(
    tmp_path, dirty, block_bytes, partition_bytes
):
    (tmp_path / "whole").mkdir()
    whole = condition(dirty, tmp_path / "whole")
    limits = TIGHT.__class__(
        block_bytes=block_bytes, buffer_bytes=200, partition_bytes=partition_bytes, line_bytes=64
    )
    cut = condition(dirty, tmp_path, limits=limits)
    assert whole.report.superseded
    assert whole.report.rejected["duplicate"]
    assert everything(cut) == everything(whole)
    assert cut.report == whole.report


def test_nothing_temporary_stays_in_the_workspace(tmp_path, dirty):
    done = condition(dirty, tmp_path, limits=TIGHT)
    stays = {path for path in (tmp_path / "work").rglob("*") if path.is_file()}
    assert stays == {*(part.path for part in done.deltas), done.rejects, done.superseded}


CELL = st.text(max_size=6) | st.sampled_from(
    ["2019-08-05", "2019-08-06", "S1", "1", "-1", '"', '"a', "=1+1", "nan"]
)


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(st.lists(CELL, max_size=6).map(",".join), max_size=12))
def test_rows_are_conserved_whatever_stands_in_them(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("wild")
    done = condition(HEADER + "\n".join(lines) + "\n", folder, limits=TIGHT)
    again = condition(HEADER + "\n".join(lines) + "\n", folder)
    report = done.report
    if report.refused is None:
        assert (
            report.rows_in
            == sum(report.accepted.values()) + sum(report.rejected.values()) + report.superseded
        )
        assert len(read_rows(done.rejects)) == sum(report.rejected.values())
        assert len(accepted(done)) == sum(report.accepted.values())
    assert again.report == report


@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=400))
@pytest.mark.parametrize(
    "form",
    [
        {"type": "delimited"},
        {"type": "delimited", "encoding": "utf-16"},
        {"type": "json_lines", "explode": "x"},
        {
            "type": "fixed_width",
            "columns": {"week": [1, 3], "store": [4, 5], "product": [6, 6], "units": [7, 9]},
        },
        {"type": "parquet"},
    ],
    ids=lambda form: form["type"],
)
def test_arbitrary_bytes_never_raise(tmp_path_factory, form, content):
    folder = tmp_path_factory.mktemp("bytes")
    for prefix in (b"", b"PK\x03\x04", b"\x1f\x8b", b"PAR1"):
        done = condition(prefix + content, folder, client(source(format=form)), limits=TIGHT)
        assert done.report.refused or done.report.rows_in >= 0


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ({"equals": ["S1", "S3"]}, ["S1", "S3"]),
        ({"matches": "^S[12]$"}, ["S1", "S2"]),
        ({"matches": "S", "equals": ["S2"]}, ["S2"]),
    ],
)
def test_an_output_may_take_rows_by_their_text(tmp_path, where, kept):
    block = source(where={"column": "store", **where})
    rows = "".join(f"2019-08-05,S{n},P1,1\n" for n in (1, 2, 3))
    done = condition(HEADER + rows, tmp_path, client(block))
    assert [row["store_id"] for row in accepted(done)] == kept
    assert set(reasons(done).values()) == {"no_output"}
