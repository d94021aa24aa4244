"""Rules that need several tables: formats, orphans, missing weeks, oversized returns."""

import pytest

from shared.errors import HistoryIncomplete
from shared.lake import read_current


def formats(client, version) -> dict[str, str]:
    return {line.split(" ")[0]: line.split(" ")[4] for line in client.rows(version)}


class TestFormats:
    def test_by_storage_capacity_at_the_border_is_large(self, new_client):
        client = new_client(formats={"by": "storage_capacity", "large_at": 100})
        client.bring("stores", "s.csv", *(f"S{c} North TX 75001 - {c}" for c in ("99.9", "100", "-")))
        stores = client.lake.materialise()["stores"]
        assert formats(client, stores) == {"S-": "small", "S100": "large", "S99.9": "small"}
        assert stores.warnings == ("no_storage_capacity 1",)

    def test_what_the_source_says_stands(self, new_client):
        client = new_client()
        client.bring("stores", "s.csv", "S1 North TX 75001 small 999", "S2 North TX 75001 large -")
        stores = client.lake.materialise()["stores"]
        assert formats(client, stores) == {"S1": "small", "S2": "large"}
        assert stores.warnings == ()

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            # Of three stores in the north the median has 2 products, and is small itself; the south has one store.
            ({}, {"N1": "small", "N2": "small", "N3": "large", "N4": "small", "S1": "small"}),
            ({"large_at": 2}, {"N1": "small", "N2": "large", "N3": "large", "N4": "small", "S1": "large"}),
        ],
    )
    def test_by_assortment(self, new_client, rule, expected):
        client = new_client(formats={"by": "assortment", **rule})
        client.bring("stores", "s.csv", *(f"{s} {s[0]} TX 75001 - -" for s in ("N1", "N2", "N3", "N4", "S1")))
        client.bring("products", "p.csv", *(f"P{n} soda - -" for n in range(4)))
        listed = {"N1": 1, "N2": 2, "N3": 3, "S1": 2}
        for week in ("2019-07-29", "2019-08-05"):
            client.bring(
                "shipments",
                f"{week}.csv",
                *(f"{week} {s} P{p} 5" for s, n in listed.items() for p in range(n)),
            )
        client.bring("shipments", "nothing.csv", "2019-08-05 N1 P3 0")
        stores = client.lake.materialise()["stores"]
        assert formats(client, stores) == expected
        assert stores.warnings == ("no_assortment 1",)
        assert client.lake.materialise()["stores"] == stores

    def test_a_store_whose_assortment_grows_becomes_large(self, new_client):
        client = new_client(formats={"by": "assortment", "large_at": 2}).masters()
        client.bring("shipments", "w1.csv", "2019-07-29 S1 P1 5")
        assert formats(client, client.lake.materialise()["stores"])["S1"] == "small"
        client.bring("shipments", "w2.csv", "2019-08-05 S1 P2 5")
        assert formats(client, client.lake.materialise()["stores"])["S1"] == "large"


class TestOrphans:
    def test_go_to_quarantine_with_their_values_file_and_reason(self, client):
        client.bring(
            "shipments",
            "w1.csv",
            "2019-07-29 S1 P1 5",
            "2019-07-29 S8 P1 6",
            "2019-07-29 S1 P9 7",
            "2019-07-29 S8 P9 8",
        )
        version = client.lake.materialise()["shipments"]
        assert client.rows(version) == ["2019-07-29 S1 P1 5"]
        assert (
            version.reports["orphans/shipments"].path == f"quarantine/shipments/orphans-{version.version}.csv"
        )
        assert client.report(version, "orphans/shipments") == [
            "shipments raw/shipments/w1.csv shipments unknown_product 2019-07-29 S1 P9 7 - -",
            "shipments raw/shipments/w1.csv shipments unknown_store 2019-07-29 S8 P1 6 - -",
            "shipments raw/shipments/w1.csv shipments unknown_store 2019-07-29 S8 P9 8 - -",
        ]

    def test_heal_when_the_master_data_arrive(self, client):
        client.bring("shipments", "w1.csv", "2019-07-29 S8 P1 6")
        client.bring("demographics", "d.csv", "S8 2019-01-01 100 - - -")
        assert client.lake.materialise()["shipments"].rows.orphaned == 1
        client.bring("stores", "stores-new.csv", "S8 North TX 75001 - 50")
        versions = client.lake.materialise()
        assert client.rows(versions["shipments"]) == ["2019-07-29 S8 P1 6"]
        assert client.rows(versions["demographics"]) == ["S8 2019-01-01 100 - - -"]
        assert versions["shipments"].reports == versions["demographics"].reports == {}

    def test_a_file_that_comes_again_has_its_orphans_again(self, client):
        for file in ("w1.csv", "w1-again.csv"):
            client.bring("shipments", file, "2019-07-29 S8 P1 6")
        rows = client.lake.materialise()["shipments"].rows
        assert (rows.delta_rows, rows.orphaned, rows.repeated, rows.weekly_rows) == (2, 2, 0, 0)

    def test_an_orphan_that_a_spreadsheet_would_execute_is_made_harmless(self, client):
        client.bring("shipments", "w1.csv", "2019-07-29 =1+1 P1 6")
        (line,) = client.report(client.lake.materialise()["shipments"], "orphans/shipments")
        assert " '=1+1 P1 6" in line

    def test_unlisted_products_are_kept_where_the_profile_says_so(self, new_client):
        client = new_client(orphans={"products": "keep", "category": "delisted"}).masters()
        client.bring("shipments", "w1.csv", "2019-07-29 S1 P0 5", "2019-07-29 S8 P00 5")
        client.bring("returns", "r.csv", "2019-07-29 S1 P7 1")
        versions = client.lake.materialise()
        assert client.rows(versions["products"]) == [
            "P0 delisted - -", "P1 soda - -", "P2 soda - -", "P3 soda - -", "P7 delisted - -",
        ]  # fmt: skip
        assert versions["products"].warnings == ("unlisted_products 2",)
        assert (versions["products"].rows.kept, versions["products"].rows.weekly_rows) == (3, 5)
        assert client.rows(versions["shipments"]) == ["2019-07-29 S1 P0 5"]
        client.bring("products", "more.csv", "P0 juice - -")
        assert "P0 juice - -" in client.rows(client.lake.materialise()["products"])

    def test_products_are_kept_where_no_list_was_ever_delivered(self, new_client):
        client = new_client(orphans={"products": "keep", "category": "unlisted"})
        client.bring("stores", "stores.csv", "S1 North TX 75001 - 50")
        client.bring("shipments", "w1.csv", "2019-07-29 S1 P2 5", "2019-07-29 S1 P1 5")
        assert client.rows(client.lake.materialise()["products"]) == ["P1 unlisted - -", "P2 unlisted - -"]

    def test_shipments_may_come_before_any_master_data(self, new_client):
        client = new_client()
        client.bring("shipments", "w1.csv", "2019-07-29 S1 P1 5")
        early = client.lake.materialise()["shipments"]
        assert (early.rows.orphaned, early.parts, early.alias) == (1, (), "all")
        assert client.rows(client.masters().lake.materialise()["shipments"]) == ["2019-07-29 S1 P1 5"]


