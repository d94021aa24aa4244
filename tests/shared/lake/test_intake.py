"""Raw blobs, conditioned once per content, wherever the lake lies."""

import csv
import io

import pytest

from local.memory import MemoryStore
from shared.errors import BlobMissing, LakeError, WriteConflict
from shared.lake import Lake
from shared.lake.intake import condition_blob, give_up
from tests.shared.lake.conftest import make_profile

PATH = "raw/products/products.csv"
HEADER = b"product_id,category,brand,pack_size\n"


class CountingStore(MemoryStore):
    """Remembers what was written, and lets a test act in the middle of a read."""

    def __init__(self):
        super().__init__()
        self.written = []
        self.while_reading = lambda: None

    def put(self, path, content, *, if_match=None):
        self.written.append(path)
        return super().put(path, content, if_match=if_match)

    def open(self, path):
        opened = super().open(path)
        if path == PATH:
            self.while_reading()
        return opened


@pytest.fixture
def lake():
    lake = Lake(CountingStore(), make_profile())
    lake.store.put(PATH, HEADER + b"P1,bread,Good,6\n")
    return lake


def products(lake):
    return lake.materialise()["products"].rows.weekly_rows


def test_a_blob_is_conditioned_in_place(lake):
    receipt = condition_blob(lake, "products", PATH)
    assert (receipt.name, receipt.report["accepted"]) == (PATH, {"products": 1})
    assert lake.pending("products") == []


def test_the_same_event_again_writes_nothing(lake):
    first = condition_blob(lake, "products", PATH)
    lake.store.written.clear()
    assert condition_blob(lake, "products", PATH) == first
    assert lake.store.written == []


def test_other_bytes_under_the_same_path_are_conditioned_anew(lake):
    condition_blob(lake, "products", PATH)
    lake.store.put(PATH, HEADER + b"P1,bread,Good,6\nP2,milk,Good,1\n")
    assert condition_blob(lake, "products", PATH).report["accepted"] == {"products": 2}


def test_a_file_replaced_while_it_is_conditioned_is_not_taken_for_the_new_one(lake):
    lake.store.while_reading = lambda: lake.store.put(PATH, HEADER + b"P9,milk,Good,1\n")
    with pytest.raises(WriteConflict, match="replaced"):
        condition_blob(lake, "products", PATH)
    assert [raw.path for raw in lake.pending("products")] == [PATH]


def test_a_file_that_is_gone_is_said_to_be(lake):
    with pytest.raises(BlobMissing):
        condition_blob(lake, "products", "raw/products/never-there.csv")


def test_an_unknown_source_is_refused(lake):
    with pytest.raises(LakeError, match="no source 'sales'"):
        condition_blob(lake, "sales", "raw/sales/x.csv")


def test_a_file_that_was_given_up_lies_in_quarantine_with_its_reason(lake):
    receipt = give_up(lake, "products", PATH, "it broke down five times")
    assert receipt.report["refused"] == "gave_up"
    rows = list(csv.DictReader(io.TextIOWrapper(lake.store.open(receipt.rejects))))
    assert [(row["reason"], row["row"]) for row in rows] == [("gave_up", "0")]
    assert lake.pending("products") == []


def test_giving_up_leaves_a_conditioned_file_alone(lake):
    done = condition_blob(lake, "products", PATH)
    assert give_up(lake, "products", PATH, "late news") == done
    assert give_up(lake, "products", "raw/products/gone.csv", "") is None
