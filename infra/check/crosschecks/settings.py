"""The app's settings: what the code reads is set, what is set is read, and its values are understood.

Whether they hold secrets is a matter of policies.identity.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from infra.check.model import Node, Resource, Unknown
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure
from local.host.ncrontab import Schedule
from local.host.registry import Function
from monitor.database import AZURE_SQL, with_managed_identity
from shared.errors import SettingsError
from shared.settings import ROOT, Settings

SITE = "Microsoft.Web/sites"
CODE = ("functions", "shared", "monitor")
NOBODY = "00000000-0000-0000-0000-000000000000"
HOLE = re.compile(r"{[^{}]*}")
PERCENT = re.compile(r"%(\w+)%")
ON_ONE_MACHINE = {
    "LakeStorage": "a connection string, which only the local environment takes",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "the code sets it itself",
}
"""What the code knows and a deployed app must not have, with the reason."""

OPTIONAL = {
    "SHELFCAST_REQUIRED_ROLE": "only where Entra ID signs callers in",
}
"""What may be left out, with the reason."""

HOST = {
    "AZURE_CLIENT_ID": "DefaultAzureCredential picks the app's identity by it",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "the host's own telemetry goes there",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "the host signs its telemetry with the app's identity",
    "AzureFunctionsJobHost__extensions__durableTask__hubName": "overrides host.json",
    "PYTHON_ENABLE_INIT_INDEXING": "the worker indexes functions when it starts",
}
"""What the host, the worker or an SDK reads, with the reason."""

BLOB_TRIGGER = ("blobServiceUri", "queueServiceUri", "credential", "clientId")
HOST_STORAGE = ("accountName", "credential", "clientId")
URIS = ("blobServiceUri", "queueServiceUri", "tableServiceUri", "credential", "clientId")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads a setting."""

    setting: str
    where: str


def unset_settings(subject: Infrastructure) -> Iterator[Finding]:
    """A setting that is missing is found out at the first event of the night."""
    for site in subject.each(SITE):
        given = app_settings(site)
        first = {reader.setting: reader for reader in reversed(readers_of(subject, given))}
        for reader in first.values():
            if reader.setting not in given:
                yield _finding(
                    site,
                    f"does not set {reader.setting}, which {reader.where} reads.",
                    f"Add {reader.setting} to its app settings.",
                )


def unread_settings(subject: Infrastructure) -> Iterator[Finding]:
    """A setting that nobody reads misleads whoever changes it."""
    for site in subject.each(SITE):
        given = app_settings(site)
        read = {reader.setting for reader in readers_of(subject, given)} | HOST.keys() | OPTIONAL.keys()
        for name, node in given.items():
            if name not in read:
                reason = ON_ONE_MACHINE.get(name)
                yield Finding(
                    place=node.place,
                    problem=f"{site.what} sets {name}, {f'which is {reason}' if reason else 'which nobody reads'}.",
                    remedy="Take it out, or correct its name (shared/settings.py).",
                    environment=site.environment,
                )


def setting_values(subject: Infrastructure) -> Iterator[Finding]:
    """The app reads its settings once, when it starts, and refuses what does not fit: better here than there."""
    for site in subject.each(SITE):
        values = {name: _stand_in(name, node) for name, node in app_settings(site).items()}
        for problem in (*_refused(values), *_unfit(values, site.environment)):
            yield _finding(
                site, f"would not start: {problem.removesuffix('.')}.", "Correct its app settings."
            )


def _finding(site: Found, problem: str, remedy: str) -> Finding:
    """Return what is wrong with a site's settings, at their line."""
    own = site.finding(problem, remedy, "properties.siteConfig.appSettings")
    configs = [one.body.at("properties") for one in _configs(site)]
    return replace(own, place=configs[0].place) if configs and configs[0] else own


def _configs(site: Found) -> list[Resource]:
    """Return the resource that sets the app settings of a site, where it is one of its own."""
    name = f"{site.resource.name}/appsettings"
    return [config for config in site.graph.of_type(f"{SITE}/config") if config.name == name]


def app_settings(site: Found) -> dict[str, Node]:
    """Return the app settings of a site by name, from its own list and from its config 'appsettings'."""
    found = {}
    pairs = site.resource.body.at("properties", "siteConfig", "appSettings")
    for pair in pairs.value if pairs and isinstance(pairs.value, list) else ():
        found[str(pair.get("name"))] = pair.at("value") or pair
    for config in _configs(site):
        values = config.body.at("properties")
        if values and isinstance(values.value, dict):
            found |= values.value
    return found


