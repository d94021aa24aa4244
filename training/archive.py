"""A panel as a folder, between the steps of a pipeline: arrays as safetensors, frames as Parquet, the rest as JSON.

The same panel gives the same bytes, and nothing but the classes named here is ever made from a file.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from training.panel import Panel
from training.surroundings import Attributes, Events, Promotions
from training.weather import Weather

CLASSES = {cls.__name__: cls for cls in (Panel, Promotions, Weather, Events, Attributes)}
TREE, ARRAYS = "tree.json", "arrays.safetensors"


def save_panel(panel: Panel, folder: Path) -> None:
    """Write the panel into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    frames: dict[str, pd.DataFrame] = {}
    tree = _encode(panel, "panel", arrays, frames)
    save_file(arrays, folder / ARRAYS)
    for path, frame in frames.items():
        frame.to_parquet(folder / f"{path}.parquet")
    (folder / TREE).write_text(json.dumps(tree, sort_keys=True))


def load_panel(folder: Path) -> Panel:
    """Read a panel back."""
    panel = _decode(json.loads((folder / TREE).read_text()), folder, load_file(folder / ARRAYS))
    assert isinstance(panel, Panel)
    return panel


def _encode(value: Any, path: str, arrays: dict[str, Any], frames: dict[str, pd.DataFrame]) -> Any:
    def inner(name: object, item: Any) -> Any:
        return _encode(item, f"{path}.{name}", arrays, frames)

    if isinstance(value, np.ndarray):
        is_time = value.dtype.kind == "M"
        arrays[path] = np.ascontiguousarray(value.astype(np.int64) if is_time else value)
        return {"array": path, "time": str(value.dtype) if is_time else None}
    if isinstance(value, pd.DataFrame):
        frames[path] = value
        return {"frame": path}
    if is_dataclass(value):
        members = {f.name: inner(f.name, getattr(value, f.name)) for f in fields(value)}
        return {"class": type(value).__name__, "fields": members}
    if isinstance(value, dict):
        return {"members": {name: inner(name, item) for name, item in value.items()}}
    if isinstance(value, tuple):
        return {"items": [inner(i, item) for i, item in enumerate(value)]}
    return {"plain": value}


def _decode(node: dict[str, Any], folder: Path, arrays: dict[str, Any]) -> Any:
    def inner(child: dict[str, Any]) -> Any:
        return _decode(child, folder, arrays)

    if "array" in node:
        return arrays[node["array"]].astype(node["time"]) if node["time"] else arrays[node["array"]]
    if "frame" in node:
        return pd.read_parquet(folder / f"{node['frame']}.parquet")
    if "class" in node:
        return CLASSES[node["class"]](**{name: inner(child) for name, child in node["fields"].items()})
    if "members" in node:
        return {name: inner(child) for name, child in node["members"].items()}
    if "items" in node:
        return tuple(inner(child) for child in node["items"])
    return node["plain"]
