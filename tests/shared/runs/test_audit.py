"""The audit log: entries are only added, and whatever is done to them afterwards shows."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.memory import MemoryStore
from shared.errors import LakeError
from shared.runs.audit import AuditLog, Fact


@pytest.fixture
def log() -> AuditLog:
    return AuditLog(MemoryStore(), "models")


def fact(key: str, at: str = "2019-08-05T12:00:00+00:00") -> Fact:
    return Fact(key=key, at=at, by="somebody", what="promoted", subject="arizona.large.fast v3")


def edit(log: AuditLog, number: int, **changes: object) -> None:
    path = f"audit/models/{number:09d}.json"
    with log.store.open(path) as blob:
        content = json.load(blob)
    content["fact"] |= changes
    log.store.put(path, json.dumps(content).encode())


def remove(log: AuditLog, number: int) -> None:
    del log.store._blobs[f"audit/models/{number:09d}.json"]


def test_entries_are_numbered_and_name_the_digest_of_the_last(log):
    made = [log.append(fact(key)) for key in "abc"]

    assert [entry.number for entry in made] == [1, 2, 3]
    assert made[0].previous == ""
    assert len({entry.previous for entry in made}) == 3
    assert log.entries() == made
    assert log.verify() == []


def test_a_fact_told_again_is_one_entry(log):
    for key in ("a", "b", "a", "b"):
        log.append(fact(key))
    assert [entry.fact.key for entry in log.entries()] == ["a", "b"]


def test_many_at_once_make_one_chain(log):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: log.append(fact(f"f{number}")), range(40)))
    assert len(log.entries()) == 40
    assert log.verify() == []


def test_whoever_is_killed_before_noting_the_end_breaks_nothing(log):
    log.append(fact("a"))
    noted = log.store._blobs["models/_audit/models.json"]
    log.append(fact("b"))
    log.store._blobs["models/_audit/models.json"] = noted
    assert log.append(fact("c")).number == 3
    assert log.verify() == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda log: edit(log, 2, by="nobody"), "000000003.json: the entry before it has been changed since"),
        (lambda log: edit(log, 4, by="nobody"), "000000004.json: has been changed since it was written"),
        (lambda log: remove(log, 2), "000000003.json: entry 2 is missing before it"),
        (lambda log: remove(log, 4), "audit/models: entries 4 to 4 have been removed"),
        (lambda log: log.store.put("audit/models/000000002.json", b"?"), "000000002.json: is no entry"),
    ],
)
def test_whatever_is_done_to_an_entry_shows(log, harm, said):
    for key in "abcd":
        log.append(fact(key))
    harm(log)
    (fault, *_) = log.verify()
    assert said in fault


def test_a_log_that_is_written_all_the_time_is_left(log, monkeypatch):
    log.append(fact("a"))
    monkeypatch.setattr("shared.runs.audit.TRIES", 0)
    with pytest.raises(LakeError, match="too many at once"):
        log.append(fact("b"))
