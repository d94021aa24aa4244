"""The runner as a program: `python -m local.jobs --folder F --lake-folder D`, or with a connection string."""

import argparse
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from local.folder import FolderStore
from local.jobs.pipeline import PIPELINES
from local.jobs.runner import PARALLEL, Runner
from shared.errors import JobError
from shared.ports import BlobStore


def main(argv: list[str] | None = None) -> int:
    """Run jobs until a signal ends it; 0 = ended so, 1 = could not begin, and said why."""
    arguments = _parser().parse_args(argv)
    runner = Runner(
        folder=arguments.folder,
        store=_store(arguments),
        parallel=arguments.parallel,
        notify=arguments.notify,
        pipelines=arguments.pipelines,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: runner.stop.set())
    try:
        runner.serve(until_idle=arguments.until_idle)
    except JobError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _store(arguments: argparse.Namespace) -> BlobStore:
    if arguments.lake_folder:
        return FolderStore(arguments.lake_folder)
    adapter = import_module("shared.adapters.blob")  # late: the Azure SDK takes its time to load
    store: BlobStore = adapter.AzureBlobStore(connection_string=arguments.lake_connection)
    return store


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.jobs", description="Runs the jobs of one machine.")
    parser.add_argument("--folder", type=Path, required=True, help="queue, cache and work of the runner")
    lake = parser.add_mutually_exclusive_group(required="LakeStorage" not in os.environ)
    lake.add_argument("--lake-folder", type=Path, help="the lake as a folder")
    lake.add_argument(
        "--lake-connection",
        default=os.environ.get("LakeStorage", ""),  # noqa: SIM112 - the app's own setting
        help="the lake's connection string; the variable LakeStorage without it",
    )
    parser.add_argument("--pipelines", type=Path, default=PIPELINES, help="folder of the pipelines' YAML")
    parser.add_argument("--parallel", type=int, default=PARALLEL, help="jobs at a time")
    parser.add_argument("--notify", default="", help="URL that gets an event when a job has ended")
    parser.add_argument("--until-idle", action="store_true", help="end when no job is left")
    return parser


if __name__ == "__main__":
    sys.exit(main())
