"""Reports on Trino and on Athena (its double over the same Trino), against the bare driver: what the port adds.

The floor sends the same SQL with the same values through the same driver and fetches the rows. An engine's own time
varies by much more than the port takes, so the port's figure is that floor, and the CPU it takes beyond the driver's.
(That a poll finds an answer late, by a tenth of what was waited at most, isn't in it.) Needs the bed of tests/trino;
without it there are no figures, and a sentence says why.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pyathena
import streamlit as st
import trino

import queries
from dashboard import reads
from dashboard.access import Scope
from dashboard.warehouse import Warehouse, open_warehouse
from dashboard.warehouse.asking import Statement, statement
from dashboard.warehouse.athena import SHORTEST_PAUSE, literal
from dashboard.warehouse.tables import TABLES
from queries import Engine
from tests.athena.double import Athena
from tests.athena.on_trino import on_trino
from tests.benchmarks.reports import LAST, write_home
from tests.trino import bed
from tests.trino.tables import SCHEMA, Shown

BOUND = 1.05
ROUNDS = 4
DAYS = 14
Bare = Callable[[Statement], list[Any]]
ACCOUNT = {
    "region": "",
    "workgroup": "primary",
    "catalog": "AwsDataCatalog",
    "database": SCHEMA,
    "output": "",
    "timeout_seconds": 60,
    "reuse_minutes": 0,
    "dollars_per_terabyte": 5.0,
}


def run(scale: float) -> list[dict[str, Any]]:
    if lack := bed.missing():
        print(f"No figures of Trino and Athena: {lack}.")
        return []
    restaurants = max(2, round(20 * scale))
    with tempfile.TemporaryDirectory() as folder, bed.running(Path(folder, "trino")) as url:
        home = Path(folder, "home")
        write_home(home, restaurants)
        shown = Shown(url, "bench", home, Path(folder, "shown"))
        one = Scope.everything().only(f"r{restaurants // 2:04}")
        figures: list[dict[str, Any]] = []
        for engine, opened in (("trino", _trino), ("athena", _athena)):
            with opened(shown) as (settings, bare):
                figures += _compared(engine, home, settings, bare, one)
        return figures


def _compared(
    engine: Engine, home: Path, settings: Mapping[str, Any], bare: Bare, one: Scope
) -> Iterator[dict[str, Any]]:
    def opened() -> Warehouse:
        return open_warehouse(engine, home, settings, now=lambda: datetime.combine(LAST, time(12), UTC))

    for name in queries.names("report"):
        query = queries.load(name)
        dated = any(parameter.name == "first_date" for parameter in query.parameters)
        given = {"first_date": LAST - timedelta(days=DAYS - 1), "last_date": LAST} if dated else {}
        asked = statement(query, one, given, LAST, engine, TABLES)
        warehouse = opened()
        warehouse.generation()
        cpu, _ = _taken(partial(warehouse.ask, query, one, **given))
        alone_cpu, alone = _taken(partial(bare, asked))
        yield _figure(f"{engine}, {name}: one restaurant, {DAYS} days", alone + cpu - alone_cpu, alone, BOUND)
    yield _a_page(engine, home, settings, one)
    began = perf_counter()
    opened().ask("daily", one)
    yield _figure(f"{engine}, from opening the warehouse to the first answer", (perf_counter() - began) * 1000)


def _a_page(engine: Engine, home: Path, settings: Mapping[str, Any], one: Scope) -> dict[str, Any]:
    """What Conversion reads, asked beside each other as the page does, against one after another."""
    given = {"first_date": LAST - timedelta(days=DAYS - 1), "last_date": LAST}
    reports = ("funnel_by_day", "daily", "orders", "hourly", "tables", "menu_versions")
    reads.open(engine, home, settings=settings)

    def anew(ask: Callable[[], object]) -> float:
        st.cache_data.clear()
        return _taken(ask, rounds=1)[1]

    def one_after_another() -> None:
        for name in reports:
            reads.read(name, one, **given)

    together = partial(reads.together, one, *((name, given) for name in reports))
    reads.read("directory", one)  # the first look at what is new is neither's
    pairs = [(anew(together), anew(one_after_another)) for _ in range(ROUNDS)]
    value, floor = (min(times) for times in zip(*pairs, strict=True))
    return _figure(f"{engine}, what a page reads: together, against one after another", value, floor, 1.0)


def _taken(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Milliseconds of this thread's CPU, and of the clock: the least of some rounds after the first, or of the only."""
    taken = []
    for _ in range(rounds):
        cpu, began = thread_time(), perf_counter()
        work()
        taken.append((1000 * (thread_time() - cpu), 1000 * (perf_counter() - began)))
    cpus, clocks = zip(*(taken[1:] or taken), strict=True)
    return min(cpus), min(clocks)


@contextmanager
def _trino(shown: Shown) -> Iterator[tuple[Mapping[str, Any], Bare]]:
    at = urlsplit(shown.url)
    connection = trino.dbapi.connect(
        host=at.hostname,
        port=at.port,
        user="bench",
        catalog=shown.catalog,
        schema=SCHEMA,
        legacy_prepared_statements=False,
    )
    yield (
        shown.settings,
        lambda asked: connection.cursor().execute(asked.sql, [asked.values[n] for n in asked.parameters]).fetchall(),
    )


@contextmanager
def _athena(shown: Shown) -> Iterator[tuple[Mapping[str, Any], Bare]]:
    with (
        Athena(on_trino(shown.url, shown.catalog, SCHEMA)) as athena,
        mock.patch.dict(os.environ, athena.environment),
    ):
        connection = pyathena.connect(work_group="primary", schema_name=SCHEMA, poll_interval=SHORTEST_PAUSE)

        def bare(asked: Statement) -> list[Any]:
            values = [literal(asked.values[name]) for name in asked.parameters]
            return list(connection.cursor().execute(asked.sql, values, paramstyle="qmark").fetchall())

        yield ACCOUNT, bare


def _figure(name: str, value: float, floor: float | None = None, bound: float | None = None) -> dict[str, Any]:
    ratio = value / floor if floor else None
    figure = {"name": name, "value": value, "unit": "ms", "floor": floor, "ratio": ratio, "bound": bound}
    return figure | {"better": "lower", "note": ""}
