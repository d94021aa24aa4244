"""The Function app as Azure runs it fits what host.json and the package ask for. Its settings are in settings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.check.rules import Finding
from infra.check.subject import Infrastructure, said
from local.host.registry import of_kind

SITE = "Microsoft.Web/sites"
HOST = Path("host.json")
RUNTIME = {"name": "python", "version": "3.13"}
"""The version that the conformance test runs the app under."""

TASK_HUB = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
BUNDLE = "[4.*, 5.0.0)"
"""The extension bundle whose blob trigger listens to Event Grid."""


def host_file(subject: Infrastructure) -> Iterator[Finding]:
    """Without the right extension bundle and a valid task hub the host starts, and runs nothing."""
    host = json.loads(subject.text(HOST) or "{}")
    bundle = host.get("extensionBundle", {})
    if bundle.get("version") != BUNDLE:
        yield _in_host(
            subject, "extensionBundle", f"asks for the bundle {bundle.get('version')}", f"Ask for {BUNDLE}."
        )
    hub = host.get("extensions", {}).get("durableTask", {}).get("hubName", "")
    if not TASK_HUB.fullmatch(hub):
        yield _in_host(
            subject,
            "hubName",
            f"names the task hub '{hub}'",
            "Give 3 to 45 letters and digits, a letter first.",
        )


def _in_host(subject: Infrastructure, word: str, problem: str, remedy: str) -> Finding:
    return Finding(place=subject.line_of(HOST, word), problem=f"{problem}.", remedy=remedy)


def runtime(subject: Infrastructure) -> Iterator[Finding]:
    """The packages in requirements.txt are built for one version of Python."""
    path = "properties.functionAppConfig.runtime"
    for site in subject.each(SITE):
        for name, wanted in RUNTIME.items():
            if site.get(f"{path}.{name}") != wanted:
                yield site.finding(
                    f"runs {name} {said(site.get(f'{path}.{name}'))}.",
                    f"Set {path}.{name} to '{wanted}'.",
                    f"{path}.{name}",
                )


def flex_consumption(subject: Infrastructure) -> Iterator[Finding]:
    """The blob trigger by Event Grid and identity-based deployment are what the plan was chosen for."""
    for plan in subject.each("Microsoft.Web/serverfarms"):
        if plan.get("sku.name") != "FC1":
            yield plan.finding(
                f"is of SKU {said(plan.get('sku.name'))}.", "Set sku.name to 'FC1'.", "sku.name"
            )
    for site in subject.each(SITE):
        path = "properties.functionAppConfig.deployment.storage.authentication.type"
        if site.get(path) != "UserAssignedIdentity":
            yield site.finding(
                f"gets its package by {said(site.get(path))}.", f"Set {path} to 'UserAssignedIdentity'.", path
            )


def always_ready(subject: Infrastructure) -> Iterator[Finding]:
    """The first event at a cold start can be refused: in production an instance of the blob group waits for it."""
    if not of_kind(subject.functions, "blobTrigger"):
        return
    path = "properties.functionAppConfig.scaleAndConcurrency.alwaysReady"
    for site in subject.each(SITE, only="prod"):
        groups: list[dict[str, Any]] = site.get(path) or []
        if not any(group.get("name") == "blob" and group.get("instanceCount", 0) >= 1 for group in groups):
            yield site.finding(
                "keeps no instance ready for arriving files.", f"Add the group 'blob' to {path}.", path
            )
