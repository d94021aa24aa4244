"""Every command that the twin knows: its words, what it does, and what it needs."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from delivery.play.az import apps, deployments
from delivery.play.az.cloud import SUBSCRIPTION, AzRefused, Cloud, NotFound, digest, made_up_id

Options = Mapping[str, list[str]]
Command = Callable[[Cloud, Options], Any]


REGISTRIES = "Microsoft.ContainerRegistry/registries"
FACTORIES = "Microsoft.DataFactory/factories"
TRIGGERS = re.compile(
    r"/subscriptions/.+/factories/(?P<factory>[^/]+)/triggers(?:/(?P<name>[^/]+)/(?P<word>start|stop))?\?.*"
)


def _account(cloud: Cloud, options: Options) -> dict[str, str]:
    return {"id": SUBSCRIPTION, "name": "played", "tenantId": SUBSCRIPTION, "state": "Enabled"}


def _extension(cloud: Cloud, options: Options) -> dict[str, str]:
    return {"name": options["name"][0]}


def _identity(cloud: Cloud, options: Options) -> dict[str, str]:
    key = cloud.need("Microsoft.ManagedIdentity/userAssignedIdentities", options["name"][0])
    return {name: made_up_id(f"{key}.properties.{name}") for name in ("principalId", "clientId")}


def _registry(cloud: Cloud, options: Options) -> dict[str, str]:
    return {"id": cloud.need(REGISTRIES, options["name"][0])}


def _image(cloud: Cloud, options: Options) -> dict[str, str]:
    thing = _image_in(cloud, options["name"][0], options["image"][0])
    return {**_there(cloud, thing), "digest": f"sha256:{digest(thing)}"}


def _build_image(cloud: Cloud, options: Options) -> None:
    if not Path(options["file"][0]).is_file():
        raise AzRefused(f"Unable to find '{options['file'][0]}'.")
    cloud.make(_image_in(cloud, options["registry"][0], options["image"][0]))


def _import_image(cloud: Cloud, options: Options) -> None:
    server, _, image = options["source"][0].partition("/")
    if server.endswith(".azurecr.io"):
        _there(cloud, _image_in(cloud, server.partition(".")[0], image))
    cloud.make(_image_in(cloud, options["name"][0], options["image"][0]))


def _image_in(cloud: Cloud, registry: str, image: str) -> str:
    cloud.need(REGISTRIES, registry)
    return f"acr image/{registry}/{image}"


def _rest(cloud: Cloud, options: Options) -> dict[str, list[dict[str, object]]] | None:
    """Data Factory's triggers, which have no command of their own without an extension."""
    found = TRIGGERS.fullmatch(options["url"][0])
    if not found:
        raise AzRefused(f"the twin of az does not know {options['url'][0]}.", 2)
    started = f"trigger started/{found['factory']}/{found['name']}"
    if found["word"]:
        (cloud.make if found["word"] == "start" else cloud.take_away)(started)
        return None
    names = [key.rpartition("/")[2] for key in cloud.resources(f"{FACTORIES}/{found['factory']}/triggers")]
    states = {f"trigger started/{found['factory']}/{name}": name for name in names}
    return {
        "value": [
            {"name": name, "properties": {"runtimeState": "Started" if key in cloud.things else "Stopped"}}
            for key, name in states.items()
        ]
    }


def _of_workspace(kind: str, *, make: bool) -> Command:
    def command(cloud: Cloud, options: Options) -> dict[str, str] | None:
        workspace = options["workspace-name"][0]
        cloud.need("Microsoft.MachineLearningServices/workspaces", workspace)
        name = options["name"][0] if "name" in options else _name_in(Path(options["file"][0]))
        thing = f"ml {kind}/{workspace}/{name}:{options['version'][0]}"
        if not make:
            return _there(cloud, thing)
        cloud.make(thing)
        return None

    return command


def _name_in(file: Path) -> str:
    found = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("name:")]
    return found[0].removeprefix("name:").strip()


