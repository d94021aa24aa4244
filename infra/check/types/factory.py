"""Holds Data Factory's definitions against their types, on the lines of their own files.

Bicep loads them whole, so that in an environment a mistake in one has the line of the call. What their expressions name
is not here (see infra.check.crosschecks).
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.check.model import Fault, Node, Place, Scalar, Unknown
from infra.check.types.definitions import Definitions, load
from infra.check.types.resources import body_faults

FOLDER = Path("infra/adf")
TYPES = {
    "linked_services": "Microsoft.DataFactory/factories/linkedservices",
    "pipelines": "Microsoft.DataFactory/factories/pipelines",
    "triggers": "Microsoft.DataFactory/factories/triggers",
}
STATE = "runtimeState"  # written by the factory when it exports a trigger, and left out by the deployment


def check_factory(root: Path, definitions: Path) -> list[Fault]:
    """Return what is wrong with Data Factory's definitions.

    Parameters
    ----------
    root : Path
        The repository.
    definitions : Path
        The folder of the type definitions (see `definitions_folder`).

    Returns
    -------
    list of Fault
        In the order of the files.
    """
    known = load(definitions)
    return sorted(
        fault
        for folder, kind in TYPES.items()
        for file in sorted((root / FOLDER / folder).glob("*.json"))
        for fault in _of_file(file.relative_to(root), file.read_text(encoding="utf-8"), kind, known)
    )


def _of_file(path: Path, text: str, kind: str, definitions: Definitions) -> Iterator[Fault]:
    try:
        body = read_json(text, path)
    except yaml.YAMLError as exc:
        problem = f"The file cannot be read: {str(exc).splitlines()[0]}."
        yield Fault(place=Place(path, 1), rule="syntax", problem=problem, remedy="Write it as JSON.")
        return
    yield from _type_faults(body, kind)
    shape = definitions.find(kind, definitions.newest(kind)).body
    yield from body_faults(_as_deployed(body), kind, body.get("name"), shape)


def _type_faults(body: Node, kind: str) -> Iterator[Fault]:
    said = body.at("type")
    if said is not None and said.value != kind:
        problem = f"'{said.plain()}' is not what this folder holds."
        yield Fault(place=said.place, rule="wrong-value", problem=problem, remedy=f"Write '{kind}'.")


def _as_deployed(body: Node) -> Node:
    """Leave out what a template says elsewhere: the type itself, and whether a trigger runs."""
    properties = body.at("properties")
    if not isinstance(body.value, dict) or properties is None or not isinstance(properties.value, dict):
        return body
    kept = {name: inner for name, inner in properties.value.items() if name != STATE}
    rest = {name: inner for name, inner in body.value.items() if name != "type"}
    return Node({**rest, "properties": Node(kept, properties.place)}, body.place)


def read_json(text: str, path: Path) -> Node:
    """Return what a JSON file says, each value with its line. JSON is YAML, whose reader tells the lines."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        return _node(root, loader, path)
    finally:
        loader.dispose()


def _node(written: yaml.Node | None, loader: yaml.SafeLoader, path: Path, line: int = 0) -> Node:
    """Return a value on the line of its property, which is where somebody looks for it."""
    place = Place(path, line or 1)
    if isinstance(written, yaml.MappingNode):
        pairs = ((key, value, key.start_mark.line + 1) for key, value in written.value)
        return Node({key.value: _node(value, loader, path, at) for key, value, at in pairs}, place)
    if isinstance(written, yaml.SequenceNode):
        return Node(
            [_node(item, loader, path, item.start_mark.line + 1) for item in written.value],
            place,
        )
    return Node(_scalar(loader.construct_object(written)) if written else None, place)


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, str | int | bool) or value is None else Unknown(str(value))
