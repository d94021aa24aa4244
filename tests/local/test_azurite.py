"""Azurite keeps what it has acknowledged, whoever is killed, and leaves nothing running behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.azurite import Azurite
from shared.adapters.blob import AzureBlobStore
from shared.errors import LakeError

SECONDS = 30


def store(service: Azurite) -> AzureBlobStore:
    return AzureBlobStore(connection_string=service.connection_string, retries=1)


def read(lake: AzureBlobStore, path: str) -> bytes:
    with lake.open(path) as blob:
        return blob.read()


def gone(pid: int) -> bool:
    deadline = time.monotonic() + SECONDS
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


PARENT = """
import sys
from pathlib import Path
from local.azurite import Azurite
from shared.adapters.blob import AzureBlobStore
service = Azurite(Path(sys.argv[1])).start()
AzureBlobStore(connection_string=service.connection_string).put("raw/kept", b"kept")
print(service.pid, flush=True)
sys.stdin.read()
"""


def test_killed_and_started_again_it_has_all_that_it_acknowledged(tmp_path):
    service = Azurite(tmp_path).start()
    lake = store(service)
    for turn in range(3):  # the second and third start find a journal of the one before
        for n in range(5):
            lake.put(f"raw/{n}", b"first")
            lake.put(f"raw/{n}", f"turn {turn}".encode())
        lake.put(f"raw/only {turn}", b"x" * 9_000_000)  # in blocks
        etags = {info.path: info.etag for info in lake.list("raw/")}
        service.kill()
        service.start()
        assert {info.path: info.etag for info in lake.list("raw/")} == etags
        assert read(lake, "raw/4") == f"turn {turn}".encode()
        assert len(read(lake, f"raw/only {turn}")) == 9_000_000
    service.stop()
    with service:
        assert {info.path: info.etag for info in lake.list("raw/")} == etags


def test_it_ends_with_its_parent_and_gives_the_folder_to_the_next(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd())
    with parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    with Azurite(tmp_path) as service:
        assert read(store(service), "raw/kept") == b"kept"
    assert gone(pid)


def test_two_cannot_share_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("local.azurite.STOP_SECONDS", 0.1)
    with Azurite(tmp_path), pytest.raises(LakeError, match="Another Azurite uses"):
        Azurite(tmp_path).start()


def test_a_port_that_is_taken_is_named(tmp_path, azurite):
    with pytest.raises(LakeError, match="EADDRINUSE"):
        Azurite(tmp_path, port=azurite.port).start()


def test_stopped_it_is_gone_and_may_be_stopped_again(tmp_path):
    service = Azurite(tmp_path, in_memory=True).start()
    pid = service.pid
    assert service.start().pid == pid
    service.stop()
    service.stop()
    assert service.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_without_its_package_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("local.azurite.ROOT", tmp_path)
    with pytest.raises(LakeError, match="make setup"):
        Azurite(tmp_path).start()