def readers_of(subject: Infrastructure, given: Mapping[str, Node]) -> list[Reader]:
    """Return everything that has to be set: by the code, by the triggers, by their connections."""
    wanted = [*_read_by_settings(), *_read_from_environment(), *_read_by_bindings(subject.functions, given)]
    return [reader for reader in wanted if reader.setting not in ON_ONE_MACHINE.keys() | OPTIONAL.keys()]


def _read_by_settings() -> Iterator[Reader]:
    for name, field in Settings.model_fields.items():
        yield Reader(setting=field.alias or name, where=f"shared/settings.py ({name})")


@cache
def _read_from_environment() -> tuple[Reader, ...]:
    """Return what the code takes from the environment by itself."""
    paths = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(reader for path in paths for reader in _read_in(path))


def _read_in(path: Path) -> Iterator[Reader]:
    for node in ast.walk(ast.parse(path.read_text())):
        name = environment_name(node)
        if name:
            yield Reader(setting=name, where=f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}")


def environment_name(node: ast.AST) -> str:
    """Return NAME of os.environ["NAME"], os.environ.get("NAME") and os.getenv("NAME")."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        return _constant(node.slice) if isinstance(node.ctx, ast.Load) else ""
    if isinstance(node, ast.Call) and node.args:
        called = ast.unparse(node.func)
        return _constant(node.args[0]) if called in ("os.environ.get", "os.getenv") else ""
    return ""


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _read_by_bindings(functions: Mapping[str, Function], given: Mapping[str, Node]) -> Iterator[Reader]:
    for function in functions.values():
        for binding in function.bindings:
            for value in binding.values():
                for name in PERCENT.findall(value) if isinstance(value, str) else ():
                    yield Reader(setting=name, where=f"the {binding['type']} of {function.name}")
            if binding.get("connection"):
                yield from _connection(str(binding["connection"]), binding["type"], function.name, given)
    yield from _connection("AzureWebJobsStorage", "", "the host", given)


def _connection(name: str, kind: str, who: str, given: Mapping[str, Node]) -> Iterator[Reader]:
    """A connection by identity is a family of settings; the host's storage can be given by its account's name."""
    parts: tuple[str, ...] = URIS if name == "AzureWebJobsStorage" else BLOB_TRIGGER
    if name == "AzureWebJobsStorage" and f"{name}__accountName" in given:
        parts = HOST_STORAGE
    for part in parts:
        yield Reader(setting=f"{name}__{part}", where=f"the {kind} of {who}" if kind else who)


def _stand_in(name: str, node: Node) -> str:
    """Return a value as text; of what is known only later, something that is of the right kind."""
    if isinstance(node.value, Unknown) and name == "APPLICATIONINSIGHTS_CONNECTION_STRING":
        return f"InstrumentationKey={NOBODY}"
    return _filled(node.value.text) if isinstance(node.value, Unknown) else str(node.plain())


def _filled(text: str) -> str:
    """Put something of the right kind for what only Azure knows."""
    whole = text if "{" in text else f"{{{text}}}"
    return HOLE.sub(lambda match: NOBODY if match[0].endswith("Id}") else "later", whole)


def _refused(values: Mapping[str, str]) -> Iterator[str]:
    try:
        Settings.read(values)
    except SettingsError as exc:
        yield str(exc).removesuffix(".")


def _unfit(values: Mapping[str, str], environment: str) -> Iterator[str]:
    """What Settings takes, and what would fail later all the same."""
    if values.get("SHELFCAST_ENVIRONMENT") != environment:
        yield f"SHELFCAST_ENVIRONMENT is {values.get('SHELFCAST_ENVIRONMENT')!r} in {environment}"
    if not (ROOT / values.get("SHELFCAST_PROFILE", "")).is_file():
        yield f"SHELFCAST_PROFILE names no file of the package: {values.get('SHELFCAST_PROFILE')!r}"
    yield from _unfit_ledger(values.get("SHELFCAST_LEDGER_URL", ""))
    for name, value in values.items():
        if name.endswith("_SCHEDULE"):
            yield from _unfit_schedule(name, value)
        if name.endswith("__credential") and value != "managedidentity":
            yield f"{name} is {value!r}, and has to be 'managedidentity'"


def _unfit_ledger(url: str) -> Iterator[str]:
    try:
        address = with_managed_identity(make_url(url))
    except Exception as exc:  # noqa: BLE001 - whatever is wrong with it is the finding
        yield f"SHELFCAST_LEDGER_URL: {exc}"
        return
    if address.drivername != AZURE_SQL or not (address.host and address.database):
        yield f"SHELFCAST_LEDGER_URL is not of the form {AZURE_SQL}://server/database"


def _unfit_schedule(name: str, value: str) -> Iterator[str]:
    try:
        Schedule.parse(value)
    except Exception as exc:  # noqa: BLE001 - whatever is wrong with it is the finding
        yield f"{name}: {exc}"
