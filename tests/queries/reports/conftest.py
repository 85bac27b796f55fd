"""Tiny tables in, rows out: both written as text, `-` for NULL, columns that a test doesn't name are 0 or NULL."""

from collections.abc import Callable
from datetime import date

import duckdb
import pytest

import queries
from dashboard.warehouse.tables import COLUMNS

Report = Callable[..., list[str]]
_DEFAULT = {"bigint": "0"}


@pytest.fixture
def report() -> Report:
    """Run a report over the given tables: its rows as lines of text, in order, a space between columns."""

    def run(name: str, first: str = "2026-11-01", last: str = "2026-11-30", **given: str | int) -> list[str]:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        for table, columns in COLUMNS.items():
            defaults = [f"{name} {kind} DEFAULT {_DEFAULT.get(kind, 'NULL')}" for name, kind in columns.items()]
            connection.execute(f"CREATE TABLE {table} ({', '.join(defaults)})")
            _fill(connection, table, str(given.pop(table, "")))
        rendered = queries.load(name).render("duckdb")
        dates = {"first_date": date.fromisoformat(first), "last_date": date.fromisoformat(last)}
        values = {parameter: (dates | given).get(parameter) for parameter in rendered.parameters}
        rows = connection.sql(rendered.sql, params=values).to_arrow_table().to_pylist()
        return [" ".join("-" if value is None else str(value) for value in row.values()) for row in rows]

    return run


def _fill(connection: duckdb.DuckDBPyConnection, table: str, text: str) -> None:
    header, *rows = [line.split() for line in text.strip().splitlines()] or [[]]
    for row in rows:
        values = [None if word == "-" else word for word in row]
        places = ", ".join("?" for _ in values)
        connection.execute(f"INSERT INTO {table} ({', '.join(header)}) VALUES ({places})", values)
