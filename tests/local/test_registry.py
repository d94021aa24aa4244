"""The folder registry: integer versions, idempotent registration, a serving pointer."""

import json
from pathlib import Path

import pytest

from local.registry import FolderRegistry

SLOT = "arizona.large.fast"


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    return FolderRegistry(tmp_path / "models")


def model(folder: Path, weights: bytes, **tags: object) -> Path:
    folder.mkdir()
    (folder / "weights.bin").write_bytes(weights)
    (folder / "tags.json").write_text(json.dumps(tags))
    return folder


def test_versions_are_integers_from_one(registry, tmp_path):
    first = registry.register(SLOT, model(tmp_path / "a", b"one", mape=0.3))
    second = registry.register(SLOT, model(tmp_path / "b", b"two", mape=0.2))
    assert (first.version, second.version) == (1, 2)
    assert [v.tags["mape"] for v in registry.versions(SLOT)] == [0.3, 0.2]


def test_the_same_bytes_register_once(registry, tmp_path):
    registry.register(SLOT, model(tmp_path / "a", b"one"))
    again = registry.register(SLOT, model(tmp_path / "b", b"one"))
    assert again.version == 1
    assert len(registry.versions(SLOT)) == 1


def test_nothing_serves_until_it_is_told(registry, tmp_path):
    registry.register(SLOT, model(tmp_path / "a", b"one"))
    assert registry.serving(SLOT) is None
    registry.serve(SLOT, 1, reason="passed the gate")
    assert registry.serving(SLOT).version == 1
    registry.serve(SLOT, None, reason="MAPE 0.51 is above 0.45")
    assert registry.serving(SLOT) is None


def test_a_killed_copy_is_no_version(registry, tmp_path):
    (registry.root / SLOT / "1.partial").mkdir(parents=True)
    assert registry.slots() == []
    assert registry.register(SLOT, model(tmp_path / "a", b"one")).version == 1
    assert registry.slots() == [SLOT]
