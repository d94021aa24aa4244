"""A job request made into what azure-ai-ml submits: the pipeline's YAML with the paths of one cell. Nothing is sent."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from shared.errors import JobRefused
from shared.ports import JobRequest

if TYPE_CHECKING:
    from azure.ai.ml.entities import Job

JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
CONTAINER = re.compile(r"[a-z0-9](-?[a-z0-9])*")
READ_BY_A_SHELL = re.compile(r'["$`\\\x00-\x1f]')
"""In a text that a step's command has between double quotes."""


def load_pipeline(request: JobRequest, *, folder: Path, compute: str) -> "Job":
    """Load the pipeline's YAML with the request filled in; raises JobRefused where they do not fit.

    Every output of the pipeline is a step's, and becomes the folder of its name below the request's output.
    """
    from azure.ai.ml import load_job

    file = _file(request, folder)
    declared = yaml.safe_load(file.read_bytes())
    _check(request, declared.get("inputs") or {})
    inputs = {f"inputs.{name}.path": datastore_uri(path) for name, path in request.inputs.items()}
    texts = {f"inputs.{name}": text for name, text in request.parameters.items()}
    outputs = {
        f"outputs.{step}.path": datastore_uri(f"{request.output.rstrip('/')}/{step}")
        for step in declared.get("outputs") or {}
    }
    overrides = _about(request, compute) | inputs | texts | outputs
    return load_job(file, params_override=[{key: value} for key, value in overrides.items()])


def datastore_uri(path: str) -> str:
    """Return the address of a lake path; each container of the lake is a datastore of the workspace by its name."""
    container, _, rest = path.partition("/")
    if not CONTAINER.fullmatch(container) or ".." in rest.split("/"):
        raise JobRefused(f"{path!r} is no path in the lake. Give a container, or container/folder/file.")
    return f"azureml://datastores/{container}/paths/{rest}"


def resource_name(text: str) -> str:
    """Return a text as a name that Azure ML takes: letters, digits, ``-`` and ``_``."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", ascii_text).strip("-_") or "unnamed"


def _file(request: JobRequest, folder: Path) -> Path:
    known = {path.stem: path for path in folder.glob("*.yml")}
    if request.pipeline not in known:
        raise JobRefused(
            f"no pipeline {request.pipeline!r}. There are: {', '.join(sorted(known)) or 'none'}."
        )
    return known[request.pipeline]


def _check(request: JobRequest, declared: Mapping[str, Any]) -> None:
    if not JOB_NAME.fullmatch(request.name):
        raise JobRefused(f"{request.name!r} is no name of a job. Give letters, digits, - and _.")
    given = dict.fromkeys(request.inputs, "a path") | dict.fromkeys(request.parameters, "a text")
    wanted = {name: "a path" if isinstance(kind, dict) else "a text" for name, kind in declared.items()}
    if given != wanted:
        wrong = sorted({name for name, _ in given.items() ^ wanted.items()})
        takes = ", ".join(f"{name} as {kind}" for name, kind in wanted.items())
        raise JobRefused(f"wrong inputs {', '.join(wrong)}: pipeline {request.pipeline} takes {takes}.")
    for name, text in request.parameters.items():
        if READ_BY_A_SHELL.search(text):
            raise JobRefused(f"{name} {text!r} has a character that a step's shell would read.")


def _about(request: JobRequest, compute: str) -> dict[str, Any]:
    market, form = request.parameters.get("market", ""), request.parameters.get("format", "")
    return {
        "name": request.name,
        "display_name": " ".join(filter(None, (request.pipeline, market, form))),
        "experiment_name": resource_name(f"shelfcast-{market}"),
        "tags": {key: str(value) for key, value in request.tags.items()},
        "compute": f"azureml:{compute}",
        "settings.default_compute": f"azureml:{compute}",
    }
