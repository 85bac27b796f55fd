"""From a question to a statement: parameters typed, dates filled in, tables narrowed to the Scope, values apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import index
from zoneinfo import ZoneInfo

from dashboard.access import Scope
from dashboard.warehouse.scoping import narrowed
from errors import ParameterError
from queries import Engine, Parameter, Query, Rendered, render

DAYS = 30
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Statement:
    """One engine's SQL, the values of its parameters by name, and their names in the engine's order."""

    sql: str
    parameters: tuple[str, ...]
    values: Mapping[str, object]


def statement(
    query: Query, scope: Scope, given: Mapping[str, object], today: date, engine: Engine, tables: frozenset[str]
) -> Statement:
    """What `engine` runs to answer `query` for `scope`; `tables` are all that a query may read.

    Raises ParameterError for what was given, QueryError for what the query reads.
    """
    values = parameters(query, given, today)
    restaurants = None if scope.restaurants is None else sorted(scope.restaurants)
    rendered, names = _rendered(query, engine, tables, None if restaurants is None else len(restaurants))
    return Statement(rendered.sql, rendered.parameters, values | dict(zip(names, restaurants or (), strict=True)))


# Parsing and rendering cost more than most answers: once for a query and a number of restaurants is enough.
@lru_cache(maxsize=1024)
def _rendered(
    query: Query, engine: Engine, tables: frozenset[str], restaurants: int | None
) -> tuple[Rendered, tuple[str, ...]]:
    tree, names = narrowed(query.tree, tables, restaurants)
    return render(tree, engine), names


def today_of(zones: Iterable[str], now: datetime) -> date:
    """The newest local date in any of these time zones (UTC if there is none) at the instant `now`."""
    return max(
        (now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=now.astimezone(ZoneInfo("UTC")).date()
    )


def parameters(query: Query, given: Mapping[str, object], today: date) -> dict[str, object]:
    """A value for each of the query's parameters; without dates, the `DAYS` days that end `today`."""
    declared = {parameter.name: parameter for parameter in query.parameters}
    for name in given:
        if name not in declared:
            raise ParameterError(f"{query.name} has no parameter {name!r}.", _has(query))
    values = {
        name: None if given.get(name) is None else _typed(parameter, given[name])
        for name, parameter in declared.items()
    }
    if "last_date" in values and values["last_date"] is None:
        values["last_date"] = today
    if "first_date" in values and values["first_date"] is None:
        values["first_date"] = _day(values.get("last_date", today)) - timedelta(days=DAYS - 1)
    for name, parameter in declared.items():
        if values[name] is None and not parameter.optional:
            raise ParameterError(f"{query.name} needs {name}.", _has(query))
    if {"first_date", "last_date"} <= values.keys() and _day(values["first_date"]) > _day(values["last_date"]):
        raise ParameterError(f"first_date {values['first_date']} is after last_date {values['last_date']}.")
    return values


def _has(query: Query) -> str:
    known = [f"{p.name} ({p.type}{', optional' if p.optional else ''})" for p in query.parameters]
    return f"It has {', '.join(known)}." if known else "It has none."


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"first_date and last_date are dates, not {value!r}")
    return value


def _typed(parameter: Parameter, value: object) -> object:
    try:
        match parameter.type:
            case "date":
                return _as_date(value)
            case "bigint":
                return _as_bigint(value)
            case "double":
                return float(str(value))
            case "boolean":
                return {"true": True, "false": False}[str(value).lower()]
        return str(value)
    except (TypeError, ValueError, KeyError):
        raise ParameterError(f"{parameter.name} is {value!r}: it must be {_WANTED[parameter.type]}.") from None


_WANTED = {
    "date": "a date such as 2026-11-01",
    "bigint": "a whole number",
    "double": "a number",
    "boolean": "true or false",
}


def _as_date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _as_bigint(value: object) -> int:
    number = int(value) if isinstance(value, str) else index(value)  # type: ignore[arg-type]
    if isinstance(value, bool) or abs(number) > _LARGEST:
        raise ValueError(value)
    return number
