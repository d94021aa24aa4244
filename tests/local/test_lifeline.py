import subprocess
import sys
from pathlib import Path

from local.lifeline import Child
from tests.local.host.conftest import wait_for

PROGRAM = """
import sys, time
from pathlib import Path

def main(arguments):
    Path(arguments[0]).write_text("up")
    time.sleep(60)
"""

PARENT = """
import os, sys
from pathlib import Path
from local.lifeline import Child
child = Child("program", [sys.argv[2]], environment={}, log=Path(sys.argv[2] + ".log"))
sys.path.insert(0, sys.argv[1])
child.start()
print(child.pid, flush=True)
sys.stdin.read()
os._exit(9)
"""


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_runs_until_it_is_stopped_and_can_be_started_again(tmp_path, monkeypatch):
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(tmp_path))
    child = Child("program", [str(tmp_path / "mark")], environment={}, log=tmp_path / "log")
    for _ in range(2):
        (tmp_path / "mark").unlink(missing_ok=True)
        child.start()
        child.start()
        wait_for((tmp_path / "mark").exists)
        pid = child.pid
        child.stop()
        assert gone(pid)
        assert child.pid is None


def test_a_child_ends_with_its_parent_however_that_ends(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(tmp_path / "mark")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        wait_for((tmp_path / "mark").exists)
        parent.kill()
    wait_for(lambda: gone(pid))
