"""The ledger and every pointer are lost: the lake brings them back, and the next scoring is the same."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from local.__main__ import main
from local.folder import FolderStore
from local.rehearsal import Rehearsal
from local.restore import restore
from local.up import UpOptions, running_system
from monitor import schema
from monitor.ledger import Ledger
from shared.errors import LakeError
from shared.lake import Lake
from shared.ports import BlobStore
from shared.profile import load_profile
from shared.runs.lifecycle import Lifecycle
from shared.runs.published import publish_scoring
from shared.runs.registry import Registry
from shared.runs.summary import read_summary
from tests.functions.company import ask, wait_for

POINTERS = ("serving.json", "trained.json", "current.json", "_audit/models.json")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Three weeks of two markets; then some is trained again, tried, rolled back and published."""
    company = Rehearsal(tmp_path_factory.mktemp("company"), markets=2)
    company.deliver_week()
    company.run("first")
    company.deliver_week(only=lambda market: market == 0)
    company.run("second", trigger="timer")
    company.deliver_week()
    company.run("third")
    company.run("forced", force=True, kind="train", markets=("Market 000",))
    company.run("waits", force=True, kind="train", markets=("Market 001",), promotion="await")
    company.run("tried", force=True, kind="score", markets=("Market 001",), trial=True)
    registry = company.edges.registry
    Lifecycle(registry).roll_back("market-000.large.fast", by="somebody", why="too low")
    publish_scoring(registry, by="somebody")
    yield company
    company.close()


def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the ledger says but for moments, which are those of another clock."""
    with create_engine(url).connect() as connection:
        return {
            table.name: sorted(
                (_without_moments(row) for row in connection.execute(select(table)).mappings()), key=str
            )
            for table in schema.metadata.sorted_tables
        }


def _without_moments(row: Any) -> dict[str, Any]:
    return {
        name: value for name, value in row.items() if not isinstance(value, datetime) and name[-3:] != "_at"
    }


def pointers(store: BlobStore) -> dict[str, Any]:
    """Return every record of the lake that changes, by path."""
    paths = [blob.path for blob in store.list("") if blob.path.endswith(POINTERS) or "/current/" in blob.path]
    found = {}
    for path in paths:
        if not path.startswith("work/"):
            with store.open(path) as blob:
                found[path] = json.loads(blob.read())
    return found


def rebuilt(root: Path, profile: Path, ledger: Path) -> str:
    """Restore a folder's lake into a ledger; return its address."""
    store, url = FolderStore(root), f"sqlite:///{ledger}"
    made = Ledger(url)
    restore(Lake(store, load_profile(profile)), Registry(store), made)
    made.close()
    return url


def score_again(root: Path, profile: Path) -> bytes:
    """Let the whole system score every cell again; return the forecasts."""
    options = UpOptions(folder=root, profile=profile, port=0, storage="folder", workers=1, jobs=1)
    with running_system(options) as system:
        host, order = system.host, {"id": "again", "kind": "score", "force": True}
        assert ask(f"{host.url}/api/runs", order, headers=host.headers).status == 202
        wait_for(lambda: (s := host.engine.status("again")) and s.runtime_status.ended, seconds=240)
    summary = read_summary(FolderStore(root), "again")
    assert summary.status == "succeeded"
    return (root / "predictions" / "again" / "forecasts.csv").read_bytes()


def test_a_ledger_that_is_rebuilt_says_what_the_lost_one_said(finished, tmp_path):
    root, profile, _ = finished
    new = rebuilt(root, profile, tmp_path / "new.db")
    assert rows_of(new) == rows_of(f"sqlite:///{root / 'ledger.sqlite'}")


def test_after_the_loss_of_ledger_and_pointers_the_next_scoring_is_the_same(finished, tmp_path):
    root, profile, _ = finished
    whole = Path(shutil.copytree(root, tmp_path / "whole"))
    lost = Path(shutil.copytree(root, tmp_path / "lost"))
    for path in [*lost.glob("ledger.sqlite*"), *(lost / name for name in pointers(FolderStore(lost)))]:
        path.unlink()
    rebuilt(lost, profile, lost / "ledger.sqlite")
    assert score_again(lost, profile) == score_again(whole, profile)


def test_restoring_again_changes_nothing(company, tmp_path):
    new = f"sqlite:///{tmp_path / 'new.db'}"
    ledger = Ledger(new)
    restore(company.edges.lake, company.edges.registry, ledger)
    once = rows_of(new)
    again = restore(company.edges.lake, company.edges.registry, ledger)
    ledger.close()
    assert again.pointers == ()
    assert rows_of(new) == once


def test_lost_pointers_come_back_as_they_were(company, tmp_path):
    whole = company.store
    before = pointers(whole)
    copy = type(whole)()
    for blob in whole.list(""):
        if blob.path not in before:
            with whole.open(blob.path) as content:
                copy.put(blob.path, content.read())
    ledger = Ledger(f"sqlite:///{tmp_path / 'new.db'}")
    restored = restore(Lake(copy, company.edges.lake.profile), Registry(copy), ledger)
    ledger.close()
    assert set(restored.pointers) == set(before)
    assert pointers(copy) == before


def test_an_empty_lake_is_refused_with_what_to_do(company, tmp_path):
    store = type(company.store)()
    ledger = Ledger(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(LakeError, match="replay"):
        restore(Lake(store, company.edges.lake.profile), Registry(store), ledger)
    ledger.close()


def test_the_command_says_what_it_put_back(lake, capsys):
    root, profile = lake
    (root / "ledger.sqlite").unlink()
    (root / "conditioned" / "stores" / "current.json").unlink()
    assert main(["restore", "--lake", str(root), "--profile", str(profile)]) == 0
    said = capsys.readouterr().out
    assert "put back conditioned/stores/current.json" in said
    assert "1 pointers were missing. The ledger knows" in said
    assert (root / "ledger.sqlite").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    assert main(["restore", "--lake", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().out
