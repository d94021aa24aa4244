"""Files come in, in any order, once or again; what stands at the end depends on the files alone."""

import hashlib
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import BlobMissing, LakeError
from shared.lake import read_current, read_version

WEEKS = ("2019-07-29", "2019-08-05", "2019-08-26", "2019-09-02")


class TestRaw:
    def test_is_never_rewritten(self, client):
        first = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        again = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        other = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 99")
        assert again == first
        assert (first.path, other.path) == ("raw/shipments/w31.csv", "raw/shipments/w31~r2.csv")
        assert client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 99") == other
        assert client.read(first.path) == ["2019-07-29 S1 P1 12"]

    def test_is_pending_until_committed(self, client):
        raw = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        assert client.lake.pending("shipments") == [raw]
        client.lake.commit(client.condition("shipments", raw, "2019-07-29 S1 P1 12"))
        assert client.lake.pending("shipments") == []

    def test_is_pending_in_the_order_of_delivery(self, client):
        for file in ("w10.csv", "w9.csv", "w9.csv"):
            client.receive("shipments", file, f"{random.random()}")
        assert [raw.path[len("raw/shipments/") :] for raw in client.lake.pending("shipments")] == [
            "w9.csv", "w9~r2.csv", "w10.csv",
        ]  # fmt: skip

    def test_a_rewritten_blob_is_pending_again(self, client):
        """Nobody here rewrites raw, but the lake of others may be written to past the lake."""
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        client.store.put("raw/shipments/w31.csv", b"2019-07-29 S1 P1 12")
        assert client.lake.pending("shipments") == [], "the same bytes"
        client.store.put("raw/shipments/w31.csv", b"2019-07-29 S1 P1 13")
        assert len(client.lake.pending("shipments")) == 1

    def test_unknown_sources_and_absent_files_are_refused(self, client):
        with pytest.raises(LakeError, match="no source 'sales'"):
            client.lake.pending("sales")
        raw = client.receive("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        conditioned = client.condition("shipments", raw, "2019-07-29 S1 P1 12")
        elsewhere = type(client)(client.folder / "elsewhere")
        with pytest.raises(LakeError, match="Receive it first"):
            elsewhere.lake.commit(conditioned)


class TestVersions:
    def test_a_table_is_what_its_files_say_together(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3")
        client.bring("shipments", "w32.csv", "2019-08-05 S1 P1 10")
        version = client.lake.materialise()["shipments"]
        assert client.rows(version) == ["2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3", "2019-08-05 S1 P1 10"]
        assert [part.partition for part in version.parts] == ["2019-07", "2019-08"]
        assert version.alias == "2019-08"
        assert [file.name for file in version.sources] == ["raw/shipments/w31.csv", "raw/shipments/w32.csv"]

    def test_the_current_one_and_earlier_ones_can_be_read(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        first = client.lake.materialise()["shipments"]
        client.bring("shipments", "w32.csv", "2019-07-29 S1 P1 13")
        second = client.lake.materialise()["shipments"]
        assert read_current(client.store, "shipments") == second != first
        assert read_version(client.store, "shipments", first.version) == first
        assert client.rows(first) == ["2019-07-29 S1 P1 12"]
        assert read_current(client.store, "promotions") is None
        with pytest.raises(BlobMissing, match="unheard-of"):
            read_version(client.store, "shipments", "unheard-of")

    def test_the_last_correction_wins_and_the_earlier_value_is_reported(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3")
        client.bring("shipments", "w32.csv", "2019-07-29 S1 P1 11", "2019-07-29 S2 P1 3")
        version = client.lake.materialise()["shipments"]
        assert client.rows(version) == ["2019-07-29 S1 P1 11", "2019-07-29 S2 P1 3"]
        assert (
            version.reports["corrections"].path == f"conditioned/shipments/corrections/{version.version}.csv"
        )
        assert client.report(version, "corrections") == [
            "2019-07-29 S1 P1 - - 12 shipments raw/shipments/w31.csv 11 shipments raw/shipments/w32.csv"
        ]
        rows = version.rows
        assert (rows.delta_rows, rows.kept, rows.superseded, rows.repeated) == (4, 2, 1, 1)

    def test_a_re_delivery_under_the_same_name_wins(self, client):
        for value in (12, 11, 10):
            client.bring("shipments", "w31.csv", f"2019-07-29 S1 P1 {value}", "2019-07-29 S2 P1 3")
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3")  # known already
        version = client.lake.materialise()["shipments"]
        assert client.rows(version) == ["2019-07-29 S1 P1 10", "2019-07-29 S2 P1 3"]
        assert version.rows.superseded == 2

    def test_the_same_content_is_the_same_version_though_its_account_grows(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        first = client.lake.materialise()["shipments"]
        client.bring("shipments", "w31-again.csv", "2019-07-29 S1 P1 12")
        second = client.lake.materialise()["shipments"]
        assert (second.version, second.parts) == (first.version, first.parts)
        assert (second.rows.repeated, len(second.sources)) == (1, 2)

    def test_there_and_back_again_both_corrections_stay_findable(self, client):
        for n, value in enumerate((12, 11, 12)):
            client.bring("shipments", f"w{n}.csv", f"2019-07-29 S1 P1 {value}")
            version = client.lake.materialise()["shipments"]
        assert [line.split(" ")[5] for line in client.report(version, "corrections")] == ["12", "11"]

    def test_a_part_of_a_single_delta_has_its_bytes(self, client):
        conditioned = client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        part = client.lake.materialise()["shipments"].parts[0]
        with client.store.open(part.path) as blob:
            content = blob.read()
        assert content == conditioned.deltas[0].path.read_bytes()
        assert part.sha256 == hashlib.sha256(content).hexdigest()

    def test_a_table_without_a_row_has_no_version(self, client):
        client.bring("shipments", "bad.csv", rejects="source,file\n")
        assert client.lake.pending("shipments") == []
        assert set(client.lake.materialise()) == {"stores", "products"}

    def test_a_table_whose_files_no_longer_count_loses_its_version(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        client.lake.materialise()
        client.with_other_rules("shipments").lake.materialise()
        assert read_current(client.store, "shipments") is None

    def test_a_damaged_delta_is_refused(self, client):
        delta = client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S2 P1 3").deltas[0]
        client.store.put(f"conditioned/shipments/deltas/{delta.sha256}.csv", b"week_start,store_id\n")
        with pytest.raises(LakeError, match="has 0 rows instead of 2"):
            client.lake.materialise()

    def test_what_was_remembered_in_another_form_is_made_anew(self, client):
        versions = client.lake.materialise()
        client.store.put("conditioned/stores/merged/all.json", b'{"of": "other days"}')
        assert client.lake.materialise() == versions

    def test_a_damaged_receipt_is_named(self, client):
        client.store.put("conditioned/receipts/stores/stores.csv.json", b'{"source": ')
        with pytest.raises(LakeError, match=r"receipts/stores/stores\.csv\.json is damaged"):
            client.lake.materialise()


FILES = st.lists(
    st.tuples(
        st.sampled_from(["w1", "w2", "w10"]),
        st.lists(
            st.tuples(st.sampled_from(WEEKS), st.sampled_from(["S1", "S2", "S9"]), st.integers(0, 2)),
            min_size=1,
            max_size=4,
            unique_by=lambda row: row[:2],
        ),
    ),
    max_size=5,
)


class TestOrderPlaysNoPart:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(files=FILES, rng=st.randoms(use_true_random=False))
    def test_of_arrival_and_commit_and_merges_in_between(self, new_client, files, rng):
        straight, shuffled = new_client().masters(), new_client()
        named = [
            (f"{number}-{name}.csv", [f"{w} {s} P1 {u}" for w, s, u in rows])
            for number, (name, rows) in enumerate(files)
        ]
        for file, lines in named:
            straight.bring("shipments", file, *lines)
        for file, lines in rng.sample(named, len(named)):
            shuffled.bring("shipments", file, *lines)
            if rng.random() < 0.3:
                shuffled.lake.materialise()
        versions = straight.lake.materialise()
        assert shuffled.masters().lake.materialise() == versions
        if files:
            rows = versions["shipments"].rows
            assert rows.delta_rows == sum(len(lines) for _, lines in named)
            assert rows.orphaned == sum(" S9 " in line for _, lines in named for line in lines)


class TestRerun:
    def test_nothing_new_writes_nothing(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S9 P1 1")
        client.bring("returns", "r.csv", "2019-07-29 S1 P1 13")
        versions = client.lake.materialise()
        before = list(client.store.list(""))
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12", "2019-07-29 S9 P1 1")
        assert [b for b in client.store.list("") if b not in before and "/receipts/" not in b.path] == []
        assert client.lake.materialise() == versions

    def test_a_new_file_makes_only_its_month_anew(self, client):
        client.bring("shipments", "all.csv", *(f"{week} S1 P1 12" for week in WEEKS))
        client.lake.materialise()
        before = {blob.path: blob.etag for blob in client.store.list("conditioned/shipments/")}
        client.bring("shipments", "new.csv", "2019-08-26 S1 P1 13")
        client.lake.materialise()
        changed = {
            b.path for b in client.store.list("conditioned/shipments/") if before.get(b.path) != b.etag
        }
        merged = {
            path.rpartition("/")[2] for path in changed if "/merged/" in path and path.endswith(".json")
        }
        parts = {path.rpartition("/")[2][:7] for path in changed if "/parts/" in path}
        assert (merged, parts) == ({"2019-08.json"}, {"2019-08"})

    def test_other_rules_make_a_file_pending_and_replace_what_it_left(self, client):
        client.bring(
            "shipments", "w31.csv", "2019-07-29 S1 P1 12", rejects="source,file\nshipments,w31.csv\n"
        )
        changed = client.with_other_rules("shipments")
        (raw,) = changed.lake.pending("shipments")
        assert changed.lake.materialise().keys() == {"stores", "products"}, (
            "what no longer counts is not mixed in"
        )
        changed.lake.commit(changed.condition("shipments", raw, "2019-07-29 S1 P1 1200"))
        version = changed.lake.materialise()["shipments"]
        assert changed.rows(version) == ["2019-07-29 S1 P1 1200"]
        assert version.rows.superseded == 0
        assert client.read("quarantine/shipments/w31.csv.rejected.csv") == []
        assert changed.lake.pending("shipments") == []

    def test_receipts_by_other_rules_are_warned_of(self, client):
        client.bring("shipments", "w31.csv", "2019-07-29 S1 P1 12")
        client.bring("shipments", "w32.csv", "2019-08-05 S1 P1 12")
        changed = client.with_other_rules("shipments")
        raw = changed.lake.pending("shipments")[0]
        changed.lake.commit(changed.condition("shipments", raw, "2019-07-29 S1 P1 1200"))
        assert changed.lake.materialise()["shipments"].warnings == ("outdated_receipts shipments 1",)
