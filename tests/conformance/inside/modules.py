"""Imports all of the app, the parts that only Azure needs included: a package may be missing that no twin needs."""

import importlib
import pkgutil
from collections.abc import Iterator

OURS = ("functions", "monitor", "shared")
THEIRS = ("azure.ai.ml", "azure.identity", "azure.storage.blob", "opencensus.ext.azure", "mssql_python")


def import_all() -> int:
    """Import every module of ours, and what they import only when it is needed; returns how many are ours."""
    ours = [name for package in OURS for name in _below(package)]
    for name in (*ours, *THEIRS):
        importlib.import_module(name)
    return len(ours)


def _below(package: str) -> Iterator[str]:
    yield package
    found = importlib.import_module(package)
    yield from (module.name for module in pkgutil.walk_packages(found.__path__, f"{package}."))
