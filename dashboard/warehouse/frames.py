"""Rows of an engine across the network as the frame that DuckDB gives: types follow from declarations, not values."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from errors import EngineError

ARROW: dict[str, pa.DataType] = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}
"""SQL type, as Trino and Athena declare a column → what DuckDB makes of the same type."""
_PRECISION = re.compile(r"\(\d+\)")


def frame(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """`rows` under `columns` (name, declared type), in Arrow-backed columns; typed even when there are none."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = {
        name: pa.chunked_array([pa.array(column, _arrow(name, kind))])
        for (name, kind), column in zip(columns, values, strict=True)
    }
    return pd.DataFrame({name: pd.arrays.ArrowExtensionArray(array) for name, array in arrays.items()}, copy=False)


def _arrow(name: str, kind: str) -> pa.DataType:
    try:
        return ARROW[_PRECISION.sub("", kind)]  # how long or fine a value may be is no part of its type here
    except KeyError:
        raise EngineError(
            f"The column {name} is of type {kind}, which no report may select.", f"Cast it to {' or '.join(ARROW)}."
        ) from None
