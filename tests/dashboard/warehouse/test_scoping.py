"""Whatever a query says, its answer for uno is what it would be if no other restaurant existed."""

from collections import Counter

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

import queries
from dashboard.warehouse.scoping import narrowed
from errors import QueryError

TABLES = ("visits", "orders", "menus")
UNO = [("uno", 1), ("uno", 2)]
DUO = [("duo", 2), ("duo", 1_000_000)]


@pytest.fixture(scope="module")
def shared() -> duckdb.DuckDBPyConnection:
    return _house(UNO + DUO)


@pytest.fixture(scope="module")
def alone() -> duckdb.DuckDBPyConnection:
    return _house(UNO)


def _house(rows: list[tuple[str, int | None]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"CREATE TABLE {table} (restaurant_id varchar, n bigint)")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
    return connection


def of_uno(sql: str) -> str:
    """The query as it runs for uno's manager."""
    tree, names = narrowed(queries.parse(sql), TABLES, 1)
    assert names == ("scope_0",)
    return queries.render(tree, "duckdb").sql


def answers(connection: duckdb.DuckDBPyConnection, sql: str) -> Counter[str]:
    return Counter(map(repr, connection.execute(sql, {"scope_0": "uno"} if "$scope_0" in sql else {}).fetchall()))


# Every generated query has two columns, restaurant_id and n; `own` are the names it may read beside the tables.
NAMES = ("visits", "Orders", "mine", "menus")


@st.composite
def sources(draw: st.DrawFn, own: tuple[str, ...], depth: int, alias: str) -> str:
    """Something to read from, under a quoted alias."""
    if depth > 0 and draw(st.booleans()):
        return f'({draw(selects(own, depth - 1))}) AS "{alias}"'
    name = draw(st.sampled_from((*TABLES, *own)))
    name = draw(st.sampled_from([name, name.upper(), f'"{name}"', f'"{name.upper()}"', f"({name})"]))
    return f'{name} AS "{alias}"' if not name.startswith("(") else f'{name[:-1]} AS "{alias}")'


@st.composite
def selects(draw: st.DrawFn, own: tuple[str, ...] = (), depth: int = 3) -> str:
    if depth > 0 and draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(NAMES))
        inner = draw(selects(own, depth - 1))
        other = draw(st.sampled_from(NAMES))
        second = f', "{other}" AS ({draw(selects((*own, name), depth - 1))})' if other != name else ""
        seen = (*own, name, other) if second else (*own, name)
        return f"WITH {name} AS ({inner}){second} SELECT * FROM ({draw(selects(seen, depth - 1))}) AS body"
    a, b = draw(st.sampled_from([("a", "b"), ("visits", "orders"), ("orders", "x"), ("b", "visits")]))
    left = draw(sources(own, depth, a))
    right = draw(sources(own, 0, b))  # no deeper: products of products would take the day
    a, b = f'"{a}"', f'"{b}"'
    if depth > 0 and draw(st.integers(0, 3)) == 0:
        both = draw(st.sampled_from(["UNION ALL", "UNION", "EXCEPT", "INTERSECT"]))
        return f"({draw(selects(own, depth - 1))}) {both} ({draw(selects(own, depth - 1))})"
    shape = draw(st.sampled_from(SHAPES))
    return shape.format(a=a, b=b, left=left, right=right)


SHAPES = (
    "SELECT {a}.restaurant_id, {a}.n FROM {left}",
    "SELECT * FROM {left}",
    "SELECT {a}.restaurant_id, {b}.n FROM {left} JOIN {right} ON {a}.restaurant_id = {b}.restaurant_id",
    "SELECT {a}.restaurant_id, {b}.n FROM {left} LEFT JOIN {right} ON {a}.n < {b}.n",
    "SELECT {b}.restaurant_id, {b}.n FROM {left} FULL JOIN {right} ON {a}.n = {b}.n",
    "SELECT {a}.restaurant_id, coalesce({b}.n, 7) AS n FROM {left} CROSS JOIN {right}",
    "SELECT {a}.restaurant_id, {b}.n FROM {left}, {right}",
    "SELECT restaurant_id, {b}.n FROM ({left} JOIN {right} USING (restaurant_id))",
    "SELECT {a}.restaurant_id, l.n FROM {left}, LATERAL (SELECT max({b}.n) AS n FROM {right} WHERE {b}.n > {a}.n) AS l",
    "SELECT 'all' AS restaurant_id, CAST(sum({a}.n) AS bigint) AS n FROM {left}",
    "SELECT max({a}.restaurant_id) AS restaurant_id, count(*) AS n FROM {left} GROUP BY {a}.n",
    "SELECT 'x' AS restaurant_id, count(*) AS n FROM {left} HAVING count(*) > (SELECT min({b}.n) FROM {right})",
    "SELECT {a}.restaurant_id, count(*) OVER (PARTITION BY {a}.n) AS n FROM {left}",
    "SELECT {a}.restaurant_id, (SELECT max({b}.n) FROM {right} WHERE {b}.n >= {a}.n) AS n FROM {left}",
    "SELECT {a}.restaurant_id, {a}.n FROM {left} WHERE EXISTS (SELECT 1 FROM {right} WHERE {b}.n > {a}.n)",
    "SELECT {a}.restaurant_id, {a}.n FROM {left} WHERE {a}.n NOT IN (SELECT coalesce({b}.n, 0) FROM {right})",
    "SELECT {a}.restaurant_id, CASE WHEN {a}.n > (SELECT avg({b}.n) FROM {right}) THEN 1 ELSE 0 END AS n FROM {left}",
    "SELECT v.restaurant_id, v.n FROM (VALUES ('x', (SELECT count(*) FROM {left}))) AS v (restaurant_id, n)",
    "SELECT {a}.restaurant_id, u.n FROM {left} CROSS JOIN UNNEST(ARRAY[1, (SELECT count(*) FROM {right})]) AS u (n)",
)


