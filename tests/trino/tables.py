"""A laptop's lake as tables of Trino: the same Parquet files, under the columns that the code already knows.

`derived/` keeps superseded files beside the current ones, and a table reads whole folders: so the current files of all
tables are linked into a folder of their own, partition by partition. That folder is one catalog.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trino
from sqlglot import exp

from dashboard.warehouse.tables import COLUMNS
from ingest_stack import lake
from ingest_stack.derived import Derived
from ingest_stack.lake import DATED, Lake

SCHEMA = "menulens"
PARTITIONS = dict.fromkeys(DATED, "dt") | {
    table: "local_date" for table, columns in COLUMNS.items() if "local_date" in columns
}
TABLES: dict[str, dict[str, str]] = {
    # `dt` is in the folders' names alone.
    table: columns | ({"dt": "date"} if table in DATED else {})
    for table, columns in (COLUMNS | lake.COLUMNS).items()
}


def files(lake: Lake) -> Iterator[tuple[str, Path]]:
    """Every current file of the lake: its place as `<table>/[<partition>=<value>/]<name>`, and the file itself."""
    for dated in DATED:
        for dt, paths in lake.days(dated).items():
            yield from ((f"{dated}/dt={dt}/{path.name}", path) for path in paths)
    for table in TABLES.keys() - PARTITIONS.keys():
        yield from ((f"{table}/{path.name}", path) for path in (lake.path / table).glob("*.parquet"))
    for table, days in Derived(lake.path).manifest().files.items():
        # One name for all generations of a day: a newer one takes the older one's place at once.
        yield from ((f"{table}/local_date={day}/day.parquet", path) for day, path in days.items())


class Shown:
    """The lake of one home as `<catalog>.menulens.<table>`; `folder` must be this catalog's alone."""

    def __init__(self, url: str, catalog: str, home: Path, folder: Path) -> None:
        self.url = url
        self.catalog = catalog
        self.lake = Lake(home / "lake")
        self._folder = folder
        for table in TABLES:
            (folder / table).mkdir(parents=True)
        self.create_catalog(catalog)
        self.define(SCHEMA, *TABLES)
        self.follow()

    def create_catalog(self, name: str, properties: Mapping[str, str] | None = None) -> None:
        """Make a catalog of the same schemas and tables, with more properties of the Hive connector's."""
        given = {
            "hive.metastore": "file",
            "hive.metastore.catalog.dir": "local:///metastore",
            "fs.native-local.enabled": "true",
            "local.location": str(self._folder),
            **(properties or {}),
        }
        listed = ", ".join(f"\"{key}\" = '{value}'" for key, value in given.items())
        self.run(f"CREATE CATALOG {name} USING hive WITH ({listed})")

    @property
    def settings(self) -> dict[str, Any]:
        """What the adapter needs to ask about this lake."""
        return {
            "url": self.url,
            "user": "bed",
            "password": "",
            "catalog": self.catalog,
            "schema": SCHEMA,
            "timeout_seconds": 60,
        }

    def run(self, sql: str, values: list[object] | None = None, schema: str = SCHEMA) -> list[list[Any]]:
        """Rows of one statement; unqualified tables are those of `schema`."""
        at = urlsplit(self.url)
        with trino.dbapi.connect(
            host=at.hostname,
            port=at.port,
            user="bed",
            catalog=self.catalog,
            schema=schema,
            timezone="UTC",
            legacy_prepared_statements=False,
        ) as connection:
            return connection.cursor().execute(sql, values).fetchall()

    def define(self, schema: str, *tables: str) -> None:
        """Make `tables` known in a schema of this catalog."""
        self.run(f"CREATE SCHEMA {self.catalog}.{schema}")
        for table in tables:
            partition = PARTITIONS.get(table)
            # A table's partitions are its last columns.
            names = sorted(TABLES[table], key=lambda name: name == partition)
            columns = ", ".join(f'"{name}" {_kind(TABLES[table][name])}' for name in names)
            by = f", partitioned_by = ARRAY['{partition}']" if partition else ""
            place = f"external_location = 'local:///{table}'"
            self.run(f"CREATE TABLE {table} ({columns}) WITH (format = 'PARQUET', {place}{by})", schema=schema)
            self._find_partitions(schema, table)

    def follow(self) -> None:
        """Show what the lake holds now."""
        wanted, touched = dict(files(self.lake)), set()
        for path in sorted(self._folder.glob("*/**/*.parquet")):
            place = str(path.relative_to(self._folder))
            if place.split("/")[0] in TABLES and place not in wanted:
                path.unlink()
                with suppress(OSError):  # other files are left
                    path.parent.rmdir()
                touched.add(place.split("/")[0])
        for place, path in wanted.items():
            shown = self._folder / place
            if not shown.exists():
                touched.add(place.split("/")[0])
            elif _signature(shown) == _signature(path):
                continue
            shown.parent.mkdir(exist_ok=True)
            _link(path, shown)
        for table in touched & PARTITIONS.keys():
            self._find_partitions(SCHEMA, table)

    def _find_partitions(self, schema: str, table: str) -> None:
        if table in PARTITIONS:
            self.run(f"CALL system.sync_partition_metadata('{schema}', '{table}', 'FULL')")


def _kind(column: str) -> str:
    """A DuckDB type in Trino's words."""
    return exp.DataType.build(column, dialect="duckdb").sql("trino")


def _signature(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _link(path: Path, place: Path) -> None:
    beside = place.with_name(f".{place.name}.tmp")
    try:
        os.link(path, beside)
    except OSError:  # another disk
        shutil.copy2(path, beside)
    beside.rename(place)
