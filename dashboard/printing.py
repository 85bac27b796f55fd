"""An answer as text for a terminal or a file, and the price tag that goes beside it."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

import queries
from dashboard.access import scope_of
from dashboard.menus.changes import Revision, listed
from dashboard.menus.model import Restaurant
from dashboard.people import Person
from dashboard.signin.admitting import Standing
from dashboard.warehouse import Answer
from errors import ParameterError

Form = Literal["table", "csv", "json"]

_SHOWN = 12
_NOTHING_YET = (
    "Nothing was counted for these restaurants yet: `menulens serve` takes what guests do, `menulens load` what they "
    "did before, `menulens demo` invents some."
)


def report_list(width: int | None = None) -> str:
    """Every report with its question and parameters, as a table."""
    found = [queries.load(name) for name in queries.names("report")]
    rows = [[query.name, query.question, " ".join(p.name for p in query.parameters)] for query in found]
    return _table(["report", "question", "parameters"], rows, width)


def report(name: str) -> queries.Query:
    """The report of this name. Raises ParameterError that lists what there is."""
    known = queries.names("report")
    if name not in known:
        there = f"There are {', '.join(known)}; `menulens ask` says what each of them answers."
        raise ParameterError(f"There is no report {name!r}.{_meant(name, known)}", there)
    return queries.load(name)


def no_restaurant(wanted: str, known: Iterable[str]) -> str:
    """That a home has no restaurant of this id, but these."""
    ids = sorted(known)
    if not ids:
        return f"No restaurant {wanted!r} in this home: it has none yet."
    more = f" and {len(ids) - _SHOWN} more: see `menulens ask directory`" if len(ids) > _SHOWN else ""
    return f"No restaurant {wanted!r} in this home.{_meant(wanted, ids)} It has {', '.join(ids[:_SHOWN])}{more}."


def _meant(wanted: str, known: Iterable[str]) -> str:
    near = get_close_matches(wanted, list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def people_list(people: Iterable[Person], standings: Mapping[str, Standing]) -> str:
    """Who may see and edit what, and how it stands with passwords where `standings` are known, as a table."""
    rows = [
        [
            person.id,
            person.role,
            ", ".join(person.restaurants) or "every restaurant",
            ", ".join(person.may_edit) or ("every restaurant" if scope_of(person).edits else None),
            *([standings[person.id].state] if standings else []),
        ]
        for person in people
    ]
    if not rows:
        return "Nobody yet: `menulens people add` adds somebody.\n"
    return _table(["person", "role", "sees", "edits", *(["password"] if standings else [])], rows, None)


def rows_as(form: Form, frame: pd.DataFrame, width: int | None = None) -> str:
    """A frame's rows as text. `width` is the terminal's in characters; None: as wide as the rows are.

    csv: NULL is empty, '' is "". json: one array of records. Both: ISO dates, numbers in full.
    """
    names = list(frame.columns)
    rows = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    if form == "json":
        records = [json.dumps(row, ensure_ascii=False, default=_plain) for row in rows]
        return "[" + ",\n ".join(records) + "]\n"
    values = [[row[name] for name in names] for row in rows]
    return _csv(names, values) if form == "csv" else _table(names, values, width)


def history_as(form: Form, revisions: Iterable[Revision], restaurant: Restaurant, width: int | None = None) -> str:
    """A menu's history, newest last: instants by the restaurant's clock; a table names a version's first changes."""
    zone = ZoneInfo(restaurant.time_zone)
    rows = [
        {
            "version": revision.version,
            "published": f"{revision.at.astimezone(zone):%Y-%m-%d %H:%M}" if revision.at else None,
            "by": revision.by or None,
            "changes": _told(revision, at_most=5 if form == "table" else len(revision.changes)),
        }
        for revision in revisions
    ]
    return rows_as(form, pd.DataFrame(rows), width)


def _told(revision: Revision, at_most: int) -> str:
    if revision.version == 1:
        return "the first version"
    again = f"version {revision.same_as} again: " if revision.same_as else ""
    return again + listed(revision.changes, at_most)


def price_tag(answer: Answer) -> str:
    """One line: how many rows, as of when, what they cost; a second one where nothing was ever counted."""
    cost, rows = answer.cost, len(answer.frame)
    parts = [
        f"{rows:,} row{'s' if rows != 1 else ''}",
        f"as of {answer.as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if answer.as_of else "nothing counted yet",
        "bytes not known" if cost.bytes_scanned is None else f"{cost.bytes_scanned:,} bytes scanned",
        f"${cost.dollars:.4f}",
        f"{cost.seconds * 1000:,.0f} ms",
        cost.engine + (" (kept)" if cost.cached else ""),
    ]
    return " · ".join(parts) + ("" if answer.as_of else f"\n{_NOTHING_YET}")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _csv(names: list[str], rows: Iterable[list[Any]]) -> str:
    # Python's csv writes NULL and '' alike; a quoted field is one that a reader knows isn't NULL.
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    for row in rows:
        text.write(",".join(_field(value) for value in row) + "\n")
    return text.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=_plain).strip('"')
    return '"' + text.replace('"', '""') + '"' if text == "" or any(mark in text for mark in ',"\r\n') else text


def _table(names: list[str], rows: Iterable[list[Any]], width: int | None) -> str:
    rows = list(rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(names):
        number = any(isinstance(row[place], int | float) for row in rows)
        table.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=width is None)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    text = io.StringIO()
    console = Console(file=text, width=width or 100_000, color_system=None)
    console.print(table, crop=width is not None)
    return "\n".join(line.rstrip() for line in text.getvalue().split("\n")).strip("\n") + "\n"


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.4g}"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return str(value)
