"""Reports as a page asks them: through the port, over hourly tables held in memory, against bare DuckDB.

The floor is DuckDB alone on the same rows in its own memory table, sorted by restaurant: the same SQL, values bound,
as a DataFrame of the same kind. What the port adds (scope, generation, price tag) is the ratio.
"""

import gc
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import pandas as pd

import queries
from dashboard.access import Scope
from dashboard.warehouse import Warehouse, open_warehouse
from dashboard.warehouse.asking import Statement, statement
from dashboard.warehouse.tables import COLUMNS, DERIVED, TABLES
from ingest_stack.derived import Derived
from ingest_stack.lake import Lake

LAST = date(2026, 11, 30)
ITEMS, DAYS, HOURS = 40, 30, 11
ROUNDS, WARM = 12, 2

# One day of every table; :r restaurants, day :d. Numbers follow from a hash, so that each run has the same rows.
_KEY = "'r' || lpad(r::varchar, 4, '0') AS restaurant_id"
_VERSION = "(1 + ({day} > 15)::int)::bigint AS menu_version"
_LOOKS = (
    "(20 + x % 20)::bigint AS reached, (10 + x % 10)::bigint AS viewed, (x % 10)::bigint AS skipped,"
    " (x % 5)::bigint AS opened, (x % 4)::bigint AS intents, (x % 3)::bigint AS ordered, (x % 5)::bigint AS quantity,"
    " (x % 5 * 900)::bigint AS revenue_minor, (x % 90000)::bigint AS dwell_ms"
)
_STEPS = (
    "(30 + x % 30)::bigint AS visits, (25 + x % 5)::bigint AS viewed, (15 + x % 5)::bigint AS opened,"
    " (10 + x % 5)::bigint AS intents, (5 + x % 5)::bigint AS ordered, (6 + x % 5)::bigint AS orders,"
    " (12 + x % 9)::bigint AS lines, (15 + x % 9)::bigint AS quantity, (9000 + x % 9000)::bigint AS revenue_minor,"
    " (x % 900000)::bigint AS dwell_ms"
)
DAY = {
    "item_hours": f"SELECT {_KEY}, {_VERSION}, 'item-' || i AS item_id, 'section-' || (i // 8) AS section_id,"
    f" (i + 1)::bigint AS position, h::bigint AS local_hour, {_LOOKS},"
    " 0::bigint AS viewed_sold_out, 0::bigint AS opened_sold_out"
    " FROM (SELECT r, i, h, hash(r, i, h, {day}) AS x FROM range({restaurants}) a(r), range({items}) b(i),"
    " range(11, {last_hour}) c(h)) ORDER BY r, h, i",
    "section_hours": f"SELECT {_KEY}, {_VERSION}, 'section-' || s AS section_id, h::bigint AS local_hour, {_LOOKS}"
    " FROM (SELECT r, s, h, hash(r, s, h, {day}) AS x FROM range({restaurants}) a(r), range(5) b(s),"
    " range(11, {last_hour}) c(h)) ORDER BY r, h, s",
    "visit_hours": f"SELECT {_KEY}, {_VERSION}, h::bigint AS local_hour, 'EUR' AS currency, (r % 2)::bigint AS holdout,"
    f" {_STEPS}, (x % 20)::bigint AS recommendation_viewed, (x % 3)::bigint AS recommendation_opened"
    " FROM (SELECT r, h, hash(r, h, {day}) AS x FROM range({restaurants}) a(r), range(11, {last_hour}) c(h))"
    " ORDER BY r, h",
    "ledger_hours": f"SELECT {_KEY}, h::bigint AS local_hour, 900::bigint AS received, 880::bigint AS kept,"
    " 9::bigint AS duplicates, 1::bigint AS late, 5::bigint AS bots, 5::bigint AS previews, 0::bigint AS lost,"
    " 0::bigint AS rejected, (1793600000000 + h)::bigint AS newest_at"
    " FROM range({restaurants}) a(r), range(11, {last_hour}) c(h) ORDER BY r, h",
    "visits": f"SELECT {_KEY}, 'v-' || {{day}} || '-' || r || '-' || v AS visit_id, {_VERSION},"
    " NULL::varchar AS guest_id, NULL::varchar AS source_restaurant_id, 't' || (x % 20) AS table_id, 'en' AS locale,"
    " 390::bigint AS viewport_width,"
    " 0::bigint AS began_at, (11 + x % 11)::bigint AS local_hour, 1::bigint AS viewed, 1::bigint AS opened,"
    " (x % 3 = 0)::bigint AS intent, (x % 4 = 0)::bigint AS ordered, (x % 4 = 0)::bigint AS orders,"
    " (x % 5)::bigint AS lines, (x % 5)::bigint AS quantity, (x % 5 * 900)::bigint AS revenue_minor,"
    " 'EUR' AS currency, (x % 90000)::bigint AS dwell_ms, 0::bigint AS lost,"
    " 0::bigint AS holdout, 1::bigint AS recommendation_viewed, 0::bigint AS recommendation_opened"
    " FROM (SELECT r, v, hash(r, v, {day}) AS x FROM range({restaurants}) a(r), range(280) b(v)) ORDER BY r",
}


