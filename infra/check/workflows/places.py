"""Finds the line on which something in a YAML file stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.check.model import Place

STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\[(\d+)\]")

SCRIPTS = ("bash", "script", "inlineScript", "run")
"""The keys under which pipelines and workflows hold shell."""


def place_of(file: Path, root: Path, path: str) -> Place:
    """Return where a path such as ``$.stages[0].jobs[1]`` leads, as far as it can be followed.

    Conditions and loops of Azure Pipelines (``${{ if }}:``) count as what is in them, as the schema's check has it.
    """
    node = yaml.compose((root / file).read_text(encoding="utf-8"))
    line = node.start_mark.line if node else 0
    for name, quoted, number in STEP.findall(path):
        found = _child(node, name or quoted, int(number or 0)) if node else None
        if found is None:
            break
        node, line = found
    return Place(file, line + 1)


def scripts_of(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Yield every script of a YAML file with the line on which its first line stands."""
    node = yaml.compose((root / file).read_text(encoding="utf-8"))
    yield from _scripts(node) if node else ()


def _scripts(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in SCRIPTS and isinstance(value, yaml.ScalarNode):
                yield value.start_mark.line + (2 if value.style in ("|", ">") else 1), value.value
            else:
                yield from _scripts(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scripts(item)


def _child(node: yaml.Node, name: str, number: int) -> tuple[yaml.Node, int] | None:
    if name and isinstance(node, yaml.MappingNode):
        pairs = [(key, value) for key, value in _pairs(node) if key.value == name]
        return (pairs[-1][1], pairs[-1][0].start_mark.line) if pairs else None
    if not name and isinstance(node, yaml.SequenceNode):
        items = list(_items(node))
        return (items[number], items[number].start_mark.line) if number < len(items) else None
    return None


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    for key, value in node.value:
        if not _directive(key):
            yield key, value
        elif isinstance(value, yaml.MappingNode):
            yield from _pairs(value)


def _items(node: yaml.SequenceNode) -> Iterator[yaml.Node]:
    for item in node.value:
        inner = item.value[0] if isinstance(item, yaml.MappingNode) and len(item.value) == 1 else None
        if inner is None or not _directive(inner[0]):
            yield item
        elif isinstance(inner[1], yaml.SequenceNode):
            yield from _items(inner[1])
        else:
            yield inner[1]


def _directive(key: yaml.Node) -> bool:
    text = str(key.value)
    return text.startswith("${{") and text.endswith("}}")
