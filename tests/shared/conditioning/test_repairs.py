"""What is put right is counted: letters in another case, leading zeros, byte-order marks."""

import gzip
import io
import zipfile

import pytest

from tests.shared.conditioning.clients import HEADER, SHIPMENTS, accepted, client, condition, source

LOUD = {**SHIPMENTS, "store_id": {"from": "store", "transform": ["strip", "upper"]}}
MARK = b"\xef\xbb\xbf"
ROW = "2019-08-05,S1,P1,1\n"


def test_rows_whose_letters_change_their_case_are_counted_unless_they_are_rejected(tmp_path):
    rows = ["2019-08-05,s1,P1,1", "2019-08-12,S1,P1,1", "2019-08-19, S1 ,P1,1", "2019-02-30,s1,P1,1"]
    done = condition(HEADER + "\n".join(rows) + "\n", tmp_path, client(source(columns=LOUD)))
    assert {row["store_id"] for row in accepted(done)} == {"S1"}
    assert done.report.repaired == {"store_id case": 1}


@pytest.mark.parametrize(
    ("transform", "text", "repaired"),
    [
        ("title", "North Texas", {}),
        ("title", "NORTH TEXAS", {"market case": 1}),
        ("lower", "north texas", {}),
        ("lower", "North texas", {"market case": 1}),
        ("upper", "", {}),
    ],
)
def test_text_that_is_written_as_it_should_be_is_not_repaired(tmp_path, transform, text, repaired):
    columns = {"store_id": {"from": "id"}, "market": {"from": "market", "transform": [transform]}}
    done = condition(f'id,market\n1,"{text}"\n', tmp_path, client(source("stores", columns)))
    assert done.report.repaired == repaired


def test_a_column_can_be_repaired_in_two_ways(tmp_path):
    zip_code = {"from": "zip", "transform": ["upper", "zfill"], "width": 5}
    columns = {"store_id": {"from": "id"}, "market": {"constant": "North"}, "zip_code": zip_code}
    done = condition("id,zip\n1,2108\n2,e1 6an\n3,n1\n", tmp_path, client(source("stores", columns)))
    assert [row["zip_code"] for row in accepted(done)] == ["02108", "E1 6AN", "000N1"]
    assert done.report.to_json()["repaired"] == {"zip_code case": 2, "zip_code zeros": 2}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_byte_order_mark_is_removed_and_counted(tmp_path, pack):
    done = condition(pack(MARK + (HEADER + ROW).encode()), tmp_path)
    assert len(accepted(done)) == 1
    assert done.report.repaired == {"byte_order_mark": 1}


def test_every_member_of_an_archive_may_have_a_mark(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, mark in (("1.csv", MARK), ("2.csv", b""), ("3.csv", MARK)):
            archive.writestr(name, mark + (HEADER + f"2019-08-05,S{name[0]},P1,1\n").encode())
    done = condition(packed.getvalue(), tmp_path)
    assert done.report.accepted == {"shipments": 3}
    assert done.report.repaired == {"byte_order_mark": 2}


def test_a_mark_that_belongs_to_the_encoding_is_no_repair(tmp_path):
    profile = client(source(format={"type": "delimited", "encoding": "utf-16"}))
    done = condition((HEADER + ROW).encode("utf-16"), tmp_path, profile)
    assert (len(accepted(done)), done.report.repaired) == (1, {})
