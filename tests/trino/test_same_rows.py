"""Every file in queries/ gives the same rows on Trino as on DuckDB, over one wild lake and over an empty one."""

from collections import Counter
from graphlib import TopologicalSorter
from typing import Any

import duckdb
import pytest

import queries
from ingest_stack import contract
from ingest_stack.lake import Lake, Table
from tests.trino import wild
from tests.trino.tables import Shown

pytestmark = pytest.mark.trino
SCHEMA = "rollups"
RAW: tuple[Table, ...] = ("requests", "rejects", "restaurants", "menu_items")
NAMES = queries.names("rollup")
ROLLUPS = list(TopologicalSorter({name: {*queries.load(name).reads} & {*NAMES} for name in NAMES}).static_order())
"""Each after those that it reads."""


@pytest.fixture(scope="module", params=["wild", "empty"])
def shown(request: pytest.FixtureRequest, trino: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A lake that both engines read: a wild one, and one that is empty."""
    home = tmp_path_factory.mktemp("same") / "home"
    if request.param == "wild":
        wild.write_lake(home)
    return Shown(trino, f"same_{request.param}", home, home.parent / "shown")


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
        rollup, views = queries.load(name), {"events": contract.events_view()}
        given = {"first_date": wild.FIRST, "last_date": wild.LAST}
        plain = rollup.render("duckdb", views)
        self._duckdb.execute(f"CREATE TABLE {name} AS {plain.sql}", {name: given[name] for name in plain.parameters})
        asked = rollup.render("trino", views)
        values: list[object] = [given[name] for name in asked.parameters]
        self._shown.run(f"CREATE TABLE {name} AS {asked.sql}", values, SCHEMA)
        columns = ", ".join(rollup.columns)
        mine = self._duckdb.execute(f"SELECT {columns} FROM {name}").fetchall()
        return mine, [tuple(row) for row in self._shown.run(f"SELECT {columns} FROM {name}", schema=SCHEMA)]


@pytest.fixture(scope="module")
def both(shown: Shown) -> Both:
    return Both(shown)


@pytest.mark.parametrize("name", ROLLUPS)
def test_a_rollup_gives_the_same_rows(both: Both, name: str) -> None:
    mine, theirs = both.fill(name)
    assert Counter(theirs) == Counter(mine)
