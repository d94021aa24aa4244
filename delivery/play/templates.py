"""Expands a pipeline as Azure does at compile time: parameters, variables, templates, conditions and loops.

YAML's scalars are texts here, as for Azure; a parameter's type makes a boolean or a number of one. What a pipeline's
parts mean is not here: :mod:`delivery.play.model`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from delivery.play.errors import ExpressionRefused, PipelineRefused
from delivery.play.expressions import Scope, interpolate, text_of, truth_of

DIRECTIVE = re.compile(r"\$\{\{\s*(if|elseif|else|each|insert)\b(.*)\}\}", re.DOTALL)
EACH = re.compile(r"\s*(\w+)\s+in\s+(.+)", re.DOTALL)
LISTS = ("stages", "jobs", "steps", "variables")
"""The keys whose lists may take a template."""


def expand(path: Path, root: Path, facts: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pipeline without any expression of compile time.

    Parameters
    ----------
    path, root : Path
        The pipeline's file, and the repository.
    facts : mapping
        The variables that are known before: ``Build.SourceBranch`` and its like.
    given : mapping
        Values of the pipeline's parameters.
    """
    return _File(path, root).pipeline(facts, given)


class _File:
    """A YAML file that is being expanded."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path, self.root = path.resolve(), root.resolve()
        self.name = self._name()
        self.content = self._read()

    def pipeline(self, facts: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the file as a pipeline: its variables are known to the expressions after them."""
        scope = Scope({"parameters": self._parameters(given), "variables": dict(facts)})
        found = self._expand(self.content.pop("variables", []), scope, "variables")
        variables = {**groups(found), **named(found)}
        scope = scope.with_names(variables={**facts, **variables})
        return {**self._expand(self.content, scope), "variables": variables}

    def part(self, key: str, given: Mapping[str, Any], scope: Scope) -> list[Any]:
        """Return the file's list of stages, jobs, steps or variables, with its own parameters."""
        if key not in self.content:
            raise PipelineRefused(self.name, f"It has no '{key}'.", "Use it where its content belongs.")
        inner = scope.with_names(parameters=self._parameters(given))
        found = self._expand(self.content[key], inner, key)
        return [{"name": n, "value": v} for n, v in found.items()] if isinstance(found, dict) else found

    def _read(self) -> dict[str, Any]:
        try:
            content = yaml.load(self.path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        except (OSError, yaml.YAMLError) as exc:
            raise PipelineRefused(
                self.name, f"It cannot be read: {exc}.", "Mend the file or its name."
            ) from exc
        if not isinstance(content, dict):
            raise PipelineRefused(self.name, "It is no mapping.", "Start with keys such as 'stages'.")
        return content

    def _name(self) -> str:
        return (
            str(self.path.relative_to(self.root)) if self.path.is_relative_to(self.root) else str(self.path)
        )

    def _parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = self.content.pop("parameters", [])
        unknown = set(given) - {one["name"] for one in declared}
        if unknown:
            raise PipelineRefused(
                self.name, f"It has no parameter {sorted(unknown)}.", "Declare it, or drop it."
            )
        return {one["name"]: self._parameter(one, given) for one in declared}

    def _parameter(self, declared: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
        name, kind = declared["name"], declared.get("type", "string")
        if name not in given and "default" not in declared:
            raise PipelineRefused(self.name, f"The parameter '{name}' is not given.", "Give it.")
        value = _typed(given.get(name, declared.get("default")), kind)
        allowed = declared.get("values")
        if value is _WRONG or (allowed and text_of(value) not in allowed):
            raise PipelineRefused(
                self.name,
                f"The parameter '{name}' is {given.get(name)!r}.",
                f"Give a {kind}{' of ' + str(allowed) if allowed else ''}.",
            )
        return value

    def _expand(self, node: Any, scope: Scope, key: str = "") -> Any:
        if isinstance(node, dict):
            return self._mapping(node, scope)
        if isinstance(node, list):
            return list(self._list(node, scope, key))
        try:
            return interpolate(node, scope)
        except ExpressionRefused as exc:
            raise PipelineRefused(self.name, str(exc), "") from exc

    def _mapping(self, node: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, inner, around in self._taken(node.items(), scope):
            if key is None:
                made.update(self._expand(inner, around))
            else:
                made[self._expand(key, around)] = self._expand(inner, around, key)
        return made

    def _list(self, node: list[Any], scope: Scope, key: str) -> Iterator[Any]:
        pairs = ((next(iter(item.items()))) if _directive(item) else (None, item) for item in node)
        for plain, item, around in self._taken(((d or "item", i) for d, i in pairs), scope):
            if isinstance(item, dict) and "template" in item and key in LISTS:
                yield from self._template(item, around, key)
                continue
            value = self._expand(item, around, key)
            spliced = isinstance(value, list) and (isinstance(item, str) or plain is None)
            yield from value if spliced else [value]

    def _taken(self, pairs: Any, scope: Scope) -> Iterator[tuple[str | None, Any, Scope]]:
        """Yield what the conditions let through and the loops repeat; a None key: the content of a directive."""
        open_else = False
        for key, inner in pairs:
            found = DIRECTIVE.fullmatch(key.strip())
            if not found:
                open_else = False
                yield key, inner, scope
            elif found[1] == "each":
                yield from ((None, inner, around) for around in self._each(found[2], scope))
            elif found[1] == "insert":
                yield None, inner, scope
            else:
                asked = found[1] == "if" or open_else
                taken = asked and (found[1] == "else" or truth_of(self._value(found[2], scope)))
                open_else = asked and not taken
                if taken:
                    yield None, inner, scope

    def _each(self, expression: str, scope: Scope) -> Iterator[Scope]:
        found = EACH.fullmatch(expression.strip())
        if not found:
            raise PipelineRefused(self.name, f"'each{expression}' cannot be read.", "Write: each x in list.")
        values = self._value(found[2], scope) or []
        pairs = [{"key": k, "value": v} for k, v in values.items()] if isinstance(values, dict) else values
        for value in pairs:
            yield scope.with_names(**{found[1]: value})

    def _value(self, expression: str, scope: Scope) -> Any:
        return self._expand("${{" + expression + "}}", scope)

    def _template(self, item: Mapping[str, Any], scope: Scope, key: str) -> list[Any]:
        name = self._expand(item["template"], scope)
        path = self.root / name.lstrip("/") if name.startswith("/") else self.path.parent / name
        return _File(path, self.root).part(key, self._expand(item.get("parameters", {}), scope), scope)


GROUPS = Path(__file__).parent / "groups.yml"
"""What the variable groups of Azure Pipelines hold, in a play."""

_WRONG = object()


def _typed(value: Any, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text_of(value).casefold(), _WRONG)
    if kind == "number":
        return int(value) if str(value).lstrip("-").isdigit() else _WRONG
    if kind == "string":
        return _WRONG if isinstance(value, dict | list) else text_of(value)
    return value


def _directive(item: Any) -> bool:
    return isinstance(item, dict) and len(item) == 1 and bool(DIRECTIVE.fullmatch(next(iter(item)).strip()))


def named(variables: Any) -> dict[str, str]:
    """Return variables as one mapping; of two with one name, the later."""
    if isinstance(variables, dict):
        return {name: text_of(value) for name, value in variables.items()}
    return {one["name"]: text_of(one["value"]) for one in variables if "name" in one}


def groups(variables: Any) -> dict[str, str]:
    """Return what the variable groups hold that a pipeline names."""
    asked = [one["group"] for one in variables if "group" in one] if isinstance(variables, list) else []
    held = yaml.safe_load(GROUPS.read_text(encoding="utf-8"))
    unknown = [name for name in asked if name not in held]
    if unknown:
        raise PipelineRefused(
            str(GROUPS), f"It has no variable group {unknown}.", "Add what a play needs of it."
        )
    return {name: text_of(value) for group in asked for name, value in held[group].items()}
