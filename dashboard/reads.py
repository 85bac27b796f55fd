"""What pages read: named, and cached by who asks. The only st.cache_data.

An answer is kept under (generation, query, scope, parameters): newer data has another generation, another person
another scope, so nobody gets what was kept for somebody else.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic, time

import streamlit as st

from dashboard.access import Scope
from dashboard.elements.filters import Restaurant
from dashboard.warehouse import Answer, Warehouse, open_warehouse
from errors import AccessError, EngineError

_KEPT = 512
_SLOT_SECONDS = 900
"""Without dates a report's days change at a midnight somewhere: those fall on quarters of an hour."""


@dataclass(frozen=True)
class _Source:
    engine: str
    home: str


@dataclass(frozen=True)
class _Kept:
    answer: Answer
    scope: Scope
    asked_at: float


_source: _Source | None = None


def open(engine: str, home: Path) -> None:
    """Say which warehouse this process reads; the entry script does so before any page runs."""
    global _source
    _source = _Source(engine, str(home))


def read(name: str, scope: Scope, /, **parameters: object) -> Answer:
    """A report's answer for this scope; `cost.cached` says that it was kept. Raises what the warehouse raises."""
    if _source is None:
        raise EngineError("No warehouse is open yet.", "Reload the page.")
    began, source = monotonic(), _source
    given = tuple(sorted((key, value) for key, value in parameters.items() if value is not None))
    slot = None if "last_date" in dict(given) else int(time() // _SLOT_SECONDS)
    kept = _ask(source, _warehouse(source).generation(), name, scope, given, slot)
    if kept.scope != scope:
        raise AccessError("This answer was kept for somebody else.", "Reload the page.")
    cost = replace(kept.answer.cost, cached=kept.asked_at < began)
    return replace(kept.answer, cost=cost)


def restaurants(scope: Scope) -> tuple[Restaurant, ...]:
    """The scope's restaurants, sorted by id; those that no menu names but events do are among them, in UTC."""
    records = read("directory", scope).frame.astype(object).where(lambda frame: frame.notna(), None).to_dict("records")
    return tuple(Restaurant(**{str(key): value for key, value in record.items()}) for record in records)


def as_of(scope: Scope) -> datetime | None:
    """The newest event that was counted for the scope's restaurants."""
    return read("directory", scope).as_of


def _key(scope: Scope) -> tuple[object, ...]:
    restaurants = None if scope.restaurants is None else tuple(sorted(scope.restaurants))
    return (scope.person, scope.role, scope.edits, restaurants)


@st.cache_resource(show_spinner=False)
def _warehouse(source: _Source) -> Warehouse:
    return open_warehouse(source.engine, Path(source.home))


@st.cache_data(show_spinner=False, max_entries=_KEPT, hash_funcs={Scope: _key})
def _ask(
    source: _Source,
    generation: str,  # noqa: ARG001 - part of the key
    name: str,
    scope: Scope,
    parameters: tuple[tuple[str, object], ...],
    slot: int | None,  # noqa: ARG001 - part of the key
) -> _Kept:
    return _Kept(_warehouse(source).ask(name, scope, **dict(parameters)), scope, monotonic())
