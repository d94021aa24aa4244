"""Flattens pydantic models and functions' bindings into the entries of a contract."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

Entry = tuple[str, dict[str, Any]]
Schema = Mapping[str, Any]
BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)


def model_entries(model: type[BaseModel], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Return every field of a model, those of models inside it by their path; ``*`` stands for a free key."""
    schema = model.model_json_schema()
    return dict(_fields(schema, schema.get("$defs", {}), prefix))


def _fields(schema: Schema, models: Schema, prefix: str) -> Iterator[Entry]:
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, _definition(field, models, required=name in schema.get("required", ()))
        for inner, step in _inside(field, models):
            yield from _fields(inner, models, f"{path}{step}.")


def _definition(field: Schema, models: Schema, *, required: bool) -> dict[str, Any]:
    """Describe a field by its kind, its bounds, the words that it may hold, and its default."""
    found: dict[str, Any] = {"kind": _kind(field, models), "required": required}
    words = [word for part in _parts(field, models) for word in part.get("enum", _constant(part))]
    if words:
        found["one_of"] = words
    found |= {key: part[key] for part in _parts(field, models) for key in (*BOUNDS, "pattern") if key in part}
    if "default" in field:
        found["default"] = field["default"]
    return found | ({"about": field["description"]} if "description" in field else {})


def _constant(part: Schema) -> list[Any]:
    return [part["const"]] if "const" in part else []


def _parts(field: Schema, models: Schema) -> list[Schema]:
    """Return the alternatives that a field may be, itself where there are none; of a list what it lists."""
    field = _resolved(field, models)
    alternatives = [part for key in ("anyOf", "oneOf") for part in field.get(key, ())]
    if alternatives:
        return [deep for part in alternatives for deep in _parts(part, models)]
    return [field, *(_parts(field["items"], models) if isinstance(field.get("items"), dict) else ())]


def _resolved(field: Schema, models: Schema) -> Schema:
    reference = field.get("$ref")
    return models[reference.rpartition("/")[2]] if reference else field


def _kind(field: Schema, models: Schema) -> str:
    field = _resolved(field, models)
    alternatives = [part for key in ("anyOf", "oneOf") for part in field.get(key, ())]
    if alternatives:
        return " or ".join(sorted({_kind(part, models) for part in alternatives}))
    kind = str(field.get("format") or field.get("type") or ("one of" if "enum" in field else "anything"))
    return f"list of {_kind(field['items'], models)}" if isinstance(field.get("items"), dict) else kind


def _inside(field: Schema, models: Schema) -> Iterator[tuple[Schema, str]]:
    """Yield the models that a field holds, with the step that leads to them."""
    field = _resolved(field, models)
    if "properties" in field:
        yield field, ""
    for part in (part for key in ("anyOf", "oneOf") for part in field.get(key, ())):
        yield from _inside(part, models)
    for key, step in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(field.get(key), dict):
            yield from ((inner, step + deeper) for inner, deeper in _inside(field[key], models))


def binding_entries(functions: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the functions by name, and the routes by method and route."""
    found: dict[str, dict[str, Any]] = {}
    for name, bindings in functions.items():
        trigger = next(binding for binding in bindings if str(binding["type"]).endswith("Trigger"))
        kept = ("type", "path", "queueName", "schedule", "source", "connection")
        found[f"function.{name}"] = {key: trigger[key] for key in kept if key in trigger}
        for method in trigger.get("methods", ()):
            found[f"{method} {trigger['route']}"] = {"function": name, "key": trigger.get("authLevel")}
    return found
