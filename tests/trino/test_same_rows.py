"""Every file in queries/ gives the same rows on every engine, over a wild lake and over an empty one."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import queries
from dashboard.access import Scope, scope_of
from dashboard.people import Person
from dashboard.warehouse import Warehouse, open_warehouse
from ingest_stack import contract
from ingest_stack.lake import Lake, Table
from tests.athena.on_trino import athena_warehouse
from tests.trino import tables, wild
from tests.trino.tables import Shown

SCHEMA = "rollups"
RAW: tuple[Table, ...] = ("requests", "rejects", "restaurants", "menu_items", "recommendation_rules")
KINDS: tuple[queries.Kind, ...] = ("rollup", "report")
NAMES = queries.names("rollup")
ROLLUPS = list(
    TopologicalSorter({name: {*queries.load(name, "rollup").reads} & {*NAMES} for name in NAMES}).static_order()
)
"""Each after those that it reads."""


@pytest.fixture(scope="module", params=["wild", "empty"])
def shown(request: pytest.FixtureRequest, trino: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A lake that all engines read: a wild one, and one that is empty."""
    folder = tmp_path_factory.mktemp("same")
    home = request.getfixturevalue("wild_home") if request.param == "wild" else folder / "home"
    return Shown(trino, f"same_{request.param}", home, folder / "shown")


def test_the_wild_lake_holds_what_engines_could_disagree_on(wild_home: Path) -> None:
    warehouse = open_warehouse("duckdb", wild_home, once=True)

    def ask(name: str) -> pd.DataFrame:
        return warehouse.ask(name, Scope.everything(), first_date=wild.FIRST, last_date=wild.LAST).frame

    assert (ask("ledger").drop(columns=["restaurant_id", "local_date"]).sum() > 0).all()
    assert set(ask("daily")["local_date"]) == {wild.FIRST + timedelta(n) for n in range(8)} - {wild.EMPTY_DAY}
    assert ask("daily")["currency"].nunique() > 3
    assert ask("tables")["table_id"].isna().any()


class Both:
    """The rollups on both engines: each engine fills its own tables from its own, so a difference shows where it is."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        shown.define(SCHEMA, *RAW)
        self._duckdb = duckdb.connect()
        self._duckdb.execute("SET TimeZone = 'UTC'")
        queries.prepare(self._duckdb)
        for table in RAW:
            self._duckdb.execute(f"CREATE TABLE {table} AS {Lake(shown.lake.path).select(table)}")

    def fill(self, name: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """The rollup's rows by DuckDB and by Trino, which keep them for the rollups that read them."""
        rollup, views = queries.load(name, "rollup"), {"events": contract.events_view()}
        given = {"first_date": wild.FIRST, "last_date": wild.LAST}
        plain = rollup.render("duckdb", views)
        self._duckdb.execute(
            f"CREATE TABLE {name} AS {plain.sql}", {name: given.get(name) for name in plain.parameters}
        )
        asked = rollup.render("trino", views)
        values: list[object] = [given.get(name) for name in asked.parameters]
        self._shown.run(f"CREATE TABLE {name} AS {asked.sql}", values, SCHEMA)
        columns = ", ".join(rollup.columns)
        mine = self._duckdb.execute(f"SELECT {columns} FROM {name}").fetchall()
        return mine, [tuple(row) for row in self._shown.run(f"SELECT {columns} FROM {name}", schema=SCHEMA)]


@pytest.fixture(scope="module")
def both(shown: Shown) -> Both:
    return Both(shown)


@pytest.mark.trino
@pytest.mark.parametrize("name", ROLLUPS)
def test_a_rollup_gives_the_same_rows(shown: Shown, both: Both, name: str) -> None:
    mine, theirs = both.fill(name)
    assert Counter(theirs) == Counter(mine)
    assert bool(mine) == bool(shown.lake.days())  # nothing is compared with nothing


FILES = [(kind, name) for kind in KINDS for name in queries.names(kind)]


@pytest.mark.parametrize(("kind", "name"), FILES)
def test_athena_is_asked_what_trino_is_asked(kind: queries.Kind, name: str) -> None:
    query, views = queries.load(name, kind), {"events": contract.events_view()}
    assert query.render("athena", views) == query.render("trino", views)


@pytest.fixture(scope="module")
def warehouses(shown: Shown) -> Iterator[dict[str, Warehouse]]:
    """The home on DuckDB and its lake on the other engines, all on the day after the last."""
    now, home = datetime.combine(wild.LAST + timedelta(1), time(), UTC), shown.lake.path.parent
    with athena_warehouse(shown.url, shown.catalog, tables.SCHEMA, lambda: now) as athena:
        yield {
            "duckdb": open_warehouse("duckdb", home, once=True, now=lambda: now),
            "trino": open_warehouse("trino", home, shown.settings, now=lambda: now),
            "athena": athena,
        }


NARROW = {"menu_version": 2, "item_id": "O'Brien; --"}
SCOPE = scope_of(Person(id="may", role="manager", restaurants=("ครัวมาลี", "tres 'n more", "unheard-of")))


@pytest.mark.trino
@pytest.mark.parametrize("engine", ["trino", "athena"])
@pytest.mark.parametrize("name", queries.names("report"))
def test_a_report_gives_the_same_rows_in_the_same_order(
    warehouses: dict[str, Warehouse], engine: str, name: str
) -> None:
    parameters = {parameter.name for parameter in queries.load(name).parameters}
    given = {key: value for key, value in NARROW.items() if key in parameters}
    for scope, values in ((Scope.everything(), {}), (SCOPE, given)):
        mine, theirs = (warehouses[asked].ask(name, scope, **values) for asked in ("duckdb", engine))
        assert theirs.as_of == mine.as_of
        assert list(theirs.frame.dtypes) == list(mine.frame.dtypes)
        assert list(theirs.frame.columns) == list(mine.frame.columns)
        for column, ours in mine.frame.items():
            exact = ours.dtype.kind != "f"
            pd.testing.assert_series_equal(theirs.frame[column], ours, check_exact=exact, rtol=1e-12, atol=0)
        nobodys = name == "recommendation_network" and scope is SCOPE  # counts of two restaurants are no one's
        assert bool(len(mine.frame)) == (bool(mine.as_of) and not nobodys)
        if mine.as_of is None:
            break  # of nothing there is no part
