"""A tree in Athena's dialect → SQL of the engine that runs it, with that engine's placeholders."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlglot
from sqlglot import exp

DIALECT = "athena"
Engine = Literal["duckdb", "trino", "athena"]

_MACROS = (
    "CREATE OR REPLACE TEMP MACRO at_timezone(instant, zone) AS timezone(zone, instant)",
    "CREATE OR REPLACE TEMP MACRO bitwise_left_shift(value, shift) AS value << shift",
    "CREATE OR REPLACE TEMP MACRO bitwise_right_shift(value, shift) AS value >> shift",
    "CREATE OR REPLACE TEMP MACRO bit_count(value, bits) AS system.main.bit_count(value)",
)
"""What Athena's dialect has and DuckDB calls otherwise, where sqlglot lets the call through unchanged."""

# No text of a query can hold a NUL, so placeholders are told apart from whatever a literal says.
_MARK = "\0"


@dataclass(frozen=True)
class Rendered:
    """SQL for one engine and the names of its parameters: DuckDB's as a set of `$name`, else one for each `?`."""

    sql: str
    parameters: tuple[str, ...]


def prepare(connection: Any) -> None:
    """Gives a DuckDB connection the functions that rendered queries call."""
    for macro in _MACROS:
        connection.execute(macro)


def render(tree: exp.Query, engine: Engine, views: Mapping[str, str | exp.Query] | None = None) -> Rendered:
    """A tree as SQL of `engine`, with `views` in place of the tables that they name (views may read views)."""
    tree = with_views(tree.copy(), views or {})
    for placeholder in list(tree.find_all(exp.Placeholder)):
        placeholder.replace(exp.var(f"{_MARK}{placeholder.this}{_MARK}"))
    if engine == "duckdb":
        _unnest_structs(tree)
    marked = tree.sql(dialect=engine, comments=False)
    order = tuple(re.findall(f"{_MARK}(\\w+){_MARK}", marked))
    if engine == "duckdb":
        return Rendered(re.sub(f"{_MARK}(\\w+){_MARK}", r"$\1", marked), tuple(dict.fromkeys(order)))
    return Rendered(re.sub(f"{_MARK}\\w+{_MARK}", "?", marked), order)


def with_views(tree: exp.Query, views: Mapping[str, str | exp.Query]) -> exp.Query:
    """`tree`, changed: each table that `views` names has become its subquery."""
    parsed = {name: parse(view) if isinstance(view, str) else view for name, view in views.items()}
    for table in list(tables(tree)):
        if table.name in parsed:
            # A view may read a table of its own name: the one below it.
            below = {name: view for name, view in parsed.items() if name != table.name}
            view = with_views(parsed[table.name].copy(), below)
            table.replace(view.subquery(table.alias_or_name, copy=False))
    return tree


def parse(sql: str) -> exp.Query:
    """One SELECT in Athena's dialect. Raises sqlglot's ParseError."""
    tree = sqlglot.parse_one(sql, read=DIALECT)
    if not isinstance(tree, exp.Query):
        raise sqlglot.ParseError("not a SELECT")
    return tree


def tables(tree: exp.Query) -> Iterator[exp.Table]:
    """Every place where `tree` reads a table; names of its own CTEs are none."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    return (table for table in tree.find_all(exp.Table) if table.name not in own)


def _unnest_structs(tree: exp.Query) -> None:
    # Trino spreads an array of rows over the columns of its alias, DuckDB gives one struct for each: the SELECT
    #   SELECT r.a AS a, e.b FROM t AS r CROSS JOIN UNNEST(r.c) AS e (b)     becomes
    #   SELECT a, e.b FROM (SELECT r.a AS a, unnest(r.c) AS e FROM t AS r)
    # (in FROM, DuckDB would read t twice and join it with itself: ten times the work).
    for unnest in list(tree.find_all(exp.Unnest)):
        select, alias = unnest.find_ancestor(exp.Select), unnest.args.get("alias")
        if select is None or alias is None or not isinstance(unnest.parent, exp.Join):
            continue
        unnest.parent.pop()
        plain = [column for column in select.expressions if column.unalias().args.get("table") != alias.args["this"]]
        rows = exp.alias_(exp.Anonymous(this="unnest", expressions=unnest.expressions), alias.name)
        below = exp.select(*(column.copy() for column in plain), rows).from_(select.args["from_"].this)
        for column in plain:
            column.replace(exp.column(column.alias_or_name, quoted=True))
        select.set("from_", exp.From(this=below.subquery(f"{alias.name}_rows")))
