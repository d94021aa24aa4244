"""A run that is killed at any write, and started again, comes to the same as one that was never disturbed."""

import pytest

from local.memory import MemoryStore
from shared.runs.summary import close_run


class Killed(BaseException):
    """The process is gone."""


class MortalStore(MemoryStore):
    """A store whose process is killed just before, or just after, a certain write."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        super().__init__()
        self.left, self.after = 10**9, False
        for path, content in blobs.items():
            super().put(path, content)

    def put(self, path, content, *, if_match=None):
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed(path)
        etag = super().put(path, content, if_match=if_match)
        if self.left == 0:
            raise Killed(path)
        return etag


def contents(store) -> dict[str, bytes]:
    found = {}
    for blob in store.list(""):
        with store.open(blob.path) as content:
            found[blob.path] = content.read()
    return found


def whole_run(company) -> None:
    """Everything from the arrival to the summary, for one market."""
    run = company.arrive("arrivals-2").run
    plan = company.plan(run, markets=("South",), trigger="arrival")
    for cell in plan.cells:
        company.turn(plan, cell, weights=b"second")
    close_run(company.store, plan)


@pytest.fixture
def before(company) -> dict[str, bytes]:
    """A lake in which a week was run, and the next has come."""
    company.run()
    company.week("2019-08-19")
    return contents(company.store)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_write(before, new_company, after):
    calm = new_company(store=MortalStore(before))
    whole_run(calm)
    expected, writes = contents(calm.store), 10**9 - calm.store.left
    assert calm.json("predictions/current/south.large.json")["week"] == "2019-08-19"
    for number in range(1 + after, writes + 1, 3):
        killed = new_company(store=MortalStore(before))
        killed.store.left, killed.store.after = number, after
        with pytest.raises(Killed):
            whole_run(killed)
        whole_run(killed)
        assert contents(killed.store) == expected, f"killed at write {number} of {writes}"
