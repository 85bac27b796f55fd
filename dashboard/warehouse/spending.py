"""What answers cost, by person and page: the query log, and the budget that warns, then stops.

    query_log.sqlite    query_log: UTC day × person × page × query × engine → how often it was asked, what that cost

SQLite keeps it: whoever asks adds to a row, from any thread or process of this home.
"""

import sqlite3
import threading
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.access import Scope
from dashboard.audit import Audit
from dashboard.blobs import Blobs, StaleError
from dashboard.people import OWNER
from dashboard.warehouse import Answer, Cost, Warehouse, open_warehouse, utc_now
from dashboard.warehouse.waiting import waited_for
from errors import BudgetError, StorageError
from queries import Query

_BUDGET = "audit/budget"
WARN_AT = 0.8
"""The share of a month's budget from which on pages say how much is spent."""

_TABLE = """
CREATE TABLE IF NOT EXISTS query_log (
  day TEXT, person TEXT, page TEXT, query TEXT, engine TEXT, asked INTEGER, reused INTEGER, bytes_scanned INTEGER,
  dollars REAL, queued_seconds REAL, seconds REAL,
  PRIMARY KEY (day, person, page, query, engine)
) WITHOUT ROWID
"""
_ADD = """
INSERT INTO query_log VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET asked = asked + 1, reused = reused + excluded.reused,
  bytes_scanned = bytes_scanned + excluded.bytes_scanned, dollars = dollars + excluded.dollars,
  queued_seconds = queued_seconds + excluded.queued_seconds, seconds = seconds + excluded.seconds
"""
_SUMS = "sum(asked), sum(reused), sum(bytes_scanned), sum(dollars), sum(seconds)"


@dataclass(frozen=True)
class Spent:
    """What a person asked on a page within some days. `reused`: of `asked`, how many the engine served from before."""

    person: str
    page: str
    asked: int
    reused: int
    bytes_scanned: int
    dollars: float
    seconds: float


