"""Runs a source's hook: Python beside the profile, for what YAML does not reach."""

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from shared.conditioning.batches import ROW
from shared.conditioning.coding import plain
from shared.errors import UnreadableFile

Hook = Callable[[pa.Table], pa.Table]
_ONE_AT_A_TIME = threading.Lock()


def load_hook(folder: Path, hook: str | None) -> Hook | None:
    """Load ``file.py:function`` from the profile's folder.

    Raises
    ------
    UnreadableFile
        ``hook_failed``.
    """
    if hook is None:
        return None
    file, _, function = hook.partition(":")
    path = folder / file
    try:
        spec = importlib.util.spec_from_file_location(f"shelfcast_hook_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{file} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded: Hook = getattr(module, function)
    except Exception as exc:
        raise _failed(hook, exc) from exc
    return loaded


def apply_hook(rows: pa.Table, hook: Hook, name: str) -> tuple[pa.Table, pa.Table]:
    """Run a hook on a batch.

    Parameters
    ----------
    rows : pa.Table
        Text columns and `_row`.
    name : str
        The hook as the profile names it.

    Returns
    -------
    rows : pa.Table
        What the hook made of them: text columns, sorted by `_row`.
    dropped : pa.Table
        The rows given to it of which nothing came back.

    Raises
    ------
    UnreadableFile
        ``hook_failed``.
    """
    try:
        with _ONE_AT_A_TIME:
            made = _checked(hook(plain(rows)), rows)
    except Exception as exc:
        raise _failed(name, exc) from exc
    gone = ~np.isin(rows[ROW].to_numpy(), made[ROW].to_numpy())
    return made, rows.filter(pa.array(gone))


def _checked(made: pa.Table, given: pa.Table) -> pa.Table:
    if not isinstance(made, pa.Table) or ROW not in made.column_names:
        raise TypeError(f"it has to return a pyarrow Table with the column {ROW}")
    invented = np.setdiff1d(made[ROW].to_numpy(), given[ROW].to_numpy())
    if len(invented):
        raise ValueError(f"it invented the row numbers {invented[:5].tolist()}")
    texts = {name: made[name].cast(pa.string()) for name in made.column_names if name != ROW}
    return pa.table({**texts, ROW: made[ROW].cast(pa.int64())}).sort_by(ROW)


def _failed(hook: str, exc: Exception) -> UnreadableFile:
    return UnreadableFile(
        "hook_failed", f"{hook} raised {type(exc).__name__}: {exc}. Correct the hook, or the file"
    )
