"""The environments that words speak to: their lake, their app, their catalogue of models.

dev, prod    what `infra/deploy/deploy.sh` has deployed: addresses come from the deployment's outputs, unless variables
             give them (SHELFCAST_APP_URL, SHELFCAST_APP_KEY, LakeStorage__blobServiceUri, AZURE_ML_...)
local        the local system over build/environments/local (or SHELFCAST_LAKE)
SHELFCAST_PLAY=folder   any of them is the local system over folder/{name}/lake, fed with the sample where it is empty
"""

import getpass
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from delivery.app import App
from functions.bootstrap import NoCatalogue
from shared.errors import SettingsError, ShelfcastError
from shared.ports import BlobStore, ModelCatalogue
from shared.profile import Profile, load_profile
from shared.runs.registry import Registry
from shared.settings import AZURE_ML, ROOT, profile_path

if TYPE_CHECKING:
    from local.up import System
    from shared.adapters.azureml import Workspace
    from shared.adapters.azureml.published import PublishedPipelines

SAMPLE = ROOT / "tests" / "data" / "sample"
LAKE = "LakeStorage__blobServiceUri"
QUICK = {
    "SHELFCAST_QUIET_SECONDS": "1",
    "SHELFCAST_POLL_SECONDS": "0.5",
    "SHELFCAST_POLL_SECONDS_MOST": "2",
}
ANNOUNCED_SECONDS = 30.0
"""How long the function of the last file may take to announce what has arrived."""
AZ_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment, open for a while."""

    name: str
    store: BlobStore
    profile: Profile
    catalogue: ModelCatalogue
    pipelines: "PublishedPipelines | None" = None
    found_app: App | None = None
    system: "System | None" = None

    @property
    def app(self) -> App:
        """Its app; raises SettingsError where it was opened without."""
        if self.found_app is None:
            raise SettingsError(f"{self.name} was opened without its app")
        return self.found_app

    @property
    def registry(self) -> Registry:
        """Its registry of models."""
        return Registry(self.store)

    def settle(self, minutes: float) -> list[str]:
        """Wait until all raw files are conditioned, and nothing that they led to goes on; returns what still waits."""
        from shared.runs.arrivals import waiting

        deadline, left = time.monotonic() + 60 * minutes, waiting(self.store, self.profile)
        came = bool(left)
        while left and time.monotonic() < deadline:
            self.app.rest(1.0)
            left = waiting(self.store, self.profile)
        if self.system and not left:
            _follow_arrival(self, self.system, deadline, came=came)
        return left


def actor() -> str:
    """Return who acts: whoever a pipeline runs for, or whoever is signed in on this machine."""
    names = ("SHELFCAST_ACTOR", "BUILD_REQUESTEDFOR", "GITHUB_ACTOR")
    return next((os.environ[name] for name in names if os.environ.get(name)), "") or getpass.getuser()


@contextmanager
def opened(name: str, *, app: bool = True) -> Iterator[Environment]:
    """Open an environment; without its app, nothing has to run.

    Raises
    ------
    SettingsError
        If it is not deployed, or its addresses are not known.
    """
    play = os.environ.get("SHELFCAST_PLAY")
    if play:
        with _local(name, Path(play) / name / "lake", app=app, played=True) as environment:
            yield environment
    elif name == "local":
        folder = Path(os.environ.get("SHELFCAST_LAKE") or ROOT / "build" / "environments" / "local")
        with _local(name, folder, app=app, played=False) as environment:
            yield environment
    else:
        yield _deployed(name, app=app)


@contextmanager
def _local(name: str, folder: Path, *, app: bool, played: bool) -> Iterator[Environment]:
    from local.folder import FolderStore

    folder.mkdir(parents=True, exist_ok=True)
    path = _awaiting_profile(folder) if played else profile_path(os.environ)
    store, profile = FolderStore(folder), load_profile(ROOT / path)
    with ExitStack() as stack:
        system = stack.enter_context(_system(folder, path)) if app else None
        found = _local_app(system) if system else None
        if system and next(iter(store.list("raw/")), None) is None:
            _feed(store, profile)
        yield Environment(
            name=name, store=store, profile=profile, catalogue=NoCatalogue(), found_app=found, system=system
        )


def _awaiting_profile(folder: Path) -> Path:
    """Write the played environment's profile: in it, models await somebody's word."""
    content = yaml.safe_load((ROOT / profile_path(os.environ)).read_text("utf-8"))
    content.setdefault("retraining", {})["promotion"] = "await"
    path = folder.resolve().parent / "profile.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
    return path


@contextmanager
def _system(folder: Path, profile: Path) -> Iterator["System"]:
    """Run the local system, quickly; a folder whose system runs already is refused."""
    from local.up import UpOptions, running_system

    for setting, value in QUICK.items():
        os.environ.setdefault(setting, value)
    options = UpOptions(folder=folder, profile=profile, port=0, storage_port=0, storage="folder")
    with running_system(options) as system:
        yield system


def _local_app(system: "System") -> App:
    def rest(seconds: float) -> None:
        time.sleep(min(seconds, 1.0))
        system.mend()

    return App(url=system.host.url, headers=system.host.headers, rest=rest)


def _feed(store: BlobStore, profile: Profile) -> None:
    """Let the sample come, in an environment that has no data yet."""
    from local.ingest import find_files, receive
    from shared.lake import Lake

    receive(Lake(store, profile), find_files(profile, SAMPLE), advance=lambda: None)


def _follow_arrival(environment: Environment, system: "System", deadline: float, *, came: bool) -> None:
    """Wait for what the files that came last have led to: their look at the lake, and the run that it started."""
    from shared.runs.arrivals import arrival_digest

    instance = f"arrivals-{arrival_digest(environment.store, environment.profile)}"
    announced = min(deadline, time.monotonic() + ANNOUNCED_SECONDS)
    while came and system.host.engine.status(instance) is None and time.monotonic() < announced:
        environment.app.rest(0.5)
    while any(not each.runtime_status.ended for each in system.host.engine.instances()):
        if time.monotonic() > deadline:
            raise ShelfcastError(f"{environment.name}: what the last files led to has not ended in time")
        environment.app.rest(0.5)


def _deployed(name: str, *, app: bool) -> Environment:
    from shared.adapters.azureml import AzureMLCatalogue
    from shared.adapters.azureml.published import PublishedPipelines
    from shared.adapters.blob import AzureBlobStore

    told = _Told(name)
    workspace = _workspace(told)
    return Environment(
        name=name,
        store=AzureBlobStore(account_url=told.value(LAKE)),
        profile=load_profile(ROOT / profile_path(os.environ)),
        catalogue=AzureMLCatalogue(workspace=workspace),
        pipelines=PublishedPipelines(workspace=workspace),
        found_app=_app(told) if app else None,
    )


def _app(told: "_Told") -> App:
    url = told.value("SHELFCAST_APP_URL", "FUNCTION_APP_URL").rstrip("/")
    key = os.environ.get("SHELFCAST_APP_KEY") or _key(told)
    return App(url=url, headers={"x-functions-key": key})


def _workspace(told: "_Told") -> "Workspace":
    from azure.identity import DefaultAzureCredential

    from shared.adapters.azureml import Workspace

    subscription, group, name = (told.value(each) for each in AZURE_ML)
    credential = DefaultAzureCredential()
    return Workspace(subscription=subscription, resource_group=group, name=name, credential=credential)


class _Told:
    """What a deployment has told of itself; asked once, and only where no variable says it."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        self._outputs: Mapping[str, str] | None = None

    def value(self, *names: str) -> str:
        """Return a value: a variable's by any of its names, or the output's by the last."""
        given = next((os.environ[name] for name in names if os.environ.get(name)), "")
        if given:
            return given
        if self._outputs is None:
            self._outputs = _outputs(self._environment)
        found = self._outputs.get(names[-1].lower(), "")
        if not found:
            raise SettingsError(
                f"{names[-1]} is not known: {self._environment} does not tell it. Deploy it "
                f"(infra/deploy/deploy.sh {self._environment}), or set the variable {names[0]}"
            )
        return found


