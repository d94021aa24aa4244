"""The whole system on one machine, until it is told to stop: storage, host, job runner, watched folder.

What each of them does is not here. Everything lies below one folder; killed at any point, it goes on from there.
"""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from local.azurite import Azurite
from local.host import Host, HostError, HostJson, HostOptions, held, serve
from local.host.storage import FOLDER, store_of
from local.inbox import Inbox
from local.jobs.queue import Queue
from local.lifeline import Child
from local.live import Display, Observer
from shared.errors import ShelfcastError
from shared.lake import Lake
from shared.profile import load_profile
from shared.settings import ROOT, profile_path

LOOK_SECONDS = 1.0
RESTART_SECONDS = 1.0
SETTINGS = ("local.settings.json", "local.settings.sample.json")
JOBS_FOLDER = "SHELFCAST_LOCAL_JOBS"
"""Setting that names the job runner's folder to the workers' twin of Azure ML."""


Storage = Literal["azurite", "folder"]


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """What is started.

    Attributes
    ----------
    folder : Path
        Everything lies here.
    profile : Path or None
        The client profile; that of the settings where None is given.
    watch : Path or None
        The watched folder; ``inbox`` in the folder where None is given.
    port, storage_port : int
        Of the host and of Azurite; 0 = a free one.
    storage : {"azurite", "folder"}
        Where the lake lies: in the emulator of the blob service, or as plain files in the folder.
    """

    folder: Path
    profile: Path | None = None
    watch: Path | None = None
    port: int = 7071
    storage_port: int = 10000
    workers: int = 2
    jobs: int = 2
    storage: Storage = "azurite"
    app: str = "function_app:app"
    prepare: str = "local.worker:prepare"


@dataclass(frozen=True, kw_only=True)
class System:
    """What runs.

    Attributes
    ----------
    settings : dict
        What the app sees in its environment.
    """

    host: Host
    azurite: Azurite | None
    runner: Child
    queue: Queue
    settings: Mapping[str, str]

    def mend(self) -> list[str]:
        """Start again what has ended by itself; says what. What cannot be started is tried again next time."""
        parts: list[tuple[str, Azurite | Child | None]] = [
            ("Azurite", self.azurite),
            ("The job runner", self.runner),
        ]
        return [_mend(name, part) for name, part in parts if part and not part.pid]


def up(options: UpOptions, console: Console) -> int:
    """Run everything until SIGINT or SIGTERM.

    Raises
    ------
    ShelfcastError
        If a port is in use, another instance holds the folder, or a setting is wrong.
    """
    stop = threading.Event()
    _log_to(options.folder / "up.log")
    with _signals(stop), Display(console) as display, running_system(options) as system:
        inbox = _inbox(options, system, display)
        watcher = threading.Thread(target=inbox.watch, args=(stop,), name="inbox")
        watcher.start()
        for line in _greeting(options, system):
            display.note(line)
        _attend(system, display, stop)
        display.note("Stopping ...")
        watcher.join()
    display.note("Stopped. The same command goes on from here.")
    return 0


@contextmanager
def running_system(options: UpOptions) -> Iterator[System]:
    """Run storage, host and job runner for as long as the context lasts; raises ShelfcastError, see up."""
    folder = options.folder.resolve()
    with ExitStack() as stack:
        stack.enter_context(held(folder))
        azurite = _azurite(options, stack)
        settings = app_settings(options, azurite.connection_string if azurite else f"{FOLDER}{folder}")
        host = stack.enter_context(serve(_host_options(options, settings)))
        runner = _runner(options, host, settings)
        stack.callback(runner.stop)
        runner.start()
        queue = Queue(folder / "jobs")
        yield System(host=host, azurite=azurite, runner=runner, queue=queue, settings=settings)


def _mend(name: str, part: Azurite | Child) -> str:
    try:
        part.start()
    except ShelfcastError as exc:
        return f"{name} has ended, and cannot be started: {exc}"
    return f"{name} had ended and was started again"


def _azurite(options: UpOptions, stack: ExitStack) -> Azurite | None:
    if options.storage == "folder":
        return None
    return stack.enter_context(Azurite(options.folder.resolve() / "azurite", port=options.storage_port))


