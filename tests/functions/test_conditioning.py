"""Raw files in, receipts and quarantine out, whatever they are called and whatever becomes of them."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from functions.arrivals import settled
from functions.bootstrap import edges
from functions.conditioning import condition_and_record, give_up_and_record
from local.host.blobs import POISON_QUEUE
from monitor import schema
from tests.functions.company import MASTER_FILES, ask, faults, running_company, shipments, wait_for

WEEK = "2019-07-01"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_company(tmp_path_factory.mktemp("company"), weeks=0) as company:
        for source, rows in MASTER_FILES.items():
            company.bring(source, f"{source}.csv", *rows)
        yield company


def receipt(company, path):
    lake = edges().lake
    raw = lake.find(path.split("/")[1], path)
    return lake.receipt(raw) if raw and lake.is_done(raw) else None


def conditioned(company, path):
    return wait_for(lambda: receipt(company, path))


def settle(company):
    """Wait until every delivery and every message has been dealt with."""

    def settled():
        counts = company.host.receipts.counts()
        return not counts.get("waiting") and not company.host.receipts.messages(POISON_QUEUE)

    wait_for(settled)


def everything(company):
    """Return what lies in the lake, but for what people were told."""
    return {(blob.path, blob.etag) for blob in company.store.list("") if not blob.path.startswith("audit/")}


def alerts(company, subject):
    rows = edges().ledger._engine.connect()
    with rows:
        found = rows.execute(select(schema.alerts).where(schema.alerts.c.subject == subject))
        return [(row.kind, row.text) for row in found]


def say_created(company, path, function="condition_shipments"):
    """Post the event of a blob as Event Grid does."""
    container, _, name = path.partition("/")
    found = company.store.stat(path)
    event = {
        "id": "1",
        "topic": "t",
        "subject": f"/blobServices/default/containers/{container}/blobs/{name}",
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": "2019-08-05T06:00:00Z",
        "data": {
            "eTag": found.etag if found else "gone",
            "contentLength": found.size if found else 1,
            "url": f"https://lake.blob.core.windows.net/{quote(path)}",
        },
        "dataVersion": "",
        "metadataVersion": "1",
    }
    return ask(company.host.webhook("blobs", function), [event], method="POST").status


def test_a_file_leaves_its_receipt_and_what_was_rejected(company):
    path = company.bring("shipments", "a.csv", *shipments(WEEK), (WEEK, "S0L", "P1", "many"))
    report = conditioned(company, path).report
    assert report["rejected"] == {"bad_number": 1}
    with company.store.open("quarantine/shipments/a.csv.rejected.csv") as rejected:
        assert b"many" in rejected.read()


def test_the_same_event_again_changes_nothing(company):
    path = company.bring("shipments", "b.csv", *shipments("2019-07-08"))
    conditioned(company, path)
    settle(company)
    before, instances = everything(company), company.traces()
    for _ in range(3):
        assert say_created(company, path) == 202
    settle(company)
    assert (everything(company), company.traces()) == (before, instances)


@pytest.mark.parametrize(
    "name",
    [
        "two words.csv",
        "läden und größen.csv",
        "la\N{COMBINING DIAERESIS}den.csv",
        "100%.csv",
        "%2e%2e%2f.csv",
        "a#1.csv",
        "a?b=c&d.csv",
        "2019/07/week 1.csv",
        "a+b.csv",
        "week~r2.csv",
        "日本.csv",
        "'; drop table runs; --.csv",
        "no suffix",
        ".hidden",
        "x" * 200 + ".csv",
        "x" * 251 + ".csv",
        "ß" * 120 + ".csv",
    ],
)
def test_a_file_may_have_any_name(company, name):
    path = company.bring("shipments", name, *shipments(WEEK))
    assert conditioned(company, path).report["rejected"] == {}
    settle(company)
    before = everything(company)
    assert say_created(company, path) == 202
    settle(company)
    assert everything(company) == before


def test_a_file_on_which_conditioning_breaks_down_is_set_aside_and_blocks_nothing(company):
    path = "raw/shipments/broken.csv"
    faults[path] = 5
    company.bring("shipments", "broken.csv", *shipments(WEEK))
    other = company.bring("shipments", "sound.csv", *shipments("2019-07-15"))
    assert conditioned(company, other).report["rejected"] == {}
    assert "gave_up" in conditioned(company, path).report["refused"]
    settle(company)
    assert faults[path] == 0
    ((kind, words),) = alerts(company, path)
    assert (kind, "replay the source" in words) == ("poison", True)
    assert wait_for(settled) in str(company.traces()[0])


def test_a_file_that_cannot_even_be_set_aside_is_told_all_the_same(company):
    path = "raw/shipments/unreadable.csv"
    faults[path] = 10
    company.bring("shipments", "unreadable.csv", *shipments(WEEK))
    wait_for(lambda: faults[path] == 0)
    settle(company)
    assert [kind for kind, _ in alerts(company, path)] == ["poison"]
    company.bring("shipments", "unreadable.csv", *shipments(WEEK))
    assert conditioned(company, path).report["refused"] is None


def test_a_file_that_is_gone_by_now_has_nothing_to_say(company, caplog):
    settle(company)
    before = everything(company)
    assert say_created(company, "raw/shipments/gone.csv") == 202
    condition_and_record("shipments", "raw/shipments/gone.csv", "ab" * 16)
    give_up_and_record(poison("gone.csv"), "ab" * 16)
    settle(company)
    assert everything(company) == before
    assert "gone before it was conditioned" in caplog.text


def poison(name):
    return {
        "FunctionId": "Host.Functions.condition_shipments",
        "ContainerName": "raw",
        "BlobName": f"shipments/{name}",
    }


def test_a_file_that_a_later_one_replaces_at_once_is_conditioned_as_the_later_one(company):
    for units in range(5):
        path = company.bring("shipments", "replaced.csv", (WEEK, "S0L", "P1", str(units)))
    settle(company)
    assert conditioned(company, path).etag == company.store.stat(path).etag
