import json
import threading

from local.folder import FolderStore
from local.inbox import Inbox
from shared.lake import Lake
from shared.profile import load_profile
from shared.settings import ROOT


def make(tmp_path):
    lake = Lake(FolderStore(tmp_path / "lake"), load_profile(ROOT / "config" / "default.yml"))
    said = []
    return lake, said, Inbox(tmp_path / "inbox", lake, tmp_path / "inbox.json", said.append)


def raw(lake):
    return [blob.path for blob in lake.store.list("raw/")]


def test_a_file_is_taken_once_it_no_longer_changes(tmp_path):
    lake, said, inbox = make(tmp_path)
    file = tmp_path / "inbox" / "returns" / "2019" / "r.csv"
    file.parent.mkdir()
    file.write_text("half")
    inbox.look()
    file.write_text("half and half")
    inbox.look()
    assert raw(lake) == []
    inbox.look()
    inbox.look()
    assert raw(lake) == ["raw/returns/r.csv"]
    assert lake.store.stat("raw/returns/r.csv").size == len("half and half")
    assert said == ["returns/2019/r.csv is now raw/returns/r.csv"]


def test_other_content_under_the_same_name_is_its_next_revision_also_after_a_restart(tmp_path):
    lake, _, inbox = make(tmp_path)
    file = tmp_path / "inbox" / "returns" / "r.csv"
    file.write_text("first")
    inbox.look()
    inbox.look()
    _, said, again = make(tmp_path)
    again.look()
    again.look()
    assert said == []
    file.write_text("second")
    again.look()
    again.look()
    assert raw(lake) == ["raw/returns/r.csv", "raw/returns/r~r2.csv"]


def test_what_cannot_be_taken_is_said_once_and_unfinished_files_are_left(tmp_path):
    lake, said, inbox = make(tmp_path)
    (tmp_path / "inbox" / "gossip").mkdir()
    for name in ("gossip/x.csv", "returns/r.csv.part", "returns/.r.csv"):
        (tmp_path / "inbox" / name).write_text("x")
    for _ in range(3):
        inbox.look()
    assert raw(lake) == []
    (line,) = said
    assert line.startswith("gossip/x.csv cannot be taken:")
    assert list(json.loads((tmp_path / "inbox.json").read_text())) == ["gossip/x.csv"]


def test_it_stops_when_told(tmp_path):
    _, _, inbox = make(tmp_path)
    stop = threading.Event()
    stop.set()
    inbox.watch(stop)