def app_settings(options: UpOptions, storage: str) -> dict[str, str]:
    """Return the app's settings: those of the settings file, the environment's, and what this machine provides."""
    folder = options.folder.resolve()
    found = {name: os.environ.get(name, value) for name, value in read_settings(ROOT).items()}
    profile = options.profile.resolve() if options.profile else profile_path({**os.environ, **found})
    return {
        **found,
        "AzureWebJobsStorage": storage,
        "LakeStorage": storage,
        "LakeStorage__blobServiceUri": "",
        "SHELFCAST_ENVIRONMENT": "local",
        "SHELFCAST_PROFILE": str(profile),
        "SHELFCAST_LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}",
        JOBS_FOLDER: str(folder / "jobs"),
    }


def read_settings(root: Path) -> dict[str, str]:
    """Return the values of local.settings.json, or of the sample where there is none; raises HostError."""
    for name in SETTINGS:
        if (root / name).exists():
            return _values(root / name)
    return {}


def _values(file: Path) -> dict[str, str]:
    try:
        content: Any = json.loads(file.read_text("utf-8-sig"))
        return {str(name): str(value) for name, value in content.get("Values", {}).items()}
    except (ValueError, AttributeError) as exc:
        raise HostError(f'{file} is no settings file: {exc}. It looks like {{"Values": {{...}}}}.') from exc


def _host_options(options: UpOptions, settings: Mapping[str, str]) -> HostOptions:
    described = HostJson.read(ROOT / "host.json")
    return HostOptions(
        app=options.app,
        folder=options.folder.resolve() / "host",
        port=options.port,
        workers=options.workers,
        prepare=options.prepare,
        settings=settings,
        route_prefix=described.route_prefix,
        hub=described.hub,
    )


def _runner(options: UpOptions, host: Host, settings: Mapping[str, str]) -> Child:
    folder = options.folder.resolve()
    return Child(
        "local.jobs.__main__",
        [
            *("--folder", str(folder / "jobs"), "--parallel", str(options.jobs)),
            *("--notify", host.webhook("EventGrid", "job_completed")),
            *(("--lake-folder", str(folder)) if options.storage == "folder" else ()),
        ],
        environment=settings,
        log=folder / "jobs.log",
    )


def _inbox(options: UpOptions, system: System, display: Display) -> Inbox:
    folder = options.folder.resolve()
    lake = Lake(
        store_of("LakeStorage", system.settings),
        load_profile(ROOT / system.settings["SHELFCAST_PROFILE"]),
    )
    return Inbox(options.watch or folder / "inbox", lake, folder / "inbox.json", display.note)


def _greeting(options: UpOptions, system: System) -> list[str]:
    folder = options.folder.resolve()
    prefix = HostJson.read(ROOT / "host.json").route_prefix
    return [
        f"Functions  {system.host.url}/{prefix}   status {system.host.url}/admin/host/status",
        f"Keys       {folder / 'host' / 'keys.json'}   (function key: header x-functions-key)",
        f"Storage    {system.azurite.url if system.azurite else folder}",
        f"Inbox      {options.watch or folder / 'inbox'}/{{source}}/   files put there are taken",
        f"Logs       {folder / 'up.log'}, {folder / 'host' / 'workers.log'}, {folder / 'jobs.log'}",
        "Ctrl-C stops everything.",
    ]


def _attend(system: System, display: Display, stop: threading.Event) -> None:
    observer, mended = Observer(system.host, system.queue), time.monotonic()
    while not stop.wait(LOOK_SECONDS):
        if time.monotonic() - mended >= RESTART_SECONDS:
            for line in system.mend():
                display.note(line)
            observer, mended = Observer(system.host, system.queue), time.monotonic()
        display.show(observer.look())


def _log_to(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pattern = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(filename=file, level=logging.INFO, format=pattern)
    logging.getLogger("azure").setLevel(logging.WARNING)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM set the event; those that come while things start wait until they have."""
    before = {n: signal.signal(n, lambda *_: stop.set()) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
