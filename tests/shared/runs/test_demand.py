"""A cell's demand is told apart by its rows alone: not by their order, nor by the files that brought them."""

import numpy as np
import pandas as pd
import pytest

from shared.errors import RowsLost
from shared.runs.demand import hash_rows, read_demand, read_stores

NORTH = ("North", "large")
WEEK = "2019-08-12"


def demand(company, clusters=None):
    versions = company.lake.materialise()
    return read_demand(
        company.store, versions, read_stores(company.store, versions["stores"], clusters or {})
    )


def digests(company, week=WEEK):
    found = demand(company)
    return found.digests(dict.fromkeys(found.shipment_rows, week))


def test_shipment_rows_are_counted_per_cell(company):
    assert demand(company).shipment_rows == {
        ("North", "large"): 4,
        ("North", "small"): 4,
        ("South", "large"): 4,
    }


def test_the_same_rows_in_other_files_are_the_same_demand(company, new_company, tmp_path):
    lines = [
        f"{week} S{s} P{p} 5" for week in ("2019-08-12", "2019-08-05") for p in (2, 1) for s in (3, 1, 2)
    ]
    other = new_company().masters()
    other.client.bring("shipments", "all.csv", *lines[7:])
    other.client.bring("shipments", "more.csv", *lines[:7])
    other.client.bring("returns", "r.csv", "2019-08-12 S1 P1 1", "2019-08-05 S1 P1 1")
    other.client.bring("promotions", "p.csv", "2019-08-05 S3 P1 2.5 - -", "2019-08-12 S3 P1 2.5 - -")
    assert digests(other) == digests(company)


@pytest.mark.parametrize(
    ("source", "line", "changed"),
    [
        ("shipments", "2019-08-05 S1 P1 6", ("North", "small")),
        ("returns", "2019-08-05 S2 P1 2", ("North", "large")),
        ("promotions", "2019-08-05 S3 P1 2.6 - -", ("South", "large")),
    ],
)
def test_a_corrected_row_changes_its_cell_only(company, source, line, changed):
    before = digests(company)
    company.client.bring(source, "z-correction.csv", line)
    after = digests(company)
    assert {cell for cell in before if before[cell] != after[cell]} == {changed}


def test_weeks_that_are_not_asked_for_play_no_part(company):
    before = digests(company, "2019-08-05")
    company.week("2019-08-19", units=9)
    assert digests(company, "2019-08-05") == before
    assert digests(company, "2019-08-19") != before


def test_what_is_known_ahead_of_a_week_without_shipments_changes_nothing(company):
    before = digests(company, "2019-08-19")
    company.client.bring("promotions", "ahead.csv", "2019-08-19 S3 P1 1.5 - -")
    assert digests(company, "2019-08-19") == before


def test_each_cell_may_have_a_week_of_its_own(company):
    found = demand(company)
    mixed = found.digests({NORTH: "2019-08-05", ("South", "large"): WEEK, ("East", "large"): WEEK})
    assert mixed[NORTH] == found.digests({NORTH: "2019-08-05"})[NORTH]
    assert mixed["South", "large"] == found.digests({("South", "large"): WEEK})["South", "large"]
    assert len(mixed) == 3


def test_a_part_is_read_once(company):
    before = demand(company)
    remembered = [blob.path for blob in company.store.list("work/_demand/")]
    assert len(remembered) == 3
    part = next(blob.path for blob in company.store.list("conditioned/shipments/parts/"))
    company.store.put(part, b"not read again")
    versions = {
        table: version
        for table in ("stores", "shipments", "returns", "promotions")
        if (version := company.lake.materialise()[table])
    }
    again = read_demand(company.store, versions, read_stores(company.store, versions["stores"], {}))
    pd.testing.assert_frame_equal(again.rows, before.rows)


def test_a_cluster_s_stores_are_a_market_of_its_name(company):
    found = demand(company, {"Pilot": ("S1", "S3")})
    assert set(found.shipment_rows) == {("North", "large"), ("Pilot", "large"), ("Pilot", "small")}


def test_a_store_without_a_market_is_lost(company):
    company.client.bring("stores", "t.csv", "S4 - TX 75001 - 50")
    with pytest.raises(RowsLost, match="1 stores have no market or no format, such as S4"):
        demand(company)


def test_rows_of_an_unknown_store_are_lost(company):
    versions = company.lake.materialise()
    stores = read_stores(company.store, versions["stores"], {}).query("store_id != 'S2'")
    with pytest.raises(RowsLost, match="such as S2"):
        read_demand(company.store, versions, stores)


def test_hashes_are_summed_per_store_and_week():
    generator = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "week_start": generator.choice(["2019-08-05", "2019-08-12"], 50),
            "store_id": generator.choice(["S1", "S2"], 50),
            "units_shipped": generator.integers(0, 9, 50).astype(str),
        }
    ).astype("category")
    single = pd.util.hash_pandas_object(rows, index=False)
    expected = {}
    for week, store, value in zip(rows["week_start"], rows["store_id"], single, strict=True):
        count, total = expected.get((store, week), (0, 0))
        expected[store, week] = (count + 1, (total + int(value)) % 2**64)
    found = {(s, w): (n, int(d)) for s, w, n, d in hash_rows(rows).itertuples(index=False)}
    assert found == expected