@settings(max_examples=100, deadline=None)
@given(sql=selects())
def test_no_row_and_no_aggregate_of_another_restaurant_gets_through(shared, alone, sql):
    plain = queries.render(queries.parse(sql), "duckdb").sql
    try:
        expected = answers(alone, plain)
    except duckdb.Error:
        # Not a query that DuckDB takes (an ambiguous name, say): then it must not tell anything either.
        with pytest.raises(duckdb.Error):
            answers(shared, of_uno(sql))
        return
    assert answers(shared, of_uno(sql)) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "WITH visits AS (SELECT * FROM visits) SELECT * FROM visits",
        "WITH v AS (SELECT * FROM visits), visits AS (SELECT restaurant_id, n + 1 AS n FROM v) SELECT * FROM visits",
        "WITH a AS (WITH visits AS (SELECT * FROM orders) SELECT * FROM visits) SELECT * FROM a JOIN visits USING (n)",
        'WITH "Visits" AS (SELECT * FROM orders) SELECT * FROM VISITS',
        "WITH visits (restaurant_id, n) AS (SELECT restaurant_id, n FROM orders) SELECT visits.n FROM visits",
        "SELECT * FROM (WITH visits AS (SELECT 1 AS n) SELECT * FROM visits) AS x CROSS JOIN visits",
        "SELECT n FROM visits WHERE n IN (WITH visits AS (SELECT * FROM orders) SELECT n FROM visits)",
        "WITH RECURSIVE up (n) AS (SELECT min(n) FROM visits UNION ALL SELECT up.n + 1 FROM up, visits WHERE up.n < 3)"
        " SELECT * FROM up",
        "WITH RECURSIVE visits (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM visits WHERE n < 3) SELECT * FROM visits",
        "TABLE visits",
        "SELECT visits.* FROM visits ORDER BY (SELECT max(n) FROM orders)",
        "SELECT count(*) FROM visits AS v (tenant, number) WHERE number > 0",
        "SELECT * FROM visits NATURAL JOIN orders",
        "SELECT v FROM visits AS v",
    ],
)
def test_names_mean_what_the_engine_takes_them_for(shared, alone, sql):
    assert answers(shared, of_uno(sql)) == answers(alone, queries.render(queries.parse(sql), "duckdb").sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('lake/*.parquet')",
        "SELECT * FROM 'lake/visits.parquet'",
        "SELECT * FROM read_csv('people.json')",
        "SELECT * FROM query('SELECT * FROM visits')",
        "SELECT * FROM query_table('visits')",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM main.visits",
        "SELECT * FROM memory.main.visits",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM people",
        "SELECT n FROM visits WHERE n = (SELECT count(*) FROM pg_catalog.pg_class)",
        "SELECT * FROM visits, LATERAL read_csv('x') AS r",
        "SELECT * FROM visits TABLESAMPLE BERNOULLI (10)",
        "SELECT * FROM visits FOR VERSION AS OF 3",
        "SELECT * FROM visits PIVOT (sum(n) FOR restaurant_id IN ('uno', 'duo'))",
        "SELECT * FROM (DESCRIBE visits) AS d",
        "SELECT * INTO copies FROM visits",
        "WITH FUNCTION f() RETURNS bigint RETURN 1 SELECT f() AS n",
        "SELECT * FROM (WITH other AS (SELECT 1 AS n) SELECT * FROM other) AS o, other",
        "SELECT n FROM visits WHERE restaurant_id = :scope_0",
    ],
)
def test_whatever_is_not_one_select_over_known_tables_is_refused(sql):
    with pytest.raises(QueryError, match="This query may not run"):
        narrowed(queries.parse(sql), TABLES, 1)


@pytest.mark.parametrize("sql", ["DROP TABLE visits", "DESCRIBE visits", "INSERT INTO visits SELECT * FROM visits"])
def test_what_is_no_select_is_refused(sql):
    with pytest.raises(QueryError, match="isn't one SELECT"):
        narrowed(sqlglot.parse_one(sql, read=queries.DIALECT), TABLES, 1)


def test_values_are_bound_and_never_part_of_the_text():
    tree, names = narrowed(queries.parse("SELECT * FROM visits"), TABLES, 2)
    assert names == ("scope_0", "scope_1")
    sql = queries.render(tree, "duckdb").sql
    assert sql == "SELECT * FROM (SELECT * FROM visits WHERE restaurant_id IN ($scope_0, $scope_1)) AS visits"


def test_nobody_s_restaurants_are_no_rows_and_everybody_s_are_all(shared):
    nothing, _ = narrowed(queries.parse("SELECT * FROM visits"), TABLES, 0)
    everything, names = narrowed(queries.parse("SELECT * FROM visits"), TABLES, None)
    assert answers(shared, queries.render(nothing, "duckdb").sql) == Counter()
    assert answers(shared, queries.render(everything, "duckdb").sql) == Counter(map(repr, UNO + DUO))
    assert names == ()


def test_the_query_that_is_narrowed_stays_as_it_was():
    tree = queries.parse("WITH visits AS (SELECT * FROM visits) SELECT * FROM visits")
    before = tree.sql()
    narrowed(tree, TABLES, 1)
    assert tree.sql() == before
