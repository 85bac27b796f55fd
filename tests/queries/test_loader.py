"""A file of queries/ is checked when it loads: what is wrong is said with file and line."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import queries
from errors import QueryError
from ingest_stack import contract

GOOD = """\
-- name: daily
-- question: How did each day go?
-- grain: restaurant x local date
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, local_date, visits,
--   conversion_rate
-- reads: visit_hours, restaurants
-- rules: A visit counts on the day it began.
WITH days AS (
  SELECT restaurant_id, local_date, CAST(sum(visits) AS bigint) AS visits, CAST(sum(ordered) AS bigint) AS ordered
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND (:menu_version IS NULL OR menu_version = :menu_version)
  GROUP BY restaurant_id, local_date
)
SELECT d.restaurant_id, d.local_date, d.visits, CAST(d.ordered AS double) / NULLIF(d.visits, 0) AS conversion_rate
FROM days AS d JOIN restaurants AS r ON r.restaurant_id = d.restaurant_id
"""
Loading = Callable[[str], queries.Query]


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    def load(text: str) -> queries.Query:
        path = tmp_path / "reports" / "daily.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        queries.read.cache_clear()
        return queries.read(path)

    return load


def test_a_query_knows_what_its_header_says(loading: Loading) -> None:
    query = loading(GOOD)
    assert (query.name, query.kind, query.grain) == ("daily", "report", "restaurant x local date")
    assert query.columns == ("restaurant_id", "local_date", "visits", "conversion_rate")
    assert query.reads == ("visit_hours", "restaurants")
    assert query.parameters[2] == queries.Parameter("menu_version", "bigint", optional=True)


@pytest.mark.parametrize(
    ("good", "bad", "line", "why"),
    [
        ("AND :last_date", "AND :until", 12, "parameter :until isn't declared"),
        ("optional\n", "optional, area varchar\n", 4, "'area' is declared and never used"),
        ("bigint optional", "bigint maybe", 4, "'menu_version bigint maybe' is no parameter"),
        ("visits,\n--   conv", "guests,\n--   conv", 5, "doesn't select guests and selects visits"),
        ("local_date, visits,\n", "visits, local_date,\n", 5, "in another order"),
        ("SELECT d.restaurant_id", "SELECT *", 9, "needs a name"),
        ("reads: visit_hours", "reads: visits, visit_hours", 7, "reads 'visits', the query doesn't"),
        ("JOIN restaurants", "JOIN people", 17, "table 'people' isn't among"),
        ("GROUP BY restaurant_id, local_date\n)", "GROUP BY 1, 2\n) SELECT 1; WITH x AS (SELECT 1)", 9, "exactly one"),
        ("WITH days", "DELETE FROM visits; WITH days", 9, "exactly one SELECT"),
        ("CAST(d.ordered AS double)", "d.ordered", 16, "CAST(… AS double)"),
        ("NULLIF(d.visits, 0)", "d.visits", 16, "NULLIF(…, 0)"),
        ("CAST(sum(visits) AS bigint)", "sum(visits)", 10, "CAST(sum(…) AS bigint)"),
        ("-- grain", "-- grains", 3, "'grains' is no key"),
        ("-- grain: restaurant x local date\n", "", 1, "doesn't say 'grain'"),
        ("name: daily", "name: dayly", 1, "the name is 'dayly', the file says 'daily'"),
        ("WHERE local_date", "WHERE (local_date", 14, "not SQL"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(loading: Loading, good: str, bad: str, line: int, why: str) -> None:
    assert good in GOOD
    with pytest.raises(QueryError) as refused:
        loading(GOOD.replace(good, bad))
    assert str(refused.value).startswith(f"reports/daily.sql, line {line}: ")
    assert why in str(refused.value)


def test_a_query_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(QueryError, match="no query named"):
        queries.load("../secrets")


def test_values_are_bound_by_name_or_in_order(loading: Loading) -> None:
    query = loading(GOOD)
    duck, trino = query.render("duckdb"), query.render("trino")
    assert duck.parameters == ("first_date", "last_date", "menu_version")
    assert "CAST($menu_version AS BIGINT) IS NULL" in duck.sql
    assert trino.parameters == ("first_date", "last_date", "menu_version", "menu_version")
    assert trino.sql.count("?") == 4


def test_what_a_literal_says_is_no_placeholder() -> None:
    tree = queries.parse("SELECT a FROM t WHERE b = ':name ? $x' AND c = :c")
    assert queries.render(tree, "athena") == queries.Rendered(
        "SELECT a FROM t WHERE b = ':name ? $x' AND c = ?", ("c",)
    )


def test_a_view_takes_the_place_of_a_table() -> None:
    tree = queries.parse("SELECT x.a FROM things AS x")
    views = {"things": "SELECT a FROM things WHERE a > 1"}
    assert queries.render(tree, "trino", views).sql == "SELECT x.a FROM (SELECT a FROM things WHERE a > 1) AS x"


def test_events_are_requests_unnested() -> None:
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {kind}" for name, kind in contract.request_columns().items())
    connection.execute(f"CREATE TABLE requests (dt date, {columns})")
    request = {"restaurant_id": "r", "sent_at": 5, "events": [{"seq": 0, "at": 1}, {"seq": 1, "at": 2}]}
    connection.execute(
        "INSERT INTO requests BY NAME SELECT DATE '2026-01-01' AS dt, 7 AS received_at, $1 AS request", [request]
    )
    tree = queries.parse('SELECT e.dt, e.restaurant_id, e.received_at, e.sent_at, e.seq, e."at" FROM events AS e')
    rows = connection.execute(queries.render(tree, "duckdb", {"events": contract.events_view()}).sql).fetchall()
    assert [row[1:] for row in rows] == [("r", 7, 5, 0, 1), ("r", 7, 5, 1, 2)]


KINDS: tuple[queries.Kind, ...] = ("rollup", "report")


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in queries.names(kind)])
@pytest.mark.parametrize("engine", ["duckdb", "trino", "athena"])
def test_every_query_is_sound_and_speaks_every_engines_dialect(
    kind: queries.Kind, name: str, engine: queries.Engine
) -> None:
    query = queries.load(name, kind)
    rendered = query.render(engine)
    assert set(rendered.parameters) == {parameter.name for parameter in query.parameters}


def test_a_report_goes_before_the_rollup_of_its_name() -> None:
    assert queries.load("recommendations").kind == "report"
    assert queries.load("recommendations", "rollup").kind == "rollup"