def _made(kind: str, *names: str) -> Command:
    def command(cloud: Cloud, options: Options) -> None:
        if "resource-group" in options:
            cloud.need_group(options["resource-group"][0])
        cloud.make("/".join([kind, *(options[name][0] for name in names if name in options)]))

    return command


def _removed(kind: str, *names: str) -> Command:
    def command(cloud: Cloud, options: Options) -> None:
        cloud.take_away("/".join([kind, *(options[name][0] for name in names if name in options)]))

    return command


def _listed(kind: str, option: str) -> Command:
    def command(cloud: Cloud, options: Options) -> list[dict[str, str]]:
        wanted = f"{kind}/{options[option][0]}"
        return [{"name": thing, "id": thing} for thing in cloud.things if thing == wanted]

    return command


def _locks(cloud: Cloud, options: Options) -> list[dict[str, str]]:
    group = f"/resourceGroups/{options['resource-group'][0]}/".lower()
    found = cloud.resources("Microsoft.Authorization/locks")
    return [{"id": key} for key in found if group in key.lower()]


def _unlock(cloud: Cloud, options: Options) -> None:
    for one in cloud.deployments.values():
        for key in options["ids"]:
            one["resources"].pop(key, None)


def _delete_group(cloud: Cloud, options: Options) -> None:
    group = options["name"][0]
    cloud.need_group(group)
    if _locks(cloud, {"resource-group": [group]}):
        raise AzRefused(f"(ScopeLocked) The scope '{group}' cannot be deleted because it is locked.")
    for one in cloud.deployments.values():
        kept = {k: v for k, v in one["resources"].items() if f"/{group}/".lower() not in f"{k}/".lower()}
        one["resources"] = kept


def _policy(cloud: Cloud, options: Options) -> dict[str, str]:
    return {"etag": made_up_id(f"{options['account-name'][0]}/{options['container-name'][0]}")}


def _none(cloud: Cloud, options: Options) -> list[str]:
    return []


def _nothing(cloud: Cloud, options: Options) -> None:
    return None


def _there(cloud: Cloud, thing: str) -> dict[str, str]:
    if thing not in cloud.things:
        raise NotFound(f"'{thing}'")
    return {"name": thing}


COMMANDS: Mapping[str, Command] = {
    "account show": _account,
    "acr build": _build_image,
    "acr import": _import_image,
    "acr repository show": _image,
    "acr show": _registry,
    "bicep build": deployments.compile_all,
    "bicep build-params": deployments.compile_all,
    "bicep lint": deployments.compile_all,
    "deployment group create": deployments.create_in_group,
    "deployment sub create": deployments.create,
    "deployment sub delete": deployments.delete,
    "deployment sub show": deployments.show,
    "deployment sub what-if": deployments.what_if,
    "extension add": _nothing,
    "extension show": _extension,
    "functionapp deployment source config-zip": apps.deploy_zip,
    "functionapp function list": apps.functions,
    "functionapp keys list": apps.keys,
    "functionapp keys set": _nothing,
    "group delete": _delete_group,
    "identity show": _identity,
    "lock delete": _unlock,
    "lock list": _locks,
    "ml component create": _of_workspace("component", make=True),
    "ml component show": _of_workspace("component", make=False),
    "ml environment create": _of_workspace("environment", make=True),
    "ml environment show": _of_workspace("environment", make=False),
    "ml workspace delete": _removed("ml workspace", "name"),
    "network private-endpoint-connection approve": _nothing,
    "network private-endpoint-connection list": _none,
    "rest": _rest,
    "role assignment create": _made("role assignment", "assignee-object-id", "role", "scope"),
    "role assignment delete": _nothing,
    "role definition create": _made("role definition", "role-definition"),
    "role definition list": _listed("role definition", "name"),
    "sql server firewall-rule create": _made("firewall rule", "server", "name"),
    "sql server firewall-rule delete": _removed("firewall rule", "server", "name"),
    "storage container immutability-policy delete": _nothing,
    "storage container immutability-policy show": _policy,
}
