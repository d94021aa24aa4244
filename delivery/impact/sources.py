"""The contracts as the code has them now. Nothing is compared here."""

import ast
import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sqlalchemy import CheckConstraint, Column
from sqlalchemy import Table as LedgerTable

from delivery.impact.schemas import binding_entries, model_entries
from delivery.impact.snapshot import Entries, ImpactError
from functions.requests import Body, ReplayConditioning, StartRun
from monitor.schema import metadata
from shared import messages
from shared.messages import Message
from shared.profile import Profile
from shared.schemas import SCHEMA_VERSION, TABLES, Table
from shared.settings import ROOT
from shared.telemetry.names import DIMENSIONS, UNITS
from training.metrics import Metrics, measure

BODIES: dict[str, type[Body]] = {
    "POST runs": StartRun,
    "POST conditioning/{source}/replay": ReplayConditioning,
}
ACTUAL = (0, 0, 10, 20, np.nan, 5)
FORECAST = (1, 0, 12, 15, 3, 5)
_ATTRIBUTE = re.compile(r"^    (\w[\w, ]*) : .*\n((?:        .+\n?)+)", re.MULTILINE)
_Definitions = dict[str, dict[str, Any]]


def tables() -> Entries:
    """Standard tables of the conditioned zone."""
    found: _Definitions = {"version": {"number": SCHEMA_VERSION}}
    for table in TABLES.values():
        found |= _standard(table)
    return found


def _standard(table: Table) -> _Definitions:
    found: _Definitions = {
        table.name: {"key": list(table.key), "partition_by": table.partition_by, "open": table.open}
    }
    for field in table.fields:
        bounds = {"minimum": field.minimum, "maximum": field.maximum, "one_of": list(field.one_of)}
        known = {key: value for key, value in bounds.items() if value not in (None, [])}
        found[f"{table.name}.{field.name}"] = {"kind": field.kind, "required": field.required} | known
    return found


def ledger() -> Entries:
    """Tables and columns of the run ledger."""
    found: _Definitions = {}
    for table in metadata.tables.values():
        found[table.name] = _ledger_table(table)
        found |= {f"{table.name}.{column.name}": _column(column) for column in table.columns}
    return found


def _ledger_table(table: LedgerTable) -> dict[str, Any]:
    rules = sorted(str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
    return {"key": [column.name for column in table.primary_key], "rules": rules, "about": table.comment}


def _column(column: Column[Any]) -> dict[str, Any]:
    return {"kind": repr(column.type), "null": column.nullable, "about": column.comment}


def telemetry() -> Entries:
    """Metrics of the running system, and what they may be split by."""
    metrics = {str(metric): {"definition": text} for metric, text in UNITS.items()}
    return metrics | {f"dimension.{name}": {} for name in sorted(DIMENSIONS)}


def metrics() -> Entries:
    """The numbers of accuracy: what each says it is, and what it is of a few rows."""
    said = {
        name.strip(): " ".join(text.split())
        for names, text in _ATTRIBUTE.findall(inspect.cleandoc(Metrics.__doc__ or "").replace("\n", "\n    "))
        for name in names.split(",")
    }
    values = measure(ACTUAL, FORECAST).to_json()
    return {
        one.name: {"definition": said[one.name], "example": round(values[one.name] or 0.0, 6)}
        for one in fields(Metrics)
    }


def steps(root: Path = ROOT) -> Entries:
    """Steps of the pipelines, and what each takes."""
    found: _Definitions = {}
    for path in sorted((root / "training" / "pipelines").glob("*.yml")):
        pipeline = yaml.safe_load(path.read_text())
        found |= {
            f"{path.stem}.input.{name}": {"kind": _kind(given)} for name, given in pipeline["inputs"].items()
        }
        for position, (name, step) in enumerate(pipeline["jobs"].items(), start=1):
            found[f"{path.stem}.step.{name}"] = {
                "position": position,
                "component": Path(step["component"]).stem,
            }
    for path in sorted((root / "training" / "pipelines" / "components").glob("*.yml")):
        component = yaml.safe_load(path.read_text())
        for name, given in component["inputs"].items():
            optional = isinstance(given, dict) and bool(given.get("optional"))
            found[f"component.{path.stem}.{name}"] = {"kind": _kind(given), "required": not optional}
    return found


def _kind(given: Any) -> str:
    return str(given["type"]) if isinstance(given, dict) else "string"


def http(root: Path = ROOT) -> Entries:
    """Functions, routes, and the fields of their requests."""
    agreed = json.loads((root / "tests" / "conformance" / "functions.json").read_text())
    found = binding_entries(agreed)
    for route, body in BODIES.items():
        found |= model_entries(body, f"{route}: ")
    return found


def durable() -> Entries:
    """Messages that cross a durable boundary or lie in the lake's runs zone."""
    found_there: list[type[Message]] = [
        kind for _, kind in inspect.getmembers(messages, inspect.isclass) if issubclass(kind, Message)
    ]
    kinds = [kind for kind in found_there if kind is not Message]
    found: _Definitions = {}
    for kind in kinds:
        own = model_entries(kind, f"{kind.__name__}.")
        found |= {name: definition for name, definition in own.items() if name.count(".") == 1}
    return found


def profile() -> Entries:
    """Keys of the client profile."""
    return model_entries(Profile)


def forecasts(root: Path = ROOT) -> Entries:
    """Columns of the forecasts and orders that are published."""
    source = _constants(root / "training" / "steps" / "publish.py")
    columns = {
        f"forecasts.csv.{name}": {"position": at} for at, name in enumerate(source["COLUMNS"], start=1)
    }
    orders = (*source["KEY"], "suggested_order")
    return columns | {f"orders.csv.{name}": {"position": at} for at, name in enumerate(orders, start=1)}


def bundle(root: Path = ROOT) -> Entries:
    """Files of a model bundle and what they hold; read from the source, as torch takes seconds to load."""
    path = root / "training" / "bundle.py"
    constants = _constants(path)
    files: _Definitions = {str(constants[name]): {} for name in ("MANIFEST", "MODEL", "ARRAYS")}
    keys: _Definitions = {f"{constants['MODEL']}.{key}": {} for key in _keys_of(path, "_describe")}
    return {"schema": {"number": constants["SCHEMA"]}} | files | keys


def _constants(path: Path) -> dict[str, Any]:
    """Return the constants that a module gives names to, several at once included."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and _is_literal(node.value):
            value = ast.literal_eval(node.value)
            for target in node.targets:
                found |= _named(target, value)
    return found


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.Tuple | ast.List) and all(
        isinstance(part, ast.Constant) for part in getattr(node, "elts", ())
    )


def _named(target: ast.expr, value: Any) -> dict[str, Any]:
    if isinstance(target, ast.Tuple):
        return {
            part.id: one for part, one in zip(target.elts, value, strict=True) if isinstance(part, ast.Name)
        }
    return {target.id: value} if isinstance(target, ast.Name) else {}


def _keys_of(path: Path, function: str) -> list[str]:
    """Return the keys of the object that a function returns, nested ones by their path."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            returned = next(one.value for one in ast.walk(node) if isinstance(one, ast.Return))
            if isinstance(returned, ast.Dict):
                return list(_keys(returned))
    raise ImpactError(
        f"{path.name} has no function {function} that returns an object. Mend delivery/impact/sources.py."
    )


def _keys(value: ast.Dict) -> Mapping[str, None]:
    found: dict[str, None] = {}
    for key, inner in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant):
            own = str(key.value)
            found |= {own: None}
            found |= {f"{own}.{name}": None for name in _keys(inner)} if isinstance(inner, ast.Dict) else {}
    return found
