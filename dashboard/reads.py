"""What pages read: named, and cached by who asks. The only st.cache_data.

An answer is kept under (generation, query, scope, parameters): newer data has another generation, another person
another scope, so nobody gets what was kept for somebody else.
"""

from dataclasses import replace
from pathlib import Path
from time import monotonic, time

import pandas as pd
import streamlit as st

from dashboard.access import Scope
from dashboard.warehouse import Answer, Warehouse, open_warehouse
from errors import AccessError

_KEPT = 512
_SLOT_SECONDS = 900  # local midnights fall on quarters of an hour
_SOURCE = "reads.source"


def connect(engine: str, home: Path) -> None:
    """Say whose warehouse this session reads. The entry script does so before any page runs."""
    st.session_state[_SOURCE] = (engine, str(home))


def read(name: str, scope: Scope, **parameters: object) -> Answer:
    """The report's answer for this scope; `cost.cached` says whether it was kept. Raises what the warehouse raises."""
    engine, home = st.session_state[_SOURCE]
    given = tuple(sorted((key, value) for key, value in parameters.items() if value is not None))
    # "The last 30 days" are others tomorrow, even if no event comes.
    slot = None if "last_date" in parameters else int(time() // _SLOT_SECONDS)
    began = monotonic()
    generation = _warehouse(engine, home).generation()
    answer, whose, asked_at = _answer(engine, home, generation, name, scope, given, slot)
    if whose != scope:
        raise AccessError("This answer was kept for somebody else.", "Reload the page.")
    return replace(answer, cost=replace(answer.cost, cached=True)) if asked_at < began else answer


def restaurants(scope: Scope) -> pd.DataFrame:
    """The scope's restaurants, by id: restaurant_id, restaurant_name, area, time_zone, currency."""
    return read("directory", scope).frame


@st.cache_resource(show_spinner=False)
def _warehouse(engine: str, home: str) -> Warehouse:
    return open_warehouse(engine, Path(home))


@st.cache_data(show_spinner=False, max_entries=_KEPT, hash_funcs={Scope: lambda scope: _key(scope)})
def _answer(
    engine: str,
    home: str,
    generation: str,  # noqa: ARG001 - part of the key
    name: str,
    scope: Scope,
    parameters: tuple[tuple[str, object], ...],
    slot: int | None,  # noqa: ARG001 - part of the key
) -> tuple[Answer, Scope, float]:
    return _warehouse(engine, home).ask(name, scope, **dict(parameters)), scope, monotonic()


def _key(scope: Scope) -> tuple[object, ...]:
    return (
        scope.person,
        scope.role,
        scope.edits,
        scope.restaurants is None,
        tuple(sorted(scope.restaurants or ())),
    )