class TestWeeks:
    def bring_gaps(self, client):
        client.masters()
        client.bring("shipments", "a.csv", "2019-07-29 S1 P1 5", "2019-08-12 S1 P1 5", "2019-09-02 S1 P1 0")
        client.bring("shipments", "b.csv", "2019-08-05 S8 P1 5")  # an orphan fills no gap
        return client

    def test_without_any_shipment_are_warned_of(self, new_client):
        version = self.bring_gaps(new_client()).lake.materialise()["shipments"]
        assert version.warnings == tuple(
            f"missing_week {w}" for w in ("2019-08-05", "2019-08-19", "2019-08-26")
        )

    def test_without_any_shipment_end_the_run_where_the_profile_says_so(self, new_client):
        client = self.bring_gaps(new_client(completeness={"missing_week": "fail"}))
        with pytest.raises(HistoryIncomplete, match=r"3 weeks .* 2019-08-05, 2019-08-19, 2019-08-26"):
            client.lake.materialise()
        assert read_current(client.store, "shipments") is None
        client.bring("shipments", "c.csv", *(f"2019-08-{day} S1 P1 5" for day in ("05", "19", "26")))
        assert client.lake.materialise()["shipments"].warnings == ()


class TestReturns:
    def test_above_their_shipment_are_reported_and_kept(self, client):
        client.bring("shipments", "s.csv", "2019-07-29 S1 P1 5", "2019-07-29 S1 P2 5", "2019-07-29 S1 P3 0")
        lines = (
            "2019-07-29 S1 P1 5",
            "2019-07-29 S1 P2 5.5",
            "2019-07-29 S1 P3 0",
            "2019-07-29 S2 P1 0",
            "2019-08-05 S1 P1 2",
        )
        client.bring("returns", "r.csv", *lines)
        version = client.lake.materialise()["returns"]
        assert client.rows(version) == list(lines)
        assert version.warnings == ("oversized_returns 3",)
        path = version.reports["oversized"].path
        assert path == f"conditioned/returns/reports/{version.version}-oversized.csv"
        assert client.read(path) == [
            "week_start store_id product_id units_returned units_shipped",
            "2019-07-29 S1 P2 5.5 5",
            "2019-07-29 S2 P1 0 -",
            "2019-08-05 S1 P1 2 -",
        ]

    def test_are_compared_anew_when_their_shipment_is_corrected(self, client):
        client.bring("shipments", "s.csv", "2019-07-29 S1 P1 5")
        client.bring("returns", "r.csv", "2019-07-29 S1 P1 6")
        assert client.lake.materialise()["returns"].warnings == ("oversized_returns 1",)
        client.bring("shipments", "t.csv", "2019-07-29 S1 P1 6")
        assert client.lake.materialise()["returns"].warnings == ()


def test_columns_that_the_profile_adds_come_last_and_by_name(new_client, source_block):
    block = source_block("demographics")
    block["columns"] |= {"z_share": {"from": "z"}, "a_share": {"from": "a"}}
    client = new_client(added={"demographics": block}).masters()
    client.bring("demographics", "d.csv", "S1 2019-01-01 100 - - -")
    version = client.lake.materialise()["demographics"]
    assert version.columns[-2:] == ("a_share", "z_share")
    assert client.rows(version) == ["S1 2019-01-01 100 - - - - -"], "a delta without them has them empty"


def test_days_and_lines_of_two_sources_become_weeks(client):
    client.bring(
        "shipments", "a.csv", "2019-07-29 S1 P1 5 2019-07-29", "2019-07-29 S1 P1 6 2019-07-30", grain="day"
    )
    client.bring(
        "shipments",
        "b.csv",
        "2019-07-29 S2 P1 5 2019-07-29 I1",
        "2019-07-29 S2 P1 5 2019-07-29 I2",
        grain="line",
    )
    version = client.lake.materialise()["shipments"]
    assert client.rows(version) == ["2019-07-29 S1 P1 11", "2019-07-29 S2 P1 10"]
    assert (version.rows.kept, version.rows.weekly_rows) == (4, 2)
