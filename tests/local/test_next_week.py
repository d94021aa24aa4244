"""The week after the last one of the sample company."""

import csv
import gzip
import json
import zipfile

import pyarrow.parquet as pq
import pytest

from local.next_week import next_week
from shared.errors import ShelfcastError
from tests.local.conftest import SAMPLE


def test_every_weekly_source_gets_a_file_that_goes_on_where_the_last_one_ended(tmp_path):
    shipments, forecast, history, promotions = next_week(SAMPLE, tmp_path)
    last = sorted((SAMPLE / "shipments").glob("*-S*.csv"))[-1].name
    assert last == "livraisons_2018-S28_20180716.csv"
    assert shipments.name == "livraisons_2018-S29_20180723.csv"
    rows = list(csv.DictReader(shipments.read_text("latin-1").splitlines(), delimiter=";"))
    assert {row["Livraison"][3:] for row in rows} == {"07/2018"}
    with zipfile.ZipFile(forecast) as archive:
        (issued,) = {
            line.split(",")[0] for line in archive.read(archive.namelist()[0]).decode().splitlines()[1:]
        }
    assert issued == "2018-07-22T18:00:00Z"
    days = [json.loads(line)["date"] for line in gzip.decompress(history.read_bytes()).splitlines()]
    assert (min(days), max(days)) == ("2018-07-16", "2018-07-22")
    assert pq.read_table(promotions).num_rows


def test_a_market_can_be_late(tmp_path):
    everyone = next_week(SAMPLE, tmp_path / "all")[0].read_text("latin-1").splitlines()
    others = (
        next_week(SAMPLE, tmp_path / "some", without=["North Texas"])[0].read_text("latin-1").splitlines()
    )
    assert 1 < len(others) < len(everyone)
    assert set(others) < set(everyone)


def test_what_is_no_simulated_company_is_said(tmp_path):
    with pytest.raises(ShelfcastError, match="python -m local simulate"):
        next_week(tmp_path, tmp_path)
    with pytest.raises(ShelfcastError, match="no market Atlantis; there are"):
        next_week(SAMPLE, tmp_path, without=["Atlantis"])
