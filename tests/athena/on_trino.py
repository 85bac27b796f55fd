"""The double's rows from real Trino, the engine that Athena is made of: the same SQL, the texts that Athena prints."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trino

from dashboard.warehouse import Warehouse
from dashboard.warehouse.athena import Account, AthenaWarehouse
from tests.athena.double import Asked, Athena, Failed, Result

_PRECISION = re.compile(r"\([\d, ]+\)")


def on_trino(url: str, catalog: str, schema: str) -> Callable[[Asked], Result]:
    """Answers each query in `catalog`.`schema` of the Trino at `url`, whatever catalog and database Athena was told."""
    at = urlsplit(url)
    connection = trino.dbapi.connect(
        host=at.hostname, port=at.port, user="athena", catalog=catalog, schema=schema, timezone="UTC"
    )

    def answer(asked: Asked) -> Result:
        cursor = connection.cursor(stats_callback=lambda _: _stop(cursor) if asked.stopped.is_set() else None)
        try:
            rows = cursor.execute(_bound(asked)).fetchall()
        except trino.exceptions.TrinoQueryError as problem:
            raise Failed(f"{problem.error_name}: {problem.message}") from problem
        columns = [(column.name, _PRECISION.sub("", column.type_code)) for column in cursor.description or ()]
        return Result(columns, [[_text(value) for value in row] for row in rows], cursor.stats["physicalInputBytes"])

    return answer


def _stop(cursor: trino.dbapi.Cursor) -> None:
    cursor.cancel()
    raise Failed("Query cancelled by user")


def _bound(asked: Asked) -> str:
    """Athena's execution parameters are literals of SQL: they stand where Trino's USING has its values."""
    if not asked.parameters:
        return asked.sql
    quoted = asked.sql.replace("'", "''")
    return f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(asked.parameters)}"


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), repr(value).upper())
        case datetime():
            zone = f" {value.tzname()}" if value.tzinfo else ""
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + zone
        case int() | str() | date():
            return str(value)
    raise Failed(f"NOT_SUPPORTED: the double can't print {value!r}")


@contextmanager
def athena_warehouse(url: str, catalog: str, schema: str, now: Callable[[], datetime]) -> Iterator[Warehouse]:
    """The port on Athena, over the double, over the tables of one schema of Trino."""
    account = Account("eu-central-1", "primary", "AwsDataCatalog", "menulens", "", 60, 60, 5.0)
    with Athena(on_trino(url, catalog, schema)) as athena, pytest.MonkeyPatch.context() as patch:
        for name, value in athena.environment.items():
            patch.setenv(name, value)
        yield AthenaWarehouse(account, now=now)


def iceberg(url: str, catalog: str, folder: Path) -> Callable[[str], list[Any]]:
    """A catalog of Iceberg tables under `folder`, with an empty schema `menulens`: runs a statement in that."""
    at = urlsplit(url)
    connection = trino.dbapi.connect(host=at.hostname, port=at.port, user="bed", catalog=catalog, schema="menulens")

    def run(sql: str) -> list[Any]:
        return list(connection.cursor().execute(sql).fetchall())

    run(
        f"CREATE CATALOG {catalog} USING iceberg WITH (\"iceberg.catalog.type\" = 'TESTING_FILE_METASTORE',"
        " \"hive.metastore.catalog.dir\" = 'local:///metastore', \"fs.native-local.enabled\" = 'true',"
        f" \"local.location\" = '{folder}')"
    )
    run("CREATE SCHEMA menulens")
    return run
