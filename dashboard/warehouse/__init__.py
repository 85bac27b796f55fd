"""The warehouse's port: a named question and a Scope go in, rows with their price tag come out.

Who asks names no restaurants: the Scope does, and every query is rewritten to it (`scoping`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from dashboard.access import Scope
from errors import SettingError
from queries import Query


@dataclass(frozen=True)
class Cost:
    """What an answer cost.

    `bytes_scanned` counts what was read from storage, at most; None if the engine can't say. `queued_seconds` are those
    of `seconds` in which the engine had not begun. `reused`: the engine served an earlier result. `cached`: no engine
    was asked, the answer was kept here.
    """

    engine: str
    bytes_scanned: int | None
    dollars: float
    queued_seconds: float
    seconds: float
    reused: bool = False
    cached: bool = False


@dataclass(frozen=True)
class Answer:
    """Rows in Arrow-backed columns (NULL stays NULL, integers stay integers), and their price.

    `as_of` is the newest event that was counted for the Scope's restaurants; None if none ever was.
    """

    frame: pd.DataFrame
    cost: Cost
    as_of: datetime | None


class Warehouse(Protocol):
    """What every engine's adapter offers; all are safe to use from many threads."""

    def ask(self, query: str | Query, scope: Scope, /, **parameters: object) -> Answer:
        """The answer about the Scope's restaurants. Parameters may be typed or as a person types them.

        Without dates a report takes the last 30 local days. Raises ParameterError, QueryError or EngineError.
        """
        ...

    def generation(self) -> str:
        """Names the data that the next answer is drawn from, or older: the key under which answers may be kept."""
        ...

    def as_of(self, scope: Scope) -> datetime | None:
        """The newest event that was counted for the Scope's restaurants, as every answer about them says too."""
        ...


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_warehouse(
    engine: str,
    home: Path,
    settings: Mapping[str, Any] | None = None,
    *,
    once: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> "Warehouse":
    """The warehouse of a home; `settings` are the engine's own. `now` decides "today".

    `once`: for a few questions, so nothing is loaded ahead. Raises SettingError if there is no such engine, EngineError
    if it can't be used.
    """
    if engine == "duckdb":
        from dashboard.warehouse.duckdb import DuckDBWarehouse

        return DuckDBWarehouse(home, resident=not once, now=now)
    if engine == "athena":
        from dashboard.warehouse.athena import Account, AthenaWarehouse

        return AthenaWarehouse(Account(**settings or {}), now=now)
    if engine == "trino":
        from dashboard.warehouse.trino import Cluster, TrinoWarehouse

        return TrinoWarehouse(Cluster(**settings or {}), now=now)
    raise SettingError(f"There is no engine {engine!r}: choose duckdb, athena or trino.")
