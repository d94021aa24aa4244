import random
from collections import Counter

import pytest

from tests.local.host.conftest import ask, wait_for


def created(path, etag="0x1", number=0):
    container, _, name = path.partition("/")
    return {
        "id": f"event-{number}",
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/{container}/blobs/{name}",
        "data": {"eTag": etag, "contentLength": 1, "url": f"https://x.blob.core.windows.net/{path}"},
    }


def done(host):
    return host.receipts.counts().get("done", 0)


def test_each_blob_is_told_once_per_content_whatever_its_folder(world):
    world.lake.put("raw/shipments/2019/a.csv", b"one")
    world.lake.put("raw/returns/b.csv", b"other")
    with world.host() as host:
        wait_for(lambda: world.notes("blob"))
        world.lake.put("raw/shipments/2019/a.csv", b"two")
        wait_for(lambda: len(world.notes("blob")) == 2 and done(host) == 2)
    with world.host() as host:  # what is done stays done
        world.lake.put("raw/shipments/c.csv", b"three")
        wait_for(lambda: done(host) == 3)
    assert [(n["name"], n["length"], n["content"]) for n in world.notes("blob")] == [
        ("raw/shipments/2019/a.csv", 3, "one"),
        ("raw/shipments/2019/a.csv", 3, "two"),
        ("raw/shipments/c.csv", 5, "three"),
    ]


def test_posted_events_are_delivered_as_often_as_they_come(world):
    with world.host(workers=2, listing_seconds=3600) as host:
        names = [f"raw/shipments/{n}.csv" for n in range(5)]
        for name in names:
            world.lake.put(name, name.encode())
        events = [created(name, number=n) for n, name in enumerate(3 * names)]
        random.Random(7).shuffle(events)
        assert ask(host.webhook("blobs", "condition_shipments"), events).status == 202
        assert ask(host.webhook("blobs", "condition_shipments"), [created("raw/returns/x.csv")]).status == 202
        wait_for(lambda: done(host) >= 15 and "waiting" not in host.receipts.counts())
        told = Counter(n["content"] for n in world.notes("blob"))
        assert set(told) == set(names)
        assert set(told.values()) <= {3, 4}  # the host's first look may have found some, too
        assert ask(host.webhook("blobs", "nobody"), events).status == 404
        assert ask(host.webhook("blobs", "condition_shipments")[:-1], events).status == 401


def test_a_blob_that_fails_is_tried_five_times_and_ends_in_the_poison_queue(world):
    world.lake.put("raw/shipments/bad.csv", b"bad")
    with world.host() as host:
        (poison,) = wait_for(lambda: world.notes("poison"))
        assert poison["body"]["FunctionId"] == "Host.Functions.condition_shipments"
        assert (poison["body"]["ContainerName"], poison["body"]["BlobName"]) == ("raw", "shipments/bad.csv")
        assert poison["count"] == 1
        status = ask(f"{host.url}/admin/host/status").json
        assert status["deliveries"] == {"poison": 1}
        assert (status["lastErrors"][0]["attempts"], status["deadLetters"]) == (5, [])
        assert "no such column" in status["lastErrors"][0]["error"]


def test_a_poison_message_that_nobody_takes_is_kept_as_a_dead_letter(world):
    world.lake.put("raw/shipments/bad.csv", b"bad")
    with world.host({"POISON_FAILS": "1"}) as host:
        (dead,) = wait_for(host.receipts.dead_letters)
    assert dead["attempts"] == 5
    assert "no place to put it" in dead["error"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_blob_that_kills_its_worker_is_tried_again_in_a_new_one(world, workers):
    world.lake.put("raw/shipments/deadly.csv", b"deadly")
    with world.host(workers=workers) as host:
        wait_for(lambda: done(host) == 1)
    assert [n["content"] for n in world.notes("blob")] == ["deadly"]
