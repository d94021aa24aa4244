"""The words about models, in a played environment of two slots; no app has to run for them."""

import json

import pytest

from delivery.__main__ import main
from local.folder import FolderStore
from shared.errors import MoveRefused
from shared.runs.lifecycle import Lifecycle
from shared.runs.published import read_published
from shared.runs.registry import Registry

FAST, SLOW = "north-texas.large.fast", "north-texas.large.slow"


@pytest.fixture
def registry(tmp_path, monkeypatch) -> Registry:
    monkeypatch.setenv("SHELFCAST_PLAY", str(tmp_path))
    monkeypatch.setenv("SHELFCAST_ACTOR", "Ann")
    monkeypatch.delenv("SHELFCAST_PROFILE", raising=False)
    return Registry(FolderStore(tmp_path / "dev" / "lake"))


def register(registry: Registry, slot: str, name: str, *, passed: bool = True) -> None:
    """Register a judged model."""
    metrics = {"forecast": {"mape": 0.31}, "historical_average": {"mape": 0.62}}
    tags = {
        "market": "North Texas", "gate_passed": passed, "reason": "MAPE 0.31", "metrics": metrics,
        "cutoff_week": "2019-08-05",
    }  # fmt: skip
    registry.store.put(f"work/{name}/tags.json", json.dumps(tags).encode())
    registry.store.put(f"work/{name}/weights.bin", name.encode())
    model = registry.register(slot, f"work/{name}")
    lives = Lifecycle(registry)
    lives.begin(model, by="run r1")
    lives.move(model, "awaiting_promotion" if passed else "rejected", by="run r1", why="MAPE 0.31")


@pytest.fixture
def models(capsys):
    def word(action: str, *more: str) -> str:
        assert main(["models", action, "--environment", "dev", *more]) == 0
        return capsys.readouterr().out

    return word


def serving(registry: Registry) -> dict[str, int | None]:
    return {
        slot: pointer and pointer.version for slot in (FAST, SLOW) for pointer in [registry.pointer(slot)]
    }


def test_all_that_awaits_promotion_is_promoted_once_and_nothing_that_failed(registry, models):
    register(registry, FAST, "a")
    register(registry, SLOW, "b", passed=False)
    shown = models("list")
    assert "awaiting_promotion" in shown
    assert "0.310" in shown
    assert "1 with a version that awaits promotion" in shown

    assert f"{FAST} v1 serves" in models("promote", "--why", "reviewed")
    assert serving(registry) == {FAST: 1, SLOW: None}
    life = Lifecycle(registry).life(registry.version(FAST, 1))
    assert (life.tags["state"], life.tags["state_by"], life.tags["state_why"]) == (
        "promoted",
        "Ann",
        "reviewed",
    )
    assert "Nothing awaits promotion" in models("promote")


def test_what_failed_its_gate_is_refused_by_name(registry, capsys):
    register(registry, SLOW, "b", passed=False)
    given = ["models", "promote", "--environment", "dev", "--slot", SLOW, "--version", "1"]
    assert main(given) == 1
    assert capsys.readouterr().err.startswith(f"{MoveRefused.__name__}: {SLOW} v1: is rejected")
    assert serving(registry)[SLOW] is None


def test_a_market_or_slot_without_models_is_refused_with_those_that_have(registry, capsys):
    register(registry, FAST, "a")
    for choice in (["--market", "Atlantis"], ["--slot", "atlantis.large.fast"]):
        assert main(["models", "promote", "--environment", "dev", *choice]) == 1
        assert f"has no model. Slots with models are: {FAST}" in capsys.readouterr().err


def test_only_the_market_s_slots_are_promoted(registry, models):
    register(registry, FAST, "a")
    assert f"{FAST} v1 serves" in models("promote", "--market", "North Texas")


def test_a_version_is_of_a_slot(registry, capsys):
    assert main(["models", "promote", "--environment", "dev", "--version", "1"]) == 2
    assert "give --slot, too" in capsys.readouterr().out


def test_what_was_published_is_rolled_back_once_however_often_it_is_asked_for(registry, models):
    for name in ("a", "b"):
        register(registry, FAST, name)
        models("promote")
        models("publish-scoring")
    assert read_published(registry.store).serving == {FAST: 2}

    for _ in range(2):
        assert f"{FAST}: v1 serves" in models("rollback", "--why", "forecasts too much")
    assert serving(registry)[FAST] == 1
    assert "Nothing awaits promotion" in models("promote")

    assert "published as" in models("publish-scoring")
    assert f"{FAST}: the baseline serves" in models("rollback")


def test_a_named_slot_is_rolled_back(registry, models):
    for slot in (FAST, SLOW):
        register(registry, slot, slot)
    models("promote")
    assert f"{SLOW}: the baseline serves" in models("rollback", "--slot", SLOW, "--version", "1")
    assert serving(registry) == {FAST: 1, SLOW: None}


def test_without_anything_to_roll_back_that_is_said(registry, models):
    assert "there is nothing to roll back" in models("rollback")


def test_every_move_is_in_the_audit_log_and_a_changed_one_is_found(registry, models, capsys):
    register(registry, FAST, "a")
    models("promote")
    models("publish-scoring")
    shown = models("audit")
    assert f"{FAST} v1 awaiting_promotion -> promoted by Ann" in shown
    assert "The audit log is whole" in shown

    path = registry.store._root / "audit" / "models" / "000000002.json"
    path.write_text(path.read_text().replace("run r1", "run r2"))
    assert main(["models", "audit", "--environment", "dev"]) == 1
    assert "000000003.json: the entry before it has been changed since" in capsys.readouterr().out
