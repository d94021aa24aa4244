"""Reads dataset versions of the conditioned zone into typed frames.

A version is a manifest that lists its parts (standard CSV). What the values mean, and how the versions came to be,
is not here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from shared.errors import TrainingError
from shared.schemas import TABLES


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The standard tables as frames; None where the client has no such table.

    Dates are ``datetime64``, ``issued_at`` is UTC, identifiers are text (categories in the long tables).
    """

    stores: pd.DataFrame
    products: pd.DataFrame
    shipments: pd.DataFrame
    returns: pd.DataFrame | None = None
    weather_history: pd.DataFrame | None = None
    weather_forecast: pd.DataFrame | None = None
    demographics: pd.DataFrame | None = None
    demographics_by_zip: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    promotions: pd.DataFrame | None = None


def read_tables(conditioned: Path, versions: Mapping[str, str]) -> Tables:
    """Read one version of each table.

    Parameters
    ----------
    conditioned : Path
        The conditioned zone, holding ``{table}/versions/{version}.json``.
    versions : mapping of table to version
        Must name stores, products and shipments.

    Raises
    ------
    TrainingError
        If a needed table is not named, or a manifest or part is missing.
    """
    needed = {"stores", "products", "shipments"} - set(versions)
    if needed:
        raise TrainingError(f"no version given for {', '.join(sorted(needed))}")
    frames = {table: _read_version(conditioned, table, version) for table, version in versions.items()}
    return Tables(**frames)


def in_clusters(tables: Tables, clusters: Mapping[str, Sequence[str]]) -> Tables:
    """Return the tables with the stores of each cluster in a market of the cluster's name."""
    if not clusters:
        return tables
    market = {store: name for name, stores in clusters.items() for store in stores}
    own = tables.stores["store_id"].map(market)
    return replace(tables, stores=tables.stores.assign(market=own.fillna(tables.stores["market"])))


def _read_version(conditioned: Path, table: str, version: str) -> pd.DataFrame:
    manifest = _read_manifest(conditioned / table / "versions" / f"{version}.json")
    parts = [_read_part(_locate(conditioned, part["path"]), table) for part in manifest["parts"]]
    joined = (
        pa.concat_tables(parts, promote_options="permissive")
        if parts
        else TABLES[table].arrow_schema.empty_table()
    )
    long = TABLES[table].partition_by is not None
    return joined.to_pandas(date_as_object=False, strings_to_categorical=long)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as exc:
        raise TrainingError(f"no manifest {path}; materialise the lake first") from exc


def _locate(conditioned: Path, blob: str) -> Path:
    """Find a part whose blob path starts with its container, wherever the container is mounted."""
    container, _, rest = blob.partition("/")
    return conditioned / (rest if container == "conditioned" else blob)


def _read_part(path: Path, table: str) -> pa.Table:
    schema = TABLES[table].arrow_schema
    options = csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    try:
        return csv.read_csv(path, convert_options=options)
    except FileNotFoundError as exc:
        raise TrainingError(f"no part {path}, though its manifest lists it") from exc