class QueryLog:
    """The query log of a home. Every method raises StorageError when it can't be read or written."""

    def __init__(self, home: Path) -> None:
        self._path = home / "query_log.sqlite"

    def add(self, person: str, page: str, query: str, cost: Cost, at: datetime) -> None:
        """Count one answer in, under the UTC day `at` falls on."""
        key = (str(at.astimezone(UTC).date()), person, page, query, cost.engine)
        self._run(_ADD, (*key, cost.reused, cost.bytes_scanned or 0, cost.dollars, cost.queued_seconds, cost.seconds))

    def dollars(self, first_date: date, last_date: date) -> float:
        """What all answers of these UTC days (inclusive) cost."""
        [(dollars,)] = self._run(
            "SELECT total(dollars) FROM query_log WHERE day BETWEEN ? AND ?", _days(first_date, last_date)
        )
        return float(dollars)

    def spent(self, first_date: date, last_date: date) -> list[Spent]:
        """What each person's answers on each page cost within these UTC days (inclusive), the dearest first."""
        if not self._path.exists():
            return []
        rows = self._run(
            f"SELECT person, page, {_SUMS} FROM query_log WHERE day BETWEEN ? AND ?"
            " GROUP BY person, page ORDER BY sum(dollars) DESC, sum(seconds) DESC, person, page",
            _days(first_date, last_date),
        )
        return [Spent(*row) for row in rows]

    def _run(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as log:
                log.execute("PRAGMA synchronous = OFF")  # a power cut may cost the last entries, never the answers
                log.execute(_TABLE)
                return log.execute(sql, values).fetchall()
        except (sqlite3.Error, OSError) as problem:
            raise StorageError(
                f"The query log {self._path} can't be used: {problem}.", "Free some space, or move the file away."
            ) from problem


@dataclass(frozen=True)
class _Flight:
    """A question under way, and all who wait for its answer: it is cancelled once none of them does."""

    answer: Future[Answer] = field(default_factory=Future)
    waiting: list[Callable[[], bool]] = field(default_factory=list)


class Metered:
    """A warehouse whose answers are written to the query log, until the month's budget is spent.

    What is asked while the same is under way is not asked again: it waits for that answer, which costs once. Safe to
    use from many threads.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        log: QueryLog | None,
        monthly_budget: float = 0.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`monthly_budget`: dollars that all answers of a UTC month may cost; 0 is no limit. An engine that charges
        nothing needs no log."""
        self.warehouse = warehouse
        self._log = log
        self._budget = monthly_budget
        self._now = now
        self._flights: dict[Hashable, _Flight] = {}
        self._lock = threading.Lock()

    def ask(self, page: str, query: str | Query, scope: Scope, /, **parameters: object) -> Answer:
        """The warehouse's answer, asked for on `page`. Raises BudgetError, and what the warehouse raises."""
        given = sorted((name, str(value)) for name, value in parameters.items() if value is not None)
        # An answer from before the data changed is none to who asks after: it would be kept as a newer one.
        key = (self.warehouse.generation(), query, scope.restaurants, tuple(given))
        with self._lock:
            under_way = self._flights.get(key)
            flight = under_way or self._flights.setdefault(key, _Flight())
            flight.waiting.append(waited_for.get())
        if under_way:
            answer = under_way.answer.result()
            return replace(answer, cost=replace(answer.cost, dollars=0.0, cached=True))
        waited_for_before = waited_for.set(lambda: self._is_waited_for(key, flight))
        try:
            flight.answer.set_result(self._ask(page, query, scope, parameters))
        except BaseException as problem:
            flight.answer.set_exception(problem)
        finally:
            waited_for.reset(waited_for_before)
            with self._lock:
                self._land(key, flight)
        return flight.answer.result()

    def _is_waited_for(self, key: Hashable, flight: _Flight) -> bool:
        """Whether anybody still waits. Once nobody does, nobody can join: whoever comes now asks anew."""
        with self._lock:
            if any(waits() for waits in flight.waiting):
                return True
            self._land(key, flight)
            return False

    def _land(self, key: Hashable, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def warning(self) -> str | None:
        """A sentence about the month's budget, once most of it is spent."""
        spent = self._spent()
        if not self._budget or spent < self._budget * WARN_AT:
            return None
        return f"${spent:,.2f} of this month's ${self._budget:,.2f} for queries are spent."

    def _ask(self, page: str, query: str | Query, scope: Scope, parameters: Mapping[str, object]) -> Answer:
        if self._budget and self._spent() >= self._budget:
            today = self._today()
            anew = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
            raise BudgetError(
                f"The ${self._budget:,.2f} that queries may cost this month are spent.",
                f"What was asked of the same data before can still be seen. It begins anew on {anew:%-d %B}; whoever "
                "runs Menulens can raise MENULENS_MONTHLY_BUDGET.",
            )
        answer = self.warehouse.ask(query, scope, **parameters)
        name = query if isinstance(query, str) else query.name
        if self._log:
            self._log.add(scope.person, page, name, answer.cost, self._now())
        return answer

    def _spent(self) -> float:
        today = self._today()
        return self._log.dollars(today.replace(day=1), today) if self._log and self._budget else 0.0

    def _today(self) -> date:
        return self._now().astimezone(UTC).date()


def open_metered(
    engine: str, home: Path, settings: Mapping[str, object], monthly_budget: float, *, once: bool = False
) -> Metered:
    """The warehouse of a home, as `open_warehouse` opens it, behind its meter; what costs nothing is not logged."""
    log = None if engine == "duckdb" else QueryLog(home)
    return Metered(open_warehouse(engine, home, settings, once=once), log, monthly_budget)


def note_budget(blobs: Blobs, monthly_budget: float) -> None:
    """Record a budget that is another than the one that held when this was last asked; the first one is only kept."""
    before, tag = blobs.get(_BUDGET) or (b"", "")
    now = f"${monthly_budget:,.2f}" if monthly_budget else "no limit"
    if now != before.decode():
        with suppress(StaleError):  # another process that starts just now does so
            blobs.put(_BUDGET, now.encode(), tag)
            if before:
                Audit(blobs).record("budget_overridden", OWNER, **{"was": before.decode(), "is": now})


def _days(first: date, last: date) -> tuple[str, str]:
    return str(first), str(last)
