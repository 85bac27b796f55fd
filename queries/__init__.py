"""SQL is written once, in Athena's dialect: a file becomes a Query, checked when it loads, rendered for each engine.

A file begins with a header of `-- key: value` lines (a line that begins with `--` and two or more spaces goes on
with the value before it), then holds one SELECT:

    -- name: daily                                   the file's own name
    -- question: How did each day go?                one sentence for its reader
    -- grain: restaurant x local date                what one row stands for
    -- parameters: first_date date, menu_version bigint optional
    -- columns: restaurant_id, local_date, visits    what it selects, in order
    -- reads: visit_hours, restaurants               the tables it reads
    -- rules: A visit counts on the day it began.    how it counts, if that needs saying

What engines would answer differently is refused: a division that isn't on doubles, a sum that isn't cast.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal, NoReturn

import sqlglot
from sqlglot import TokenType, exp

from errors import QueryError
from queries.rendering import DIALECT, Engine, Rendered, parse, prepare, render, tables, with_views

FOLDER = Path(__file__).parent
Kind = Literal["report", "rollup"]

_KEYS = ("name", "question", "grain", "parameters", "columns", "reads", "rules")
_OPTIONAL = ("parameters", "rules")
_PARAMETER = re.compile(r"(\w+) (date|bigint|double|varchar|boolean)( optional)?")


@dataclass(frozen=True)
class Parameter:
    """A value that is bound when the query runs; `type` is an SQL type, an optional one may be None."""

    name: str
    type: str
    optional: bool = False


@dataclass(frozen=True, eq=False)
class Query:
    """A checked file of queries/. `tree` is shared: copy before changing it, then `dataclasses.replace`."""

    name: str
    kind: Kind
    question: str
    grain: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    reads: tuple[str, ...]
    path: Path
    tree: exp.Query

    def render(self, engine: Engine, views: Mapping[str, str | exp.Query] | None = None) -> Rendered:
        """The query for `engine`; a table named in `views` (name → SELECT in Athena's dialect) is that subquery."""
        return render(self.tree, engine, views)


@cache
def load(name: str, kind: Kind | None = None) -> Query:
    """The report or rollup of this name, parsed once; without a kind the report goes before the rollup that it reads.

    Raises QueryError with file and line if the file is wrong.
    """
    kinds: tuple[Kind, ...] = ("report", "rollup")
    for folder in (kind,) if kind else kinds:
        path = FOLDER / f"{folder}s" / f"{name}.sql"
        if re.fullmatch(r"\w+", name) and path.is_file():
            return read(path)
    raise QueryError(f"There is no query named {name!r}.", f"Reports: {', '.join(names('report'))}.")


def names(kind: Kind) -> list[str]:
    """Names of all reports or all rollups, sorted."""
    return sorted(path.stem for path in (FOLDER / f"{kind}s").glob("*.sql"))


@cache
def read(path: Path) -> Query:
    """The file at `path`, checked; its folder says which kind it is. Raises QueryError with file and line."""
    file = _File(path, path.read_text())
    header = file.header
    query = Query(
        name=header["name"],
        kind="rollup" if path.parent.name == "rollups" else "report",
        question=header["question"],
        grain=header["grain"],
        parameters=file.parameters(),
        columns=_words(header["columns"]),
        reads=_words(header["reads"]),
        path=path,
        tree=file.tree(),
    )
    if query.name != path.stem:
        file.refuse(f"the name is {query.name!r}, the file says {path.stem!r}", file.line("name"))
    _check_parameters(query, file)
    _check_columns(query, file)
    _check_tables(query, file)
    _check_arithmetic(query, file)
    _cast_parameters(query)
    return query


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


class _File:
    """A file's text while it is checked: its header with line numbers, its tree, and how to refuse it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self._lines: dict[str, int] = {}

    def refuse(self, why: str, line: int) -> NoReturn:
        raise QueryError(f"{self.path.parent.name}/{self.path.name}, line {line}: {why}.")

    def line(self, key: str) -> int:
        """Where the header says `key`."""
        return self._lines.get(key, 1)

    @cached_property
    def header(self) -> dict[str, str]:
        header: dict[str, str] = {}
        key = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if not line.startswith("--"):
                break
            if line.startswith("--  ") and key:
                header[key] += f" {line[2:].strip()}"
                continue
            key, colon, value = (part.strip() for part in line[2:].partition(":"))
            if not colon or key not in _KEYS:
                self.refuse(f"{key or line!r} is no key of a header ({', '.join(_KEYS)})", number)
            if key in header:
                self.refuse(f"{key!r} is said twice", number)
            header[key] = value
            self._lines[key] = number
        for key in _KEYS:
            if not header.get(key) and key not in _OPTIONAL:
                self.refuse(f"the header doesn't say {key!r}", self.line(key))
        return header

    def parameters(self) -> tuple[Parameter, ...]:
        found = []
        for text in _words(self.header.get("parameters", "")):
            match = _PARAMETER.fullmatch(text)
            if not match:
                self.refuse(
                    f"{text!r} is no parameter: write `name type` or `name type optional`", self.line("parameters")
                )
            found.append(Parameter(match[1], match[2], optional=bool(match[3])))
        return tuple(found)

    def tree(self) -> exp.Query:
        try:
            trees = [tree for tree in sqlglot.parse(self.text, read=DIALECT) if tree is not None]
        except sqlglot.ParseError as problem:
            first = problem.errors[0]
            self.refuse(f"not SQL: {first['description'].rstrip('.')}", first["line"])
        except sqlglot.TokenError as problem:
            self.refuse(f"not SQL: {problem}", 1)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            self.refuse("a query is exactly one SELECT", self.body_line)
        return trees[0]

    @property
    def body_line(self) -> int:
        return next((n for n, line in enumerate(self.text.splitlines(), 1) if line and not line.startswith("--")), 1)

    def place(self, node: exp.Expr) -> int:
        """The line that `node` is written on, as near as the parser remembers."""
        here: exp.Expr | None = node
        while here is not None:
            lines = [part.meta["line"] for part in here.walk() if "line" in part.meta]
            if lines:
                return int(min(lines))
            here = here.parent
        return self.body_line

    def placeholder_lines(self) -> dict[str, int]:
        tokens = sqlglot.tokenize(self.text, read=DIALECT)
        pairs = [(name.text, name.line) for colon, name in pairwise(tokens) if colon.token_type == TokenType.COLON]
        return dict(reversed(pairs))


def _check_parameters(query: Query, file: _File) -> None:
    declared = [parameter.name for parameter in query.parameters]
    used = {placeholder.name for placeholder in query.tree.find_all(exp.Placeholder)}
    for name in sorted(used - set(declared)):
        file.refuse(
            f"parameter :{name} isn't declared in the header", file.placeholder_lines().get(name, file.body_line)
        )
    for name in declared:
        if name not in used:
            file.refuse(f"parameter {name!r} is declared and never used", file.line("parameters"))
        if declared.count(name) > 1:
            file.refuse(f"parameter {name!r} is declared twice", file.line("parameters"))


def _check_columns(query: Query, file: _File) -> None:
    selected = tuple(query.tree.named_selects)
    if "*" in selected or "" in selected:
        file.refuse("every selected column needs a name (no *)", file.body_line)
    if selected != query.columns:
        missing = [column for column in query.columns if column not in selected]
        extra = [column for column in selected if column not in query.columns]
        why = [f"doesn't select {', '.join(missing)}"] * bool(missing) + [f"selects {', '.join(extra)} too"] * bool(
            extra
        )
        file.refuse(f"the query {' and '.join(why) or 'selects its columns in another order'}", file.line("columns"))


def _check_tables(query: Query, file: _File) -> None:
    used = {table.name: table for table in tables(query.tree)}
    for name, table in used.items():
        if name not in query.reads:
            file.refuse(f"table {name!r} isn't among what the header reads", file.place(table))
    for name in query.reads:
        if name not in used:
            file.refuse(f"the header reads {name!r}, the query doesn't", file.line("reads"))


def _check_arithmetic(query: Query, file: _File) -> None:
    for division in query.tree.find_all(exp.Div):
        by = division.expression.unnest()
        if not _is_cast(division.this.unnest(), exp.DType.DOUBLE) and not _is_cast(by, exp.DType.DOUBLE):
            file.refuse("a division needs a side that is CAST(… AS double)", file.place(division))
        if not isinstance(by, exp.Nullif) and not (isinstance(by, exp.Literal) and float(by.this)):
            file.refuse("a division needs NULLIF(…, 0) below it", file.place(division))
    for total in query.tree.find_all(exp.Sum):
        if not _cast_above(total):
            file.refuse("a sum needs CAST(sum(…) AS bigint), or AS double", file.place(total))


def _is_cast(node: exp.Expr, kind: exp.DType) -> bool:
    return isinstance(node, exp.Cast) and node.to.this == kind


def _cast_above(node: exp.Expr) -> bool:
    above: exp.Expr | None = node.parent
    while isinstance(above, exp.Filter | exp.Window | exp.Coalesce | exp.Paren):
        above = above.parent
    return isinstance(above, exp.Cast) and above.to.this in (exp.DType.BIGINT, exp.DType.DOUBLE)


def _cast_parameters(query: Query) -> None:
    # Engines guess the type of a bare placeholder, each its own way, and of a NULL not at all.
    for parameter in query.parameters:
        for placeholder in list(query.tree.find_all(exp.Placeholder)):
            if placeholder.name == parameter.name:
                placeholder.replace(exp.cast(placeholder.copy(), parameter.type))


__all__ = [
    "DIALECT",
    "Engine",
    "Kind",
    "Parameter",
    "Query",
    "Rendered",
    "load",
    "names",
    "parse",
    "prepare",
    "read",
    "render",
    "tables",
    "with_views",
]
