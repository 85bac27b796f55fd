"""DuckDB as the rollups' engine: names stand for files or temporary tables, rollups are run over them, rows written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

import queries
from errors import StorageError
from ingest_stack import contract
from ingest_stack.disk import put_in_place, reason, refusals
from ingest_stack.lake import COLUMNS, Lake, Table

MEMORY = "720MB"
"""Beyond this DuckDB works on disk; what it doesn't count (buffers, Python) stays below 1 GB with it."""

Values = Mapping[str, Any]
_DATES = {"dt", "local_date"}
_TEXTS = {
    "restaurant_id",
    "visit_id",
    "guest_id",
    "item_id",
    "currency",
    "from_restaurant_id",
    "recommended_restaurant_id",
    "recommended_item_id",
}
_DIMENSIONS: dict[Table, str] = {
    "restaurants": "restaurant_id",
    "menu_items": "restaurant_id, menu_version, item_id",
    "recommendation_rules": "restaurant_id, rule, recommended_restaurant_id, recommended_item_id",
}
_OF_THE_DISK = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
)


@dataclass(frozen=True)
class Statement:
    """DuckDB SQL and the values of its parameters."""

    sql: str
    values: Values


class Tables:
    """A connection for one refresh of the lake; temporary files lie in `spill`. Close it when done.

    Every method raises StorageError: naming the file, if one of the lake's can't be read.
    """

    def __init__(self, lake: Lake, spill: Path) -> None:
        self._lake = lake
        self._requests: list[Path] = []
        self._kinds: dict[str, str] = {}
        self._connection = duckdb.connect(
            config={
                "threads": 2,
                "memory_limit": MEMORY,
                "temp_directory": str(spill),
                "preserve_insertion_order": False,
            }
        )
        self.run("SET TimeZone = 'UTC'")
        queries.prepare(self._connection)
        # A restaurant or an item known twice would count its visits twice.
        for name, key in _DIMENSIONS.items():
            once = f"QUALIFY row_number() OVER (PARTITION BY {key}) = 1"
            self.table(name, f"FROM ({lake.select(name)}) {once}")

    def close(self) -> None:
        self._connection.close()

    def run(self, sql: str, values: Values | None = None) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, values or {})
        except duckdb.Error as problem:
            self._say_in_words(problem)
            raise

    def rows(self, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
        return self.run(sql, values).fetchall()

    def table(self, name: str, select: str, values: Values | None = None) -> None:
        """Let `name` be a temporary table of these rows."""
        self._create("TABLE", name, select, values)

    def view(self, name: str, select: str) -> None:
        """Let `name` stand for this SELECT."""
        self._create("VIEW", name, select)

    def drop(self, *names: str) -> None:
        """Give back the memory of temporary tables."""
        for name in names:
            self.run(f"DROP {self._kinds.pop(name)} {name}")

    def _create(self, kind: str, name: str, select: str, values: Values | None = None) -> None:
        if self._kinds.get(name, kind) != kind:
            self.drop(name)
        self.run(f"CREATE OR REPLACE TEMP {kind} {name} AS {select}", values)
        self._kinds[name] = kind

    def files(self, name: str, rollup: str, paths: Iterable[Path]) -> None:
        """Let `name` stand for these files of a derived table; without any it has the rollup's columns and no rows."""
        listed = list(paths)
        if listed:
            self.view(name, f"SELECT * FROM read_parquet([{_list(listed)}], hive_partitioning=false)")
            return
        columns = queries.load(rollup, "rollup").columns
        self.view(name, f"SELECT {', '.join(f'NULL::{_kind(column)} AS {column}' for column in columns)} WHERE false")

    def requests(self, paths: Iterable[Path]) -> None:
        """Let `requests` stand for these files of the lake."""
        self._requests = list(paths)
        if self._requests:
            hive = "hive_partitioning=true, hive_types={'dt': date}"
            self.view("requests", f"SELECT * FROM read_parquet([{_list(self._requests)}], {hive})")
        else:
            self.view("requests", self._lake.select("requests", date.max, date.min))

    def rollup(self, name: str, first: date, last: date, **more: int) -> Statement:
        """The rollup over these local days (of a partition's tables: these dt); what isn't given is left to it."""
        rendered = _rendered(name)
        given = {"first_date": first, "last_date": last, **more}
        return Statement(rendered.sql, {name: given.get(name) for name in rendered.parameters})

    def write(self, select: str, path: Path, order: str, values: Values | None = None) -> int:
        """Write rows, sorted, to a file that appears whole; returns how many. Without rows there is no file."""
        with refusals("The derived tables", path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.tmp")
            copy = f"COPY (SELECT * FROM ({select}) ORDER BY {order}) TO '{_quoted(beside)}'"
            [(count,)] = self.rows(f"{copy} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)", values)
            if count:
                put_in_place(beside, path)
            else:
                beside.unlink()
        return int(count)

    def restaurants(self) -> dict[str, tuple[str | None, str | None]]:
        """Each restaurant's time zone and currency."""
        rows = self.rows("SELECT restaurant_id, time_zone, currency FROM restaurants")
        return {restaurant: (zone, currency) for restaurant, zone, currency in rows}

    def menus(self) -> dict[str, str]:
        """Version and restaurant, as in `2 blue-door` → a digest of the places which that menu gives its items."""
        places = "string_agg(concat_ws(chr(31), item_id, section_id, position), chr(30) ORDER BY item_id)"
        digests = f"SELECT concat(menu_version, ' ', restaurant_id), left(md5({places}), 12) FROM menu_items"
        return dict(self.rows(f"{digests} GROUP BY restaurant_id, menu_version"))

    def offers(self) -> str:
        """A digest of what can be recommended, and how it is called."""
        statement = _rendered("offers").sql
        rows = "concat_ws(chr(31), pool, restaurant_id, restaurant_name, item_id, item_name)"
        return str(self.rows(f"SELECT md5(string_agg({rows}, chr(30) ORDER BY offer)) FROM ({statement})")[0][0])

    def rules(self) -> str:
        """A digest of the rules by which restaurants are recommended; empty where there are none."""
        columns = ", ".join(f"coalesce({name}::varchar, '')" for name in COLUMNS["recommendation_rules"])
        row = f"concat_ws(chr(31), {columns})"
        digest = f"SELECT coalesce(md5(string_agg({row}, chr(30) ORDER BY {row})), '') FROM recommendation_rules"
        return str(self.rows(digest)[0][0])

    def local_dates(self, select: str, instant: str) -> set[date]:
        """The local dates of a column of instants (ms) beside a restaurant_id."""
        local = f"at_timezone(to_timestamp({instant} / 1000), coalesce(time_zone, 'UTC'))"
        rows = f"SELECT DISTINCT {local}::date FROM ({select}) LEFT JOIN restaurants USING (restaurant_id)"
        return {day for (day,) in self.rows(rows)}

    def _say_in_words(self, problem: duckdb.Error) -> None:
        """Raise StorageError if the disk or a file of the lake is to blame."""
        rejects = [path for paths in self._lake.days("rejects").values() for path in paths]
        dimensions = [path for name in _DIMENSIONS for path in (self._lake.path / name).glob("*.parquet")]
        for path in [*self._requests, *rejects, *dimensions]:
            every_column = f"SELECT count(hash(t)) FROM read_parquet('{_quoted(path)}', hive_partitioning=false) AS t"
            try:
                self._connection.execute(every_column).fetchall()
            except duckdb.Error as broken:
                raise StorageError(
                    f"{path} can't be read: {reason(broken)}.",
                    "Move this file out of the lake, then refresh again.",
                ) from problem
        if isinstance(problem, _OF_THE_DISK):
            raise StorageError(
                f"The derived tables can't be filled: {reason(problem)}.",
                "Free some space; should a file of theirs be broken, remove the lake's derived folder and refresh.",
            ) from problem


@cache
def _rendered(name: str) -> queries.Rendered:
    # Once a process: a refresh runs the same few statements day after day.
    return queries.load(name, "rollup").render("duckdb", {"events": contract.events_view()})


def _kind(column: str) -> str:
    return "date" if column in _DATES else "varchar" if column in _TEXTS else "bigint"


def _list(paths: Iterable[Path]) -> str:
    return ", ".join(f"'{_quoted(path)}'" for path in paths)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
