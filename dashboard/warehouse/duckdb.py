"""The embedded engine. A long-lived process holds the hourly tables in memory, sorted by restaurant; one that asks
once reads the Parquet files where they lie.

One query sees one generation: a refresh is one transaction, and DuckDB keeps it apart from whoever reads.
"""

import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd
import pyarrow as pa

import queries
from dashboard.access import Scope
from dashboard.warehouse import Answer, Cost
from dashboard.warehouse.asking import statement
from dashboard.warehouse.known import Known
from dashboard.warehouse.tables import DERIVED, DIMENSIONS, TABLES
from errors import EngineError
from ingest_stack.derived import Derived
from ingest_stack.lake import Lake
from queries import Query

# It recommends `sql()`, which plans a query twice: for answers as small as ours that costs more than copying the rows.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result")

HOURLY = frozenset(table for table in DERIVED if table.endswith("_hours"))
RESORT_SHARE = 4
"""A table is sorted anew when more than one in so many of its days changed since it was."""


@dataclass(frozen=True)
class _State(Known):
    """What belongs to one generation beside its rows; `sizes` are those of its files that stay on disk."""

    sizes: Mapping[str, Mapping[date, int]]

    def bytes_in(self, reads: tuple[str, ...], first: object, last: object) -> int:
        """Bytes of the files that a query over these days opens; columns it leaves out are counted too."""
        return sum(
            size
            for table in reads
            for day, size in self.sizes.get(table, {}).items()
            if (not isinstance(first, date) or day >= first) and (not isinstance(last, date) or day <= last)
        )


@dataclass(frozen=True)
class _Held:
    """Which files of one table are in memory: most of them sorted as one, and the days that changed since, apart."""

    sorted: Mapping[date, Path]
    fresh: Mapping[date, Path]

    @property
    def files(self) -> dict[date, Path]:
        return {**self.sorted, **self.fresh}


