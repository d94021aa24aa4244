"""The registry in the lake: integer versions, one per content, and a pointer that never goes back in time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from local.memory import MemoryStore
from shared.errors import BlobMissing, LakeError
from shared.runs.registry import Registry

SLOT = "arizona.large.fast"
NOON = datetime(2019, 8, 5, 12, tzinfo=UTC)


@pytest.fixture
def registry() -> Registry:
    return Registry(MemoryStore(), now=lambda: NOON)


def model(registry: Registry, folder: str, weights: bytes = b"weights", **tags: object) -> str:
    registry.store.put(f"{folder}/weights.bin", weights)
    registry.store.put(f"{folder}/tags.json", json.dumps(tags).encode())
    return folder


def test_versions_are_integers_from_one(registry):
    first = registry.register(SLOT, model(registry, "work/a", b"one", mape=0.3))
    second = registry.register(SLOT, model(registry, "work/b", b"two", mape=0.2))
    assert (first.version, second.version) == (1, 2)
    assert [v.tags["mape"] for v in registry.versions(SLOT)] == [0.3, 0.2]
    assert second.path == f"models/{SLOT}/2"
    assert registry.slots() == [SLOT]


def test_the_same_files_are_the_same_version(registry):
    registry.register(SLOT, model(registry, "work/a", b"one"))
    registry.register(SLOT, model(registry, "work/b", b"two"))
    assert registry.register(SLOT, model(registry, "work/c", b"one")).version == 1
    assert registry.numbers(SLOT) == [1, 2]


def test_registered_by_many_at_once_there_is_one_version_per_content(registry):
    folders = [model(registry, f"work/{n}", b"content %d" % (n % 3)) for n in range(12)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda folder: registry.register(SLOT, folder).version, folders))
    assert registry.numbers(SLOT) == [1, 2, 3]
    assert [made[n] for n in range(3)] == made[3:6] == made[6:9] == made[9:]


def test_a_version_that_was_not_copied_to_its_end_is_none_and_is_completed(registry):
    folder = model(registry, "work/a", b"one")
    registry.register(SLOT, folder)
    copy = MemoryStore()
    for blob in registry.store.list(""):
        if not blob.path.endswith(("registered.json", f"{SLOT}/1/weights.bin")):
            with registry.store.open(blob.path) as content:
                copy.put(blob.path, content.read())
    killed = Registry(copy)
    assert killed.versions(SLOT) == []
    assert killed.slots() == []
    assert killed.register(SLOT, folder).version == 1
    assert killed.numbers(SLOT) == [1]


def test_a_damaged_model_is_mended_when_it_is_registered_again(registry):
    folder = model(registry, "work/a", b"one")
    path = registry.register(SLOT, folder).path
    registry.store.put(f"{path}/weights.bin", b"damaged")
    registry.register(SLOT, folder)
    with registry.store.open(f"{path}/weights.bin") as blob:
        assert blob.read() == b"one"


def test_the_step_report_is_no_part_of_a_model(registry):
    folder = model(registry, "work/a")
    registry.register(SLOT, folder)
    registry.store.put(f"{folder}/step_report.json", b"{}")
    assert registry.register(SLOT, folder).version == 1


def test_what_has_no_tags_is_no_model(registry):
    registry.store.put("work/a/weights.bin", b"one")
    with pytest.raises(LakeError, match=r"no tags\.json"):
        registry.register(SLOT, "work/a")


def test_nothing_serves_until_it_is_told(registry):
    registry.register(SLOT, model(registry, "work/a"))
    assert registry.serving(SLOT) is None
    registry.serve(SLOT, 1, "passed the gate")
    assert registry.serving(SLOT).version == 1
    registry.serve(SLOT, None, "MAPE 0.51 is above 0.45")
    assert registry.serving(SLOT) is None
    assert registry.pointer(SLOT).reason == "MAPE 0.51 is above 0.45"


def test_a_version_that_is_not_there_does_not_serve(registry):
    with pytest.raises(BlobMissing):
        registry.serve(SLOT, 7, "by mistake")


def test_a_model_of_an_older_week_does_not_take_the_place_of_a_newer_one(registry):
    old = registry.register(SLOT, model(registry, "work/a", b"old", cutoff_week="2019-07-29"))
    new = registry.register(SLOT, model(registry, "work/b", b"new", cutoff_week="2019-08-05"))
    assert registry.promote(old, "good")
    assert registry.promote(new, "better")
    assert not registry.promote(old, "again")
    assert registry.serving(SLOT) == new


def test_a_serving_model_is_copied_without_the_registry_s_own_files(registry):
    version = registry.register(SLOT, model(registry, "work/a")).version
    registry.copy_serving(SLOT, version, "work/serving/fast")
    names = [blob.path for blob in registry.store.list("work/serving/")]
    assert names == ["work/serving/fast/tags.json", "work/serving/fast/weights.bin"]
