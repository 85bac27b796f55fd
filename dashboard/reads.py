"""What pages read: named, and cached by who asks. The only st.cache_data.

An answer is kept under (generation, query, scope, parameters): newer data has another generation, another person
another scope, so nobody gets what was kept for somebody else.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from math import inf
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic, time

import pyarrow as pa
import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

import queries
from dashboard.access import Scope
from dashboard.elements.filters import Restaurant
from dashboard.warehouse import Answer
from dashboard.warehouse.spending import Metered, open_metered
from dashboard.warehouse.waiting import waited_for
from errors import AccessError, EngineError

_KEPT = 512
_SLOT_SECONDS = 900
"""Without dates a report's days change at a midnight somewhere: those fall on quarters of an hour."""


@dataclass(frozen=True)
class _Source:
    engine: str
    home: str
    monthly_budget: float
    settings: tuple[tuple[str, object], ...] = field(repr=False)  # a password may be among them


@dataclass(frozen=True)
class _Question:
    """All that an answer depends on: the key under which it is kept."""

    source: _Source
    generation: str
    name: str
    scope: Scope
    parameters: tuple[tuple[str, object], ...]
    slot: int | None


@dataclass(frozen=True)
class _Kept:
    answer: Answer
    scope: Scope
    asked_at: float


page: ContextVar[str] = ContextVar("page", default="frame")
"""Which page is being drawn: what it reads is written down under this name."""
_source: _Source | None = None
_pool = ThreadPoolExecutor(256, "reads")
_turns = BoundedSemaphore(32)
"""So many questions are asked at once. Kept answers need no turn: slow questions of others don't hold them up."""
_opening, _joining = Lock(), Lock()
_readers: dict[str, list[Callable[[], bool]]] = {}
"""By question: whether each of those who wait for its answer still does."""
LOOK_UP_SECONDS = 0.2
"""How often a script that waits for answers looks up whether its reader still does."""
GRACE_SECONDS = 1.0
"""So long answers are waited for after their reader left: a script that runs again asks most of the same again."""


def open(engine: str, home: Path, monthly_budget: float = 0.0, settings: Mapping[str, object] | None = None) -> None:
    """Say which warehouse this process reads; the entry script does so before any page runs.

    `monthly_budget`: dollars that answers may cost in a month; 0 is no limit. `settings` are the engine's own.
    """
    global _source
    _source = _Source(engine, str(home), monthly_budget, tuple((settings or {}).items()))


def read(name: str, scope: Scope, /, **parameters: object) -> Answer:
    """A report's answer for this scope; `cost.cached` says that it was kept. Raises what the warehouse raises."""
    [answer] = together(scope, (name, parameters))
    return answer


def together(scope: Scope, /, *questions: tuple[str, Mapping[str, object]]) -> tuple[Answer, ...]:
    """Answers to several reports, each with its parameters, asked beside each other. Raises what `read` raises.

    Whoever goes to another page, chooses something else or closes the tab meanwhile waits no longer: what nobody else
    waits for either is cancelled, a moment later. What Streamlit can't tell is that a tab is only out of sight, or a
    phone out of reach (until its connection times out).
    """
    left_at = inf
    asking = copy_context()
    asking.run(waited_for.set, lambda: monotonic() < left_at + GRACE_SECONDS)
    flights = [
        _pool.submit(asking.copy().run, partial(_read, name, scope, **parameters)) for name, parameters in questions
    ]
    try:
        while wait(flights, LOOK_UP_SECONDS).not_done:
            _look_up()
    except BaseException:
        left_at = monotonic()
        raise
    return tuple(flight.result() for flight in flights)


def _look_up() -> None:
    """Ends this run of the script if nobody waits for it any longer."""
    if context := get_script_run_ctx(suppress_warning=True):
        context.yield_check()
        if runtime.exists() and not runtime.get_instance().is_active_session(context.session_id):
            st.stop()


def _read(name: str, scope: Scope, /, **parameters: object) -> Answer:
    began, source = monotonic(), _opened()
    given = tuple(sorted((key, value) for key, value in parameters.items() if value is not None))
    dated = any(parameter.name == "last_date" for parameter in queries.load(name).parameters)
    slot = int(time() // _SLOT_SECONDS) if dated and parameters.get("last_date") is None else None
    question = _Question(source, _metered(source).warehouse.generation(), name, scope, given, slot)
    with _waiting_together(_key(question)):
        kept = _ask(question)
    if kept.scope != scope:
        raise AccessError("This answer was kept for somebody else.", "Reload the page.")
    cost = replace(kept.answer.cost, cached=kept.asked_at < began)
    return replace(kept.answer, cost=cost)


@contextmanager
def _waiting_together(question: str) -> Iterator[None]:
    """Wait with all others who do: Streamlit lets one of them ask, and that one asks for as long as any waits."""
    own = waited_for.get()
    with _joining:
        readers = _readers.setdefault(question, [])
        readers.append(own)
    before = waited_for.set(lambda: any(waits() for waits in tuple(readers)))
    try:
        yield
    finally:
        waited_for.reset(before)
        with _joining:
            readers.remove(own)
            if not readers:
                del _readers[question]


def warning() -> str | None:
    """A sentence about the budget, once most of it is spent."""
    return _metered(_opened()).warning()


def restaurants(scope: Scope) -> tuple[Restaurant, ...]:
    """The scope's restaurants, sorted by id; those that no menu names but events do are among them, in UTC."""
    return tuple(Restaurant(**row) for row in pa.Table.from_pandas(read("directory", scope).frame).to_pylist())


def as_of(scope: Scope) -> datetime | None:
    """The newest event that was counted for the scope's restaurants."""
    return _metered(_opened()).warehouse.as_of(scope)


def _opened() -> _Source:
    if _source is None:
        raise EngineError("No warehouse is open yet.", "Reload the page.")
    return _source


def _metered(source: _Source) -> Metered:
    with _opening:  # a page's reads begin at once, and must not open a warehouse each
        return _opened_once(source)


@lru_cache(maxsize=1)
def _opened_once(source: _Source) -> Metered:
    return open_metered(source.engine, Path(source.home), dict(source.settings), source.monthly_budget)


def _key(question: _Question) -> str:
    # In words: Streamlit would walk through every field of every part, for longer than some answers take.
    scope = question.scope
    ids = (None if ids is None else sorted(ids) for ids in (scope.restaurants, scope.editable))
    who = (scope.person, scope.role, *ids)
    asked = (question.name, question.parameters, question.slot)
    return repr((question.source.engine, question.source.home, question.generation, who, asked))


@st.cache_data(show_spinner=False, max_entries=_KEPT, hash_funcs={_Question: _key})
def _ask(question: _Question) -> _Kept:
    with _turns:
        if not waited_for.get()():
            raise EngineError(f"{question.name} was not asked: nobody waits for it any longer.", "Reload the page.")
        asked = _metered(question.source).ask(page.get(), question.name, question.scope, **dict(question.parameters))
    return _Kept(asked, question.scope, monotonic())
