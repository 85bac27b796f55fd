"""What engines across the network share: a question becomes one statement, its rows a frame, and its price is told.

What belongs to the data as a whole (zones for "today", newest events, whether anything changed) is looked up by one
small query, at most once in `LOOK_SECONDS`, and paid for by the next answer.
"""

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic, perf_counter

import pandas as pd
import pyarrow as pa

import queries
from dashboard.access import Scope
from dashboard.warehouse import Answer, Cost
from dashboard.warehouse.asking import statement
from dashboard.warehouse.known import Known
from dashboard.warehouse.tables import TABLES
from queries import Engine, Query

LOOK_SECONDS = 60.0

# `received` and `published_at` change with whatever a refresh or a publication brings: together they name a generation.
_NEWS = queries.parse("""
SELECT restaurant_id, max(time_zone) AS time_zone, max(newest_at) AS newest_at, max(received) AS received,
  max(published_at) AS published_at
FROM (
  SELECT restaurant_id, time_zone, CAST(NULL AS bigint) AS newest_at, CAST(NULL AS bigint) AS received,
    CAST(NULL AS bigint) AS published_at
  FROM restaurants
  UNION ALL
  SELECT restaurant_id, CAST(NULL AS varchar), max(newest_at), CAST(sum(received) AS bigint), CAST(NULL AS bigint)
  FROM ledger_hours
  GROUP BY restaurant_id
  UNION ALL
  SELECT restaurant_id, CAST(NULL AS varchar), CAST(NULL AS bigint), CAST(NULL AS bigint), max(published_at)
  FROM menu_items
  GROUP BY restaurant_id
) AS news
GROUP BY restaurant_id
ORDER BY restaurant_id
""")


@dataclass(frozen=True)
class _News(Known):
    """What was known at one look, and the name of the data it was true of."""

    generation: str
    looked_at: float


class RemoteWarehouse(ABC):
    """The port on an engine across the network; an adapter runs one statement. Every thread may ask."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._news: _News | None = None
        self._owed = (0, 0.0)
        self._looking = threading.Lock()
        self._paying = threading.Lock()

    @abstractmethod
    def run(
        self, sql: str, values: Sequence[object], question: str, generation: str | None = None
    ) -> tuple[pd.DataFrame, Cost]:
        """The rows of one SELECT with a value for each `?`, and their cost (of `seconds`, those queued are enough).

        `question` names it in errors. An earlier result may be served if it is of the same `generation`, never if that
        is None. Raises EngineError.
        """

    def generation(self) -> str:
        return self._look().generation

    def as_of(self, scope: Scope) -> datetime | None:
        return self._look().as_of(scope)

    def ask(self, query: str | Query, scope: Scope, /, **parameters: object) -> Answer:
        began = perf_counter()
        if isinstance(query, str):
            query = queries.load(query)
        news = self._look()
        asked = statement(query, scope, parameters, news.today(scope, self._now()), self._engine, TABLES)
        values = [asked.values[name] for name in asked.parameters]
        frame, cost = self.run(asked.sql, values, query.name, news.generation)
        with self._paying:
            (scanned, dollars), self._owed = self._owed, (0, 0.0)
        paid = replace(
            cost,
            bytes_scanned=None if cost.bytes_scanned is None else cost.bytes_scanned + scanned,
            dollars=cost.dollars + dollars,
            seconds=perf_counter() - began,
        )
        return Answer(frame, paid, news.as_of(scope))

    def _look(self) -> _News:
        """What is known; while another thread looks anew, what was known before."""
        news = self._news
        if news and monotonic() - news.looked_at < LOOK_SECONDS:
            return news
        if not self._looking.acquire(blocking=news is None):
            assert news is not None
            return news
        try:
            if self._news is news:
                self._news = self._looked()
            assert self._news is not None
            return self._news
        finally:
            self._looking.release()

    def _looked(self) -> _News:
        rows, cost = self.run(queries.render(_NEWS, self._engine).sql, (), "what is new")
        with self._paying:
            self._owed = (self._owed[0] + (cost.bytes_scanned or 0), self._owed[1] + cost.dollars)
        found = pa.Table.from_pandas(rows).to_pylist()
        return _News(
            zones={row["restaurant_id"]: row["time_zone"] for row in found if row["time_zone"]},
            newest_at={row["restaurant_id"]: row["newest_at"] for row in found if row["newest_at"] is not None},
            generation=hashlib.sha256(repr(found).encode()).hexdigest()[:16],
            looked_at=monotonic(),
        )
