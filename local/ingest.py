"""From a folder of raw files to dataset versions: receive, condition in parallel, commit, materialise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.folder import FolderStore
from local.pool import run_all
from shared.conditioning import Conditioned, condition_file
from shared.errors import ShelfcastError
from shared.lake import Lake
from shared.profile import Profile, load_profile


@dataclass(frozen=True, kw_only=True)
class FileTask:
    """One raw file for a worker to condition."""

    profile: Path
    source: str
    name: str
    raw: Path
    workspace: Path


def open_lake(root: Path, profile: Profile) -> Lake:
    """Open the lake that lies in a folder."""
    return Lake(FolderStore(root), profile)


def find_files(profile: Profile, data: Path) -> dict[str, list[Path]]:
    """Find every source's files below the data folder.

    Raises
    ------
    ShelfcastError
        If the folder does not exist, or a required source has no file there.
    """
    if not data.is_dir():
        raise ShelfcastError(f"{data} is no folder. Give the folder of the raw files with --data.")
    found = {
        name: sorted({path for pattern in source.files for path in data.glob(pattern) if path.is_file()})
        for name, source in profile.sources.items()
    }
    missing = [name for name, source in profile.sources.items() if source.required and not found[name]]
    if missing:
        wanted = "; ".join(f"{name}: {', '.join(profile.sources[name].files)}" for name in missing)
        raise ShelfcastError(
            f"{data} has no file for {wanted}. Put it there, or say 'required: false' in the profile."
        )
    return found


def receive(lake: Lake, files: dict[str, list[Path]], *, advance: Callable[[], None]) -> None:
    """Copy new files into the raw zone."""
    for source, paths in files.items():
        for path in paths:
            lake.receive(source, path)
            advance()


def condition_pending(
    lake: Lake, profile: Profile, profile_path: Path, root: Path, *, workers: int, alive: Path | None = None
) -> Iterator[tuple[str, Exception | None]]:
    """Condition every raw file that has no receipt yet; yields its name as it is committed, or what went wrong.

    A bad file is committed too: it lies in quarantine. What goes wrong here is a worker without memory, say; such a
    file stays pending for the next run.
    """
    with TemporaryDirectory(prefix="condition-", dir=_temporary(root)) as workspace:
        tasks = _tasks(lake, profile, profile_path, root, Path(workspace))
        for task, outcome in run_all(condition, tasks, workers=workers, alive=alive):
            if isinstance(outcome, Exception):
                yield task.name, outcome
            else:
                lake.commit(outcome)
                yield task.name, None


def count_pending(lake: Lake, profile: Profile) -> int:
    """Count the raw files without a receipt."""
    return sum(len(lake.pending(source)) for source in profile.sources)


def _tasks(lake: Lake, profile: Profile, profile_path: Path, root: Path, workspace: Path) -> list[FileTask]:
    return [
        FileTask(
            profile=profile_path,
            source=source,
            name=blob.path,
            raw=root / blob.path,
            workspace=workspace / f"{source}-{number}",
        )
        for source in profile.sources
        for number, blob in enumerate(lake.pending(source))
    ]


def condition(task: FileTask) -> Conditioned:
    """Condition one file, in a worker."""
    task.workspace.mkdir(parents=True, exist_ok=True)
    profile = load_profile(task.profile)
    return condition_file(profile, task.source, task.raw, name=task.name, workspace=task.workspace)


def _temporary(root: Path) -> Path:
    folder = root / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
