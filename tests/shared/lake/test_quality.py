"""The account of all rows, and the values that a key has had."""

import json
from dataclasses import replace

import pytest

from shared.conditioning.outcome import Conditioned, FileReport
from shared.errors import LakeError
from shared.lake import RowCounts, Statement, history, quality_report, verify_conservation

KEY = {"week_start": "2019-07-29", "store_id": "S1", "product_id": "P1"}


def test_quality_report_counts_every_row(client):
    client.bring("shipments", "w1.csv", "2019-07-29 S1 P1 5", "2019-07-29 S8 P1 6", rejects="source,file\n")
    client.bring("shipments", "w2.csv", "2019-07-29 S1 P1 4", "2019-07-29 S8 P1 6", "2019-07-29 S1 P9 1")
    client.lake.materialise()
    report = quality_report(client.lake)
    shipments = report.sources["shipments"]
    assert (shipments.files, shipments.rows_in, shipments.accepted) == (2, 6, {"shipments": 5})
    assert shipments.rejected == {"not_a_number": 1}
    assert shipments.orphaned == {"unknown_product": 1, "unknown_store": 2}
    assert report.files["raw/shipments/w1.csv"].orphaned == {"unknown_store": 1}
    assert report.tables["shipments"] == RowCounts(
        delta_rows=5, kept=1, superseded=1, orphaned=3, weekly_rows=1
    )
    assert report.sources["returns"].files == 0


def test_a_file_that_could_not_be_read_is_counted_with_its_reason(client):
    raw = client.receive("returns", "r.csv", "\0")
    refused = FileReport(accepted={}, rejected={}, refused="binary")
    outcome = client.condition("returns", raw)
    client.lake.commit(Conditioned(**{**vars(outcome), "report": refused}))
    assert quality_report(client.lake).sources["returns"].refused == {"binary": 1}


def test_repairs_are_summed_over_the_files_of_a_source(client):
    for file, repaired in (
        ("r1.csv", {"byte_order_mark": 1}),
        ("r2.csv", {"byte_order_mark": 1, "store_id case": 5}),
    ):
        outcome = client.condition("returns", client.receive("returns", file, file), "2019-07-29 S1 P1 5")
        report = replace(outcome.report, repaired=repaired)
        client.lake.commit(replace(outcome, report=report))
    repaired = quality_report(client.lake).sources["returns"].repaired
    assert repaired == {"byte_order_mark": 2, "store_id case": 5}


def test_lost_rows_are_not_let_pass(client):
    version = client.lake.materialise()["stores"]
    verify_conservation(version)
    lost = version.model_copy(update={"rows": RowCounts(delta_rows=3, kept=2)})
    with pytest.raises(LakeError, match="stores: 3 delta rows came in, but 2 are accounted for"):
        verify_conservation(lost)


def test_history_tells_every_value_oldest_first(client):
    client.bring("shipments", "w10.csv", "2019-07-29 S1 P1 4", "2019-07-29 S1 P2 9")
    client.bring("shipments", "w9.csv", "2019-07-29 S1 P1 5", "2019-08-05 S1 P1 9")
    client.bring("shipments", "w10.csv", "2019-07-29 S1 P1 3")
    told = history(client.lake, "shipments", KEY)
    assert [(s.file[len("raw/shipments/") :], s.values["units_shipped"]) for s in told] == [
        ("w9.csv", "5"), ("w10.csv", "4"), ("w10~r2.csv", "3"),
    ]  # fmt: skip
    assert history(client.lake, "shipments", {**KEY, "store_id": "S3"}) == []


def test_history_knows_what_gave_way_inside_a_file(client):
    raw = client.receive("shipments", "w1.csv", "2019-07-29 S1 P1 5")
    given_way = client.folder / "superseded.csv"
    cells = [
        json.dumps(cell).replace('"', '""') for cell in (KEY, {"units_shipped": 4}, {"units_shipped": 5})
    ]
    given_way.write_text(
        "source,file,table,key,row,earlier,later\n"
        f'shipments,{raw.path},shipments,"{cells[0]}",1,"{cells[1]}","{cells[2]}"\n'
        f'shipments,{raw.path},shipments,"{cells[0].replace("S1", "S2")}",3,"{cells[1]}","{cells[2]}"\n'
    )
    outcome = client.condition("shipments", raw, "2019-07-29 S1 P1 5")
    client.lake.commit(Conditioned(**{**vars(outcome), "superseded": given_way}))
    first, second = history(client.lake, "shipments", KEY)
    assert first == Statement(
        source="shipments", file=raw.path, values={"units_shipped": "4"}, corrected_in_file=True
    )
    assert (second.values, second.corrected_in_file) == ({"units_shipped": "5"}, False)


@pytest.mark.parametrize(
    ("table", "remedy"), [("shipments", "week_start, store_id"), ("sales", "one of the tables")]
)
def test_history_needs_the_whole_key(client, table, remedy):
    with pytest.raises(LakeError, match=remedy):
        history(client.lake, table, {"store_id": "S1"})
