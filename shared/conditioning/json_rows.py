"""Rows as JSON objects on one line each, for people who look into the quarantine."""

import json

import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.coding import codes_and_values, compact
from shared.conditioning.standard_csv import rendered

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def json_rows(rows: pa.Table) -> pa.Array:
    """Write every row as a JSON object; it begins with a brace, so that no spreadsheet executes it.

    Parameters
    ----------
    rows : pa.Table, n rows
        Text, numbers, dates or times.

    Returns
    -------
    pa.StringArray, length n
    """
    if not rows.num_columns:
        return pa.array(["{}"] * rows.num_rows, pa.string())
    members = [
        pc.binary_join_element_wise(as_json(name), _cells(column), ":")
        for name, column in zip(rows.column_names, compact(rows).columns, strict=True)
    ]
    return pc.binary_join_element_wise("{", pc.binary_join_element_wise(*members, ","), "}", "")


def as_json(value: object) -> str:
    """Write one value as JSON."""
    return _ENCODER.encode(value)


def _cells(column: pa.ChunkedArray) -> pa.Array:
    codes, values = codes_and_values(column)
    text = rendered(values)
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        text = pa.array([as_json(value) for value in text.to_pylist()], pa.string())
    return pc.if_else(values.is_null(), "null", text).take(pa.array(codes))
