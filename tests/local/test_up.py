"""`python -m local up` as people use it, with the small app of the host's tests in place of the real one."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.__main__ import main
from local.host import HostError
from local.up import UpOptions, app_settings, read_settings
from tests.local.host.conftest import APP, World, ask, wait_for

ANYWHERE = [
    "--app",
    APP,
    "--prepare",
    "tests.local.host.sample_app:prepare",
    "--port",
    "0",
    "--storage-port",
    "0",
]
FEW = ["--workers", "1", "--jobs", "1"]


def command(folder):
    return [sys.executable, "-m", "local", "up", "--lake-folder", str(folder), *ANYWHERE, *FEW]


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    others = [task for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid)]
    return [int(p) for p in listed] + [int(p) for t in others for p in (t / "children").read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def system(world):
    """Run the command; yields its process and what it has said, once it listens."""
    out = world.folder / "out"
    environment = {**os.environ, **world.settings()}
    del environment["LakeStorage"]
    with (
        out.open("w") as file,
        subprocess.Popen(command(world.folder / "up"), env=environment, stdout=file, stderr=file) as process,
    ):
        try:
            wait_for(lambda: "Ctrl-C stops" in out.read_text() or process.poll() is not None, 60)
            assert process.poll() is None, out.read_text()
            yield process, out
        finally:
            process.kill()


def put(world, name, content):
    file = world.folder / "up" / "inbox" / "shipments" / name
    file.write_text(content)


@pytest.mark.slow
def test_files_put_into_the_inbox_reach_their_function_also_after_a_kill(tmp_path, capsys):
    world = World(folder=tmp_path)
    with system(world) as (process, out):
        put(world, "a.csv", "one")
        wait_for(lambda: "Files: 1 conditioned" in out.read_text())
        assert main(command(tmp_path / "up")[3:]) == 1
        assert "Another host is at work" in capsys.readouterr().out
        put(world, "b.csv", "two")
        started = children(process.pid)
        assert len(started) == 4  # Azurite, a worker, one for HTTP, the job runner
        process.kill()
    wait_for(lambda: not any(alive(pid) for pid in started))
    with system(world) as (process, out):
        wait_for(lambda: "Files: 2 conditioned" in out.read_text())
        started = children(process.pid)
        url = re.search(r"status (\S+)", out.read_text())[1]
        assert ask(url).json["deliveries"] == {"done": 2}
        os.kill(started[0], signal.SIGKILL)  # Azurite comes back by itself
        wait_for(lambda: "Azurite had ended and was started again" in out.read_text())
        put(world, "c.csv", "three")
        wait_for(lambda: "Files: 3 conditioned" in out.read_text())
        started = children(process.pid)
        process.terminate()
        assert process.wait(30) == 0
    assert "Stopped. The same command goes on from here." in out.read_text()
    assert not any(alive(pid) for pid in started)
    assert [note["content"] for note in world.notes("blob")] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--port", "70000"], "'70000' is no port: give 0 to 65535"),
        (["--workers", "-1"], "'-1' is no number from 0 to 64"),
        (["--profile", "nowhere.yml"], "there is no file nowhere.yml"),
    ],
)
def test_a_bad_command_line_is_explained(tmp_path, wrong, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["up", "--lake-folder", str(tmp_path), *wrong])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_settings_come_from_the_file_then_the_environment_then_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("SHELFCAST_POLL_SECONDS", "7")
    settings = app_settings(UpOptions(folder=tmp_path), "the storage")
    assert settings["SHELFCAST_POLL_SECONDS"] == "7"
    assert settings["LakeStorage"] == settings["AzureWebJobsStorage"] == "the storage"
    assert settings["SHELFCAST_LEDGER_URL"] == f"sqlite:///{tmp_path}/ledger.sqlite"


def test_the_sample_stands_in_for_missing_settings_and_a_damaged_file_is_named(tmp_path):
    assert read_settings(tmp_path) == {}
    (tmp_path / "local.settings.sample.json").write_text('{"Values": {"A": "sample"}}')
    assert read_settings(tmp_path) == {"A": "sample"}
    (tmp_path / "local.settings.json").write_text('{"Values": ')
    with pytest.raises(HostError, match=r"local.settings.json is no settings file"):
        read_settings(tmp_path)