def write_home(home: Path, restaurants: int) -> None:
    """A home whose derived tables hold `restaurants` × 30 days, as the rollups leave them."""
    lake, derived, connection = Lake(home / "lake"), Derived(home / "lake"), duckdb.connect()
    state = derived.state()
    state.generation = "bench"
    for n in range(DAYS):
        day = LAST - timedelta(days=DAYS - 1 - n)
        for table, sql in DAY.items():
            path = derived.file(table, str(day), "bench.parquet")
            path.parent.mkdir(parents=True)
            rows = sql.format(restaurants=restaurants, items=ITEMS, last_hour=11 + HOURS, day=n)
            columns = ", ".join(DERIVED[table])
            connection.execute(
                f"COPY (SELECT {columns} FROM (SELECT DATE '{day}' AS local_date, * FROM ({rows}))) TO '{path}'"
                " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
            )
            derived.replace(state, table, str(day), path.name)
    derived.publish(state)
    for r in range(restaurants):
        restaurant_id = f"r{r:04}"
        restaurant = {"restaurant_id": restaurant_id, "restaurant_name": restaurant_id, "area": f"area {r % 9}"}
        items = [
            {
                "restaurant_id": restaurant_id,
                "menu_version": version,
                "published_at": 1_790_000_000_000 + version,
                "item_id": f"item-{i}",
                "item_name": f"Item {i}",
                "section_id": f"section-{i // 8}",
                "section_name": f"Section {i // 8}",
                "section_position": i // 8 + 1,
                "position": i + 1,
                "price_minor": 900,
                "food_cost_minor": None,
            }
            for version in (1, 2)
            for i in range(ITEMS)
        ]
        lake.write_dimensions(restaurant | {"time_zone": "Europe/Berlin", "currency": "EUR"}, items)


def bare(home: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB alone: every table in its memory, sorted by restaurant."""
    connection, files = duckdb.connect(), Derived(home / "lake").manifest().files
    connection.execute("SET TimeZone = 'UTC'")
    for table, columns in COLUMNS.items():
        paths = [str(path) for path in files[table].values()] if table in DERIVED else [str(home / f"lake/{table}/*")]
        if not paths:
            typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"CREATE TABLE {table} ({typed})")
        else:
            read = f"SELECT {', '.join(columns)} FROM read_parquet({paths})"
            connection.execute(f"CREATE TABLE {table} AS {read} ORDER BY restaurant_id")
    return connection


def best(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each work's best run; they take turns, so that a busy moment is everybody's."""
    seconds: list[list[float]] = [[] for _ in works]
    for n in range(rounds + WARM):
        for work, mine in zip(works, seconds, strict=True):
            began = perf_counter()
            work()
            if n >= WARM:
                mine.append(perf_counter() - began)
    return [min(mine) * 1000 for mine in seconds]


def run(scale: float) -> list[dict[str, Any]]:
    restaurants = max(2, round(200 * scale))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_home(home, restaurants)
        warehouse = open_warehouse("duckdb", home)
        began = perf_counter()
        warehouse.generation()
        figures = [_figure("open the dashboard's warehouse", perf_counter() - began, unit="s")]
        floor = bare(home)
        one = Scope.everything().only(f"r{restaurants // 2:04}")
        gc.collect()
        for scope, days, who in ((one, 14, "one restaurant, 14 days"), (Scope.everything(), 30, "all, 30 days")):
            for name in queries.names("report"):
                query = queries.load(name)
                dated = any(parameter.name == "first_date" for parameter in query.parameters)
                given = {"first_date": LAST - timedelta(days=days - 1), "last_date": LAST} if dated else {}
                asked = statement(query, scope, given, LAST, "duckdb", TABLES)
                port, alone = best(
                    partial(warehouse.ask, query, scope, **given),
                    partial(_alone, floor, asked),
                )
                held = "visits" not in query.reads
                note = "" if held else "the port reads Parquet files, the floor its memory"
                figures.append(_figure(f"{name}: {who}", port, alone, 1.2 if held else None, note=note))
        figures += _refreshed(home, warehouse, one)
    return figures


def _alone(floor: duckdb.DuckDBPyConnection, asked: Statement) -> pd.DataFrame:
    rows = floor.execute(asked.sql, dict(asked.values)).to_arrow_table()
    frame: pd.DataFrame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _refreshed(home: Path, warehouse: Warehouse, one: Scope) -> list[dict[str, Any]]:
    """What the first question after a refresh of today waits for, and what later ones cost while that day is apart."""
    derived = Derived(home / "lake")
    state = derived.state()
    for table in DAY:
        today = derived.file(table, str(LAST), "bench.parquet")
        shutil.copy(today, today.with_name("again.parquet"))
        derived.replace(state, table, str(LAST), "again.parquet")
    derived.publish(state)
    began = perf_counter()
    warehouse.generation()
    waited = (perf_counter() - began) * 1000
    [after] = best(lambda: warehouse.ask("item_attention", one, first_date=LAST - timedelta(days=13), last_date=LAST))
    return [
        _figure("take in a refresh of today", waited),
        _figure("item_attention: one restaurant, 14 days, after a refresh", after),
    ]


def _figure(
    name: str, value: float, floor: float | None = None, bound: float | None = None, unit: str = "ms", note: str = ""
) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "floor": floor,
        "ratio": value / floor if floor else None,
        "bound": bound,
        "better": "lower",
        "note": note,
    }
