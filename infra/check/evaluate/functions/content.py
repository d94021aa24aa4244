"""Functions that read files of the repository, and, in parameter files, the environment."""

import base64
import re
from typing import Any

import yaml

from infra.check.evaluate.functions.registry import Invocation, valued
from infra.check.model import Node, Unknown


@valued("loadTextContent")
def load_text_content(invocation: Invocation, path: str, encoding: str = "utf-8") -> Node:
    """Return the text of a file."""
    return invocation.node(_text(invocation, path, encoding))


@valued("loadFileAsBase64")
def load_file_as_base64(invocation: Invocation, path: str) -> Node:
    """Return the bytes of a file in Base64."""
    seen = invocation.seen
    found = seen.run.root / seen.run.inside(seen.names.path, path, invocation.place)
    return invocation.node(base64.b64encode(found.read_bytes()).decode())


@valued("loadJsonContent")
def load_json_content(invocation: Invocation, path: str, inner: str = "$", encoding: str = "utf-8") -> Node:
    """Return what a file of JSON holds, perhaps only what lies at a path such as `$.a.b[0]`."""
    seen = invocation.seen
    content = seen.run.json(
        seen.run.inside(seen.names.path, path, invocation.place), invocation.place, encoding
    )
    return invocation.node(_at(invocation, content, inner))


@valued("loadYamlContent")
def load_yaml_content(invocation: Invocation, path: str, inner: str = "$", encoding: str = "utf-8") -> Node:
    """Return what a file of YAML holds, perhaps only what lies at a path such as `$.a.b[0]`."""
    try:
        content = yaml.safe_load(_text(invocation, path, encoding))
    except yaml.YAMLError as exc:
        raise invocation.wrong(f"{path} is no YAML: {exc}.", "Mend the file.") from exc
    return invocation.node(_at(invocation, content, inner))


def _text(invocation: Invocation, path: str, encoding: str) -> str:
    run, names = invocation.seen.run, invocation.seen.names
    return run.text(run.inside(names.path, path, invocation.place), invocation.place, encoding)


def _at(invocation: Invocation, content: Any, path: str) -> Any:
    for name, index in re.findall(r"([^.\[\]$]+)|\[(\d+)\]", path):
        try:
            content = content[int(index)] if index else content[name]
        except (KeyError, IndexError, TypeError) as exc:
            raise invocation.wrong(f"nothing lies at {path}.", "Mend the path.") from exc
    return content


@valued("readEnvironmentVariable")
def read_environment_variable(invocation: Invocation, name: str, default: str | None = None) -> Node:
    """Return a variable of those that the run is given, else the default."""
    given = invocation.seen.run.variables.get(name, default)
    if not invocation.seen.names.is_parameters:
        raise invocation.wrong("only parameter files read the environment.", "Declare a parameter.")
    if given is not None:
        return invocation.node(given)
    return Node(Unknown(f"environment variable {name}"), invocation.place)


@valued("getSecret")
def get_secret(invocation: Invocation, *parts: str) -> Node:
    """Return a secret that only the vault knows."""
    return Node(Unknown(f"getSecret({', '.join(parts)})", secure=True), invocation.place)