def _outputs(environment: str) -> dict[str, str]:
    """Return the outputs of the environment's deployment; Azure changes the case of their names now and then."""
    asked = ("deployment", "sub", "show", "--name", f"shelfcast-{environment}")
    content = json.loads(_az(*asked, "--query", "properties.outputs", "--output", "json") or "{}") or {}
    return {str(name).lower(): str(output["value"]) for name, output in content.items()}


def _key(told: _Told) -> str:
    """Return the function's key from Resource Manager, which needs no right in the Key Vault, and no way to it."""
    group, name = told.value("RESOURCE_GROUP"), told.value("FUNCTION_APP_NAME")
    asked = ("functionapp", "keys", "list", "--resource-group", group, "--name", name)
    return _az(*asked, "--query", "functionKeys.default", "--output", "tsv").strip()


def _az(*words: str) -> str:
    """Ask the Azure CLI, as whoever is signed in."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            ["az", *words],  # noqa: S607 - the CLI of the path, as the scripts of infra/deploy use it
            capture_output=True, text=True, timeout=AZ_SECONDS, check=True,
        )  # fmt: skip
    except FileNotFoundError as exc:
        raise SettingsError("az is missing. Install the Azure CLI, or set the variables instead") from exc
    except subprocess.SubprocessError as exc:
        said = " ".join(str(getattr(exc, "stderr", "") or exc).split())[:500]
        raise SettingsError(f"az {words[0]} {words[1]} failed: {said}") from exc
    return done.stdout
