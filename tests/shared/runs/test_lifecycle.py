"""What a model version may become, and that every move is told once."""

import json
from datetime import UTC, datetime

import pytest

from local.memory import MemoryStore
from shared.errors import MoveRefused
from shared.ports import ModelVersion
from shared.runs.audit import AuditLog
from shared.runs.lifecycle import MOVES, Lifecycle
from shared.runs.registry import Registry

SLOT = "arizona.large.fast"
NOON = datetime(2019, 8, 5, 12, tzinfo=UTC)
BY = {"by": "somebody", "why": "it is better"}


@pytest.fixture
def lives() -> Lifecycle:
    return Lifecycle(Registry(MemoryStore(), now=lambda: NOON))


def register(lives: Lifecycle, name: str, *, passed: bool = True, week: str = "2019-08-05") -> ModelVersion:
    """Register a model that has been judged; it awaits promotion where it passed."""
    store, folder = lives.registry.store, f"work/{name}"
    tags = {"gate_passed": passed, "reason": "MAPE 0.9 is above 0.45", "cutoff_week": week}
    store.put(f"{folder}/weights.bin", name.encode())
    store.put(f"{folder}/tags.json", json.dumps(tags).encode())
    model = lives.registry.register(SLOT, folder)
    lives.begin(model, by="run r1")
    lives.move(model, "awaiting_promotion" if passed else "rejected", by="run r1", why="judged")
    return model


def told(lives: Lifecycle) -> list[str]:
    return [
        f"{e.fact.subject[-2:]} {e.fact.what}" for e in AuditLog(lives.registry.store, "models").entries()
    ]


def states(lives: Lifecycle) -> list[str]:
    return [lives.life(model).state for model in lives.registry.versions(SLOT)]


def test_a_version_is_promoted_and_the_one_before_gives_way(lives):
    first, second = register(lives, "a"), register(lives, "b")
    assert lives.promote(first, **BY)
    assert lives.promote(second, **BY)

    assert states(lives) == ["superseded", "promoted"]
    assert lives.registry.serving(SLOT) == second
    assert told(lives) == [
        "v1 registered", "v1 awaiting_promotion", "v2 registered", "v2 awaiting_promotion",
        "v1 promoted", "v2 promoted", "v1 superseded",
    ]  # fmt: skip
    assert lives.life(second).tags == {
        "state": "promoted",
        "state_since": "2019-08-05T12:00:00+00:00",
        "state_by": "somebody",
        "state_why": "it is better",
    }


def test_promoted_again_nothing_changes(lives):
    model = register(lives, "a")
    lives.promote(model, **BY)
    before = lives.registry.store._blobs.copy()
    assert lives.promote(model, by="another", why="once more")
    assert {
        path: blob
        for path, blob in lives.registry.store._blobs.items()
        if path != f"models/{SLOT}/serving.json"
    } == {path: blob for path, blob in before.items() if path != f"models/{SLOT}/serving.json"}


def test_versions_that_were_overtaken_while_they_waited_are_superseded(lives):
    register(lives, "a")
    lives.promote(register(lives, "b"), **BY)
    assert states(lives) == ["superseded", "promoted"]
    assert lives.awaiting(SLOT) == []


def test_a_model_of_a_newer_week_goes_on_serving(lives):
    newer, older = register(lives, "a", week="2019-08-12"), register(lives, "b", week="2019-08-05")
    lives.promote(newer, **BY)
    assert not lives.promote(older, **BY)
    assert states(lives) == ["promoted", "superseded"]


def test_what_failed_its_gate_is_refused(lives):
    model = register(lives, "a", passed=False)
    with pytest.raises(
        MoveRefused, match=r"arizona.large.fast v1: is rejected, and cannot become promoted. Train"
    ):
        lives.promote(model, **BY)
    assert lives.registry.serving(SLOT) is None


def test_a_version_without_a_verdict_of_its_gate_is_refused(lives):
    model = register(lives, "a", passed=False)
    lives.registry.store._blobs.pop(f"{model.path}/life.json")
    with pytest.raises(MoveRefused, match=r"failed its gate: MAPE 0.9 is above 0.45"):
        lives.promote(model, **BY)


def test_rolled_back_the_previous_version_serves_and_the_bad_one_never_again(lives):
    first, second = register(lives, "a"), register(lives, "b")
    lives.promote(first, **BY)
    lives.promote(second, **BY)

    assert lives.roll_back(SLOT, by="somebody", why="it forecasts too much") == first
    assert states(lives) == ["promoted", "rolled_back"]
    assert lives.registry.pointer(SLOT).reason == "v2 was rolled back: it forecasts too much"
    with pytest.raises(MoveRefused, match=r"v2: is rolled_back, and cannot become promoted. Train it again"):
        lives.promote(second, **BY)
    assert told(lives)[-2:] == ["v2 rolled_back", "v1 promoted"]


def test_rolled_back_by_its_number_twice_it_is_once(lives):
    first, second = register(lives, "a"), register(lives, "b")
    lives.promote(first, **BY)
    lives.promote(second, **BY)
    for _ in range(2):
        assert lives.roll_back(SLOT, version=2, **BY) == first
    assert states(lives) == ["promoted", "rolled_back"]
    register(lives, "c")
    with pytest.raises(MoveRefused, match="v3: does not serve"):
        lives.roll_back(SLOT, version=3, **BY)


def test_without_an_earlier_version_the_baseline_serves_and_there_is_no_further_way_back(lives):
    lives.promote(register(lives, "a"), **BY)
    assert lives.roll_back(SLOT, **BY) is None
    assert lives.registry.serving(SLOT) is None
    with pytest.raises(MoveRefused, match="its baseline serves already"):
        lives.roll_back(SLOT, **BY)


def test_one_that_never_served_is_not_gone_back_to(lives):
    lives.promote(register(lives, "a"), **BY)
    register(lives, "b")
    lives.promote(register(lives, "c"), **BY)
    back = lives.roll_back(SLOT, **BY)
    assert back
    assert back.version == 1


@pytest.mark.parametrize("state", MOVES)
@pytest.mark.parametrize("to", MOVES)
def test_illegal_moves_are_refused_with_where_it_stands_and_what_to_do(lives, state, to):
    ways = {
        "registered": (),
        "awaiting_promotion": ("awaiting_promotion",),
        "promoted": ("promoted",),
        "superseded": ("promoted", "superseded"),
        "rolled_back": ("promoted", "rolled_back"),
        "rejected": ("rejected",),
    }
    lives.registry.store.put("work/a/tags.json", b"{}")
    model = lives.registry.register(SLOT, "work/a")
    lives.begin(model, by="run r1")
    for step in ways[state]:
        lives.move(model, step, **BY)

    if to == state or to in MOVES[state]:
        assert lives.move(model, to, **BY).state == to
    else:
        with pytest.raises(MoveRefused, match=rf"v1: is {state}, and cannot become {to}\. \w+"):
            lives.move(model, to, **BY)


def test_a_model_from_before_lives_were_written_is_told_by_its_pointer(lives):
    first, second = register(lives, "a"), register(lives, "b")
    for model in (first, second):
        lives.registry.store._blobs.pop(f"{model.path}/life.json")
    lives.registry.serve(SLOT, 2, "MAPE 0.2 is fine")
    assert states(lives) == ["registered", "promoted"]
    assert lives.roll_back(SLOT, **BY) == first
    assert states(lives) == ["promoted", "rolled_back"]