class DuckDBWarehouse:
    """The port on DuckDB. Every thread may ask; each question has a cursor and a transaction of its own."""

    def __init__(self, home: Path, *, resident: bool, now: Callable[[], datetime]) -> None:
        self._lake = Lake(home / "lake")
        self._derived = Derived(home / "lake")
        self._watched = (self._derived.path / "manifest.json", *(self._lake.path / table for table in DIMENSIONS))
        self._resident = HOURLY if resident else frozenset()
        self._now = now
        self._root = _connect(self._lake.path)
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._refreshing = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._state = _State({}, {}, {})
        self._generation = ""
        self._committing = False

    def generation(self) -> str:
        """What memory holds, after catching up with the disk; while another thread does that, what it held before."""
        if self._generation != self._on_disk() and self._refreshing.acquire(blocking=not self._generation):
            try:
                newest = self._on_disk()
                if self._generation != newest:
                    self._refresh(newest)
            finally:
                self._refreshing.release()
        return self._generation

    def ask(self, query: str | Query, scope: Scope, /, **parameters: object) -> Answer:
        began = perf_counter()
        if isinstance(query, str):
            query = queries.load(query)
        self.generation()
        while True:
            state = self._state
            asked = statement(query, scope, parameters, state.today(scope, self._now()), "duckdb", TABLES)
            with self._cursor() as cursor, _in_words(query.name):
                rows: pa.Table = cursor.execute(asked.sql, dict(asked.values)).to_arrow_table()
            # One statement sees one generation; it is `state`'s unless a refresh came between: then ask again.
            if state is self._state and not self._committing:
                break
        scanned = state.bytes_in(query.reads, asked.values.get("first_date"), asked.values.get("last_date"))
        return Answer(_frame(rows), Cost("duckdb", scanned, 0.0, 0.0, perf_counter() - began), state.as_of(scope))

    def as_of(self, scope: Scope) -> datetime | None:
        self.generation()
        return self._state.as_of(scope)

    def _on_disk(self) -> str:
        # A file that comes or is replaced touches its folder, so these three say whether anything changed.
        return "-".join(str(_changed_at(path)) for path in self._watched)

    def _refresh(self, generation: str) -> None:
        held: dict[str, _Held] = {}
        with self._cursor() as cursor, _in_words("what is new"):
            cursor.begin()
            try:
                files = self._derived.manifest().files
                for table in DERIVED:
                    if table in self._resident:
                        held[table] = self._hold(cursor, table, files[table])
                    else:
                        cursor.execute(f"CREATE OR REPLACE VIEW {table} AS {_rows(table, files[table].values())}")
                for table in DIMENSIONS:
                    cursor.execute(f"CREATE OR REPLACE TABLE {table} AS {self._lake.select(table)}")
                state = _state(cursor, {t: f for t, f in files.items() if t not in self._resident})
                self._committing = True
                cursor.commit()
                self._held, self._state, self._generation = held, state, generation
            except BaseException:
                cursor.rollback()
                raise
            finally:
                self._committing = False

    def _hold(self, cursor: duckdb.DuckDBPyConnection, table: str, files: Mapping[date, Path]) -> _Held:
        """Bring a table in memory up to date. Changed days stand apart until they are many: sorting all costs more."""
        held = self._held.get(table)
        if held and held.files == files:
            return held
        apart = (
            {day for day in {*held.sorted, *files} if held.sorted.get(day) != files.get(day)} if held else set(files)
        )
        if held is None or len(apart) * RESORT_SHARE > len(files):
            order = "ORDER BY restaurant_id, local_date"
            cursor.execute(f"CREATE OR REPLACE TABLE {table}_sorted AS {_rows(table, files.values())} {order}")
            cursor.execute(f"CREATE OR REPLACE TABLE {table}_fresh AS FROM {table}_sorted LIMIT 0")
            cursor.execute(f"CREATE OR REPLACE VIEW {table} AS FROM {table}_sorted")
            return _Held(dict(files), {})
        fresh = {day: files[day] for day in apart if day in files}
        kept = [day for day, file in fresh.items() if held.fresh.get(day) == file]
        read = [file for day, file in fresh.items() if day not in kept]
        cursor.execute(
            f"CREATE OR REPLACE TABLE {table}_fresh AS (FROM {table}_fresh WHERE local_date IN ({_dates(kept)})"
            f" UNION ALL {_rows(table, read)}) ORDER BY restaurant_id"
        )
        cursor.execute(
            f"CREATE OR REPLACE VIEW {table} AS"
            f" FROM {table}_sorted WHERE local_date NOT IN ({_dates(apart)}) UNION ALL FROM {table}_fresh"
        )
        return _Held(held.sorted, fresh)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            cursor = self._idle.pop()
        except IndexError:
            cursor = self._root.cursor()
            cursor.execute("USE warehouse")
            queries.prepare(cursor)
        try:
            yield cursor
        finally:
            self._idle.append(cursor)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _frame(rows: pa.Table) -> pd.DataFrame:
    # What rows.to_pandas(types_mapper=pd.ArrowDtype) gives, in half the time: nothing is converted.
    columns = {name: pd.arrays.ArrowExtensionArray(rows.column(name)) for name in rows.column_names}
    return pd.DataFrame(columns, copy=False)


def _connect(lake: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"python_enable_replacements": False})
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("ATTACH ':memory:' AS warehouse (COMPRESS)")
    # Whatever a query says, this process's DuckDB opens the lake's files and nothing else.
    connection.execute(f"SET allowed_directories = ['{_quoted(lake)}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _rows(table: str, files: Collection[Path]) -> str:
    """SQL that reads one table's files; typed even when there are none."""
    columns = DERIVED[table]
    if not files:
        return f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in columns.items())} WHERE false"
    paths = ", ".join(f"'{_quoted(file)}'" for file in files)
    hive = "hive_partitioning=true, hive_types={'local_date': date}"
    return f"SELECT {', '.join(columns)} FROM read_parquet([{paths}], {hive})"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _dates(days: Collection[date]) -> str:
    # IN () is no SQL: a day on which nobody ate stands for none.
    return ", ".join(f"DATE '{day}'" for day in sorted(days) or [date.min])


def _state(cursor: duckdb.DuckDBPyConnection, on_disk: Mapping[str, Mapping[date, Path]]) -> _State:
    zones = cursor.execute("SELECT restaurant_id, time_zone FROM restaurants").fetchall()
    newest = "SELECT restaurant_id, max(newest_at) AS newest FROM ledger_hours GROUP BY ALL HAVING newest IS NOT NULL"
    return _State(
        zones=dict(zones),
        newest_at=dict(cursor.execute(newest).fetchall()),
        sizes={table: {day: file.stat().st_size for day, file in files.items()} for table, files in on_disk.items()},
    )


@contextmanager
def _in_words(question: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as problem:
        first = str(problem).splitlines()[0]
        raise EngineError(
            f"DuckDB could not answer {question}: {first}", "If it stays so, `menulens refresh` writes the tables anew."
        ) from problem
