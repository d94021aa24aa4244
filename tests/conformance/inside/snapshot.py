"""The app's functions and bindings as the worker tells the host, beside those that were last agreed upon."""

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

UPDATE = "If it is meant: python -m tests.conformance --update, and review the difference"


def describe(functions: Iterable[Any]) -> dict[str, list[dict[str, Any]]]:
    """Return every function's bindings with every property, by name."""
    return {
        function.name: [json.loads(binding) for binding in function.raw_bindings]
        for function in sorted(functions, key=lambda function: function.name)
    }


def difference(found: dict[str, Any], snapshot: Path) -> str:
    """Return what differs from the snapshot, line by line; empty where nothing does."""
    agreed = snapshot.read_text().splitlines() if snapshot.exists() else []
    lines = difflib.unified_diff(
        agreed, text_of(found).splitlines(), snapshot.name, "the app", lineterm="", n=6
    )
    return "\n".join(lines)


def text_of(found: dict[str, Any]) -> str:
    """Return the snapshot's text: a binding per line."""
    functions = []
    for name, bindings in found.items():
        lines = ",\n".join(f"    {json.dumps(binding, sort_keys=True)}" for binding in bindings)
        functions.append(f"  {json.dumps(name)}: [\n{lines}\n  ]")
    return "{\n" + ",\n".join(functions) + "\n}\n"
