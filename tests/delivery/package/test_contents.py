import pytest

from delivery.package.contents import collect, read_ignored
from delivery.package.errors import PackageError
from shared.settings import ROOT
from tests.delivery.package.repositories import git, repository, write


def test_what_git_tracks_ships_less_what_the_ignore_file_names(tmp_path):
    contents = collect(repository(tmp_path), ".funcignore")
    assert "function_app.py" in contents.files
    assert ".amlignore" in contents.files
    assert not [path for path in contents.files if path.startswith("tests")]
    assert contents.left_out == (".funcignore", "pyproject.toml", "tests/test_app.py")
    assert contents.unclean == ()
    assert contents.commit == git(tmp_path, "rev-parse", "HEAD").strip()


def test_a_file_that_git_does_not_track_never_ships_and_is_said(tmp_path):
    root = repository(tmp_path, {".gitignore": "*.pyc\n"})
    for stray in ("shared/secret.txt", "shared/cached.pyc", "tests/scratch.py"):
        write(root, stray, "")
    contents = collect(root, ".funcignore")
    assert "shared/secret.txt" not in contents.files
    assert contents.unclean == ("shared/secret.txt",)


@pytest.mark.parametrize("changed", ["shared/plain.py", ".funcignore"])
def test_a_file_that_differs_from_the_commit_is_said(tmp_path, changed):
    root = repository(tmp_path)
    write(root, changed, "tests\n")
    assert collect(root, ".funcignore").unclean == (changed,)


def test_a_file_that_was_removed_is_said(tmp_path):
    root = repository(tmp_path)
    (root / "shared" / "plain.py").unlink()
    contents = collect(root, ".funcignore")
    assert "shared/plain.py" not in contents.files
    assert contents.unclean == ("shared/plain.py",)


def test_names_of_any_spelling_ship(tmp_path):
    root = repository(tmp_path, {'shared/ä "b" c.txt': "x"})
    assert collect(root, ".funcignore").files['shared/ä "b" c.txt'] == b"x"


def test_links_are_refused(tmp_path):
    root = repository(tmp_path)
    (root / "link.py").symlink_to("function_app.py")
    git(root, "add", "link.py")
    with pytest.raises(PackageError, match=r"link\.py"):
        collect(root, ".funcignore")


def test_outside_a_repository_it_says_what_to_do(tmp_path):
    write(tmp_path, ".funcignore", "")
    with pytest.raises(PackageError, match="make it in a clone"):
        collect(tmp_path, ".funcignore")


@pytest.mark.parametrize(
    "name", ["function_app.py", "functions/x.py", "config/x.yml", "host.json", "training/x.py"]
)
def test_the_app_keeps_what_it_needs(name):
    assert not read_ignored(ROOT / ".funcignore").match_file(name)


@pytest.mark.parametrize(
    "name",
    [
        ".venv/lib/x.py", ".git/config", "local/run.py", "tests/x.py", "infra/check/model.py", "delivery/__main__.py",
        "local.settings.json", "node_modules/x.js", "training/environment/Dockerfile", "README.md",
    ],
)  # fmt: skip
def test_the_app_gets_nothing_else(name):
    assert read_ignored(ROOT / ".funcignore").match_file(name)


def test_the_code_of_the_steps_is_what_azure_ml_would_take():
    from azure.ai.ml._utils._asset_utils import get_ignore_file

    theirs, ours = get_ignore_file(ROOT), read_ignored(ROOT / ".amlignore")
    tracked = git(ROOT, "ls-files").splitlines()
    assert {path for path in tracked if not ours.match_file(path)} == {
        path for path in tracked if not theirs.is_file_excluded(ROOT / path)
    }
