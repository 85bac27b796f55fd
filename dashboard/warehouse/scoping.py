"""No query can forget whose data it may read: its tree is rewritten so that each table holds the Scope's rows only.

Two things are done, and together they don't depend on how an engine resolves names. Each reference to a table becomes
`(SELECT * FROM table WHERE restaurant_id IN (…))`; each common table expression gets a name that no table has. So a
name that we took for one of the query's own and the engine for a table's is an error there, never a leak.
"""

from collections.abc import Collection, Mapping
from itertools import count
from typing import NoReturn

from sqlglot import exp

from errors import QueryError

TENANT = "restaurant_id"
_BOUND = "scope_"
_RELATIONS = (exp.Query, exp.Table, exp.Unnest, exp.Values)


def narrowed(tree: exp.Expr, tables: Collection[str], restaurants: int | None) -> tuple[exp.Query, tuple[str, ...]]:
    """A copy of one SELECT whose `tables` hold the rows of as many restaurants as are bound, and their placeholders.

    `restaurants` None leaves the rows alone (all restaurants), 0 leaves none. Every table must have `restaurant_id`.
    Raises QueryError for whatever isn't one SELECT over `tables`.
    """
    if not isinstance(tree, exp.Query):
        _refuse("it isn't one SELECT", tree)
    tree = tree.copy()
    if any(placeholder.name.startswith(_BOUND) for placeholder in tree.find_all(exp.Placeholder)):
        _refuse(f"parameters that begin with {_BOUND!r} are the scope's", tree)
    names = tuple(f"{_BOUND}{n}" for n in range(restaurants or 0))
    _Narrowing({name.lower() for name in tables}, None if restaurants is None else names).walk(tree, {})
    return tree, names


class _Narrowing:
    """One walk over one tree, top down, knowing which names the query itself has given at each place."""

    def __init__(self, tables: set[str], names: tuple[str, ...] | None) -> None:
        self._tables = tables
        self._names = names
        self._own = count(1)

    def walk(self, node: exp.Expr, own: Mapping[str, str]) -> None:
        """Rewrite below `node`; `own` maps the names of common table expressions in sight to their new names."""
        children = list(node.iter_expressions())
        given = next((child for child in children if isinstance(child, exp.With)), None)
        if given:
            own = self._name(given, own)
        for child in children:
            if child is not given:
                self.walk(child, own)
        if isinstance(node, exp.Table):
            self._rewrite(node, own)
        elif isinstance(node, exp.Subquery | exp.Lateral) and not isinstance(node.this, _RELATIONS):
            _refuse("it reads from something that isn't a table or a SELECT", node)

    def _name(self, given: exp.With, own: Mapping[str, str]) -> Mapping[str, str]:
        if given.args.get("udfs"):
            _refuse("it declares a function", given)
        own = dict(own)
        for cte in given.expressions:
            name = cte.alias_or_name.lower()
            fresh = f"own_{next(self._own)}"
            # Only a recursive one sees itself; another of the same name as a table reads that table.
            self.walk(cte, own | {name: fresh} if given.args.get("recursive") else own)
            cte.args["alias"].set("this", exp.to_identifier(fresh))
            own[name] = fresh
        return own

    def _rewrite(self, table: exp.Table, own: Mapping[str, str]) -> None:
        name = table.name.lower()
        if not isinstance(table.parent, exp.From | exp.Join | exp.Subquery) or not isinstance(
            table.this, exp.Identifier
        ):
            _refuse("it reads from something that isn't a table or a SELECT", table)
        if any(value for key, value in table.args.items() if key not in ("this", "alias", "joins")):
            _refuse("a table is named by its name alone, without a schema, sample, pivot or version", table)
        alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
        if not alias.args.get("this"):
            alias.set("this", table.this.copy())
        if name in own:
            table.set("this", exp.to_identifier(own[name]))
            table.set("alias", alias)
        elif name in self._tables:
            table.replace(exp.Subquery(this=self._rows(name), alias=alias, joins=table.args.get("joins")))
        else:
            _refuse(f"there is no table {table.name!r}; there are {', '.join(sorted(self._tables))}", table)

    def _rows(self, name: str) -> exp.Select:
        rows = exp.select("*").from_(exp.to_identifier(name))
        if self._names is None:
            return rows
        if not self._names:
            return rows.where(exp.false())
        return rows.where(exp.column(TENANT).isin(*(exp.Placeholder(this=name) for name in self._names)))


def _refuse(why: str, where: exp.Expr) -> NoReturn:
    raise QueryError(f"This query may not run: {why}.", f"The part in question: {where.sql('athena')}")
