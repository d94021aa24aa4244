"""Files come in, in any order, once or again; what stands at the end depends on the files alone."""

import hashlib

import pytest

from shared.errors import LakeError


def test_a_table_is_what_its_files_say_together(client):
    client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3")
    client.bring("shipments", "w32.csv", "2019-08-05 S1 P1 10")
    version = client.lake.materialise()["shipments"]
    assert client.rows(version) == ["2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3", "2019-08-05 S1 P1 10"]
    assert [part.partition for part in version.parts] == ["2019-07", "2019-08"]
    assert version.alias == "2019-08"


def test_the_last_correction_wins_and_the_earlier_value_is_reported(client):
    client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3")
    client.bring("shipments", "w32.csv", "2019-07-29 S1 P1 11", "2019-07-29 S2 P1 3")
    version = client.lake.materialise()["shipments"]
    assert client.rows(version) == ["2019-07-29 S1 P1 11", "2019-07-29 S2 P1 3"]
    assert client.report(version, "corrections") == [
        "2019-07-29 S1 P1 - - 12 shipments raw/shipments/w31.csv 11 shipments raw/shipments/w32.csv"
    ]
    rows = version.rows
    assert (rows.delta_rows, rows.kept, rows.superseded, rows.repeated) == (4, 2, 1, 1)


def test_raw_is_never_rewritten(client):
    first = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
    again = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
    other = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 99")
    assert again == first
    assert (first.path, other.path) == ("raw/shipments/w31.csv", "raw/shipments/w31~r2.csv")
    assert client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12") == first
    assert client.read(first.path) == ["2019-07-29 S1 P1 12"]


def test_pending_until_committed(client):
    raw = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
    assert client.lake.pending("shipments") == [raw]
    client.lake.commit(client.condition("shipments", raw, "2019-07-29 S1 P1 12"))
    assert client.lake.pending("shipments") == []


def test_unknown_sources_and_absent_files_are_refused(client, tmp_path):
    with pytest.raises(LakeError, match="no source 'sales'"):
        client.lake.pending("sales")
    raw = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
    conditioned = client.condition("shipments", raw, "2019-07-29 S1 P1 12")
    (client.folder / "lake" / raw.path).unlink()
    with pytest.raises(LakeError, match="Receive it first"):
        client.lake.commit(conditioned)


def test_a_file_without_a_good_row_has_a_receipt_too(client):
    client.bring("shipments", "bad.csv", rejects="source,file\n")
    assert client.lake.pending("shipments") == []
    assert "shipments" not in client.lake.materialise()
    assert client.read("quarantine/shipments/bad.csv.rejected.csv") == ["source file"]


def test_a_part_of_a_single_delta_has_its_bytes(client):
    conditioned = client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
    part = client.lake.materialise()["shipments"].parts[0]
    with client.store.open(part.path) as blob:
        content = blob.read()
    assert content == conditioned.deltas[0].path.read_bytes()
    assert part.sha256 == hashlib.sha256(content).hexdigest()
