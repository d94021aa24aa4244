"""``az functionapp``: the package is indexed as the host does it."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.play.az.cloud import AzRefused, Cloud, made_up_id

Options = Mapping[str, list[str]]

SITES = "Microsoft.Web/sites"

INDEX = "import json; from local.host.registry import load_functions as load; print(json.dumps(sorted(load('{}'))))"
"""Run where the package lies, so that the package's own modules are loaded."""


def deploy_zip(cloud: Cloud, options: Options) -> None:
    """Take a package: its functions are listed from now on."""
    app, package = _app(cloud, options), Path(options["src"][0])
    if not zipfile.is_zipfile(package):
        raise AzRefused(f"{package} is no zip file.")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(package) as content:
        if "host.json" not in content.namelist():
            raise AzRefused(f"{package} has no host.json at its root.")
        content.extractall(folder)
        cloud.functions[app] = _indexed(Path(folder))


def functions(cloud: Cloud, options: Options) -> list[dict[str, str]]:
    """List the functions of an app."""
    app = _app(cloud, options)
    return [{"name": f"{app}/{name}"} for name in cloud.functions.get(app, [])]


def keys(cloud: Cloud, options: Options) -> dict[str, Any]:
    """Return an app's keys; that of the blob extension is there once code with blob triggers runs."""
    app = _app(cloud, options)
    system = {"blobs_extension": made_up_id(f"{app}/blobs_extension")} if cloud.functions.get(app) else {}
    return {"functionKeys": {"default": made_up_id(f"{app}/default")}, "systemKeys": system}


def _app(cloud: Cloud, options: Options) -> str:
    app = options["name"][0]
    cloud.need(SITES, app)
    return app


def _indexed(folder: Path) -> list[str]:
    """Return the functions of a package, none where an import fails, as the host has it."""
    found = subprocess.run(  # noqa: S603 - our own package
        [sys.executable, "-c", INDEX.format("function_app:app")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        sys.stderr.write(found.stderr)
        return []
    names: list[str] = json.loads(found.stdout.splitlines()[-1])
    return names
