"""Brings the derived tables up to date: finds the local days that new events changed, and fills those anew.

A day is filled from the lake alone, never from what the day held before, so the tables end the same in whatever order
events came and however the refreshes were cut. All days appear at once: the manifest is replaced by rename.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ingest_stack.derived import FORMAT, LEAST_GUESTS, TABLES, Derived, Manifest, State
from ingest_stack.lake import Lake
from ingest_stack.recommending import Recommending
from ingest_stack.staleness import LOOK_DAYS, Staleness
from ingest_stack.tables import Tables

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what comes next."""
WINDOW_EVENTS = 1_000_000
WINDOW_DAYS = 31
"""Days are filled together up to so many events, since each filling costs a little; beyond, one by one (memory)."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: the local days whose visits it counted anew, and how long it took.

    `recommended` says whether it made the recommendations anew, too.
    """

    days: tuple[date, ...]
    ledger_days: tuple[date, ...]
    seconds: float
    generation: str
    recommended: bool


def refresh(
    lake_path: Path,
    first_date: date | None = None,
    last_date: date | None = None,
    progress: Progress | None = None,
    *,
    least_guests: int = LEAST_GUESTS,
    recommend_after: float = 0.0,
) -> Refreshed:
    """Fill every stale local day anew, or those from `first_date` to `last_date`; the others stay noted as stale.

    The recommendations follow if they are stale, and older than `recommend_after` seconds; nothing that fewer than
    `least_guests` guests say goes into them.
    Waits for the lake's lock. Raises StorageError naming the file if one of the lake's can't be read; the tables are
    then as they were.
    """
    began = time.perf_counter()
    lake = Lake(lake_path)
    derived = Derived(lake_path)
    with lake.lock():
        state = derived.state()
        derived.sweep(state)
        superseded = set(state.superseded)
        if state.format != FORMAT:
            state = derived.emptied(state)
        before = {table: dict(days) for table, days in state.tables.items()}
        generation = str(time.time_ns())
        tables = Tables(lake, derived.path / ".spill")
        try:
            Staleness(lake, derived, state, tables).find(generation)
            days, ledger_days = _Rolling(lake, derived, state, tables, generation).roll(
                first_date or date.min, last_date or date.max, progress or _silent
            )
            recommended = Recommending(derived, state, tables, least_guests).follow(generation, recommend_after)
        finally:
            tables.close()
        if state.tables != before:
            state.generation = generation
        # Readers held these files until now, however long the refresh took: their time to go begins here.
        state.superseded |= dict.fromkeys(state.superseded.keys() - superseded, time.time())
        derived.publish(state)
    return Refreshed(tuple(days), tuple(ledger_days), time.perf_counter() - began, state.generation, recommended)


class _Rolling:
    """Fills days with files of one generation, and notes them in `state`."""

    def __init__(self, lake: Lake, derived: Derived, state: State, tables: Tables, generation: str) -> None:
        self._derived = derived
        self._state = state
        self._tables = tables
        self._name = f"{generation}.parquet"
        self._requests = lake.days("requests")
        self._rejects = lake.select("rejects")

    def roll(self, first: date, last: date, progress: Progress) -> tuple[list[date], list[date]]:
        """Fill the stale days from `first` to `last`; returns them, and those whose ledger was filled."""
        days = [day for day in map(date.fromisoformat, self._state.stale) if first <= day <= last]
        ledger = {date.fromisoformat(day) for day in self._state.stale_ledger}
        done, steps = 0, len(days) + 1
        for window in _windows(days, self._events(days)):
            progress(done, steps, f"{window[0]}")
            ledger |= {*window, *self._fill(window)}
            done += len(window)
        self._state.stale = [day for day in self._state.stale if date.fromisoformat(day) not in days]
        progress(done, steps, "the ledger")
        # The ledger calls late what no visit kept: it waits for every day whose visits it may find its events in.
        waiting = {
            date.fromisoformat(day) + timedelta(n) for day in self._state.stale for n in range(-2, LOOK_DAYS + 1)
        }
        ready = sorted(day for day in ledger - waiting if first <= day <= last)
        for window in _windows(ready, {}):
            self._fill_ledger(window)
        self._state.stale_ledger = [str(day) for day in sorted(ledger - set(ready))]
        self._state.as_of = max(self._state.newest.values(), default=None)
        progress(steps, steps, "done")
        return days, ready

    def _fill(self, window: list[date]) -> set[date]:
        """Fill some days' tables but the ledger; returns the local dates on which their events came, before and now."""
        tables = self._tables
        tables.files("sightings", "sightings", self._around("sightings", window, LOOK_DAYS, LOOK_DAYS))
        self._table("beginnings", window)
        tables.requests(self._files_of_beginnings())
        self._table("candidates", window)
        tables.view("kept_events", tables.rollup("kept_events", window[0], window[-1]).sql)
        self._write("visits", window)
        tables.files("receipts", "receipts", self._around("receipts", window))
        came = tables.local_dates("FROM receipts", "quarter_at")
        self._write("receipts", window)
        self._write("visit_items", window)
        self._write("recommendation_hours", window)
        tables.drop("candidates")
        for table in ("item_hours", "section_hours", "visit_hours", "crossing_hours"):
            self._write(table, window)
        newest = dict(tables.rows("SELECT local_date::varchar, max(newest_at) FROM receipts GROUP BY ALL"))
        for day in map(str, window):
            self._state.newest.pop(day, None)
        self._state.newest.update(newest)
        return came | tables.local_dates("FROM receipts", "quarter_at")

    def _fill_ledger(self, window: list[date]) -> None:
        self._tables.view("rejects", self._rejects)
        self._tables.files("arrivals", "arrivals", self._around("arrivals", window, 2, 2))
        self._tables.files("receipts", "receipts", self._around("receipts", window, LOOK_DAYS, 2))
        self._tables.files("visits", "visits", self._around("visits", window))
        self._write("ledger_hours", window)

    def _files_of_beginnings(self) -> list[Path]:
        """The request files of the partitions that hold events of the days' visits: seldom all that a rule allows."""
        rows = self._tables.rows(
            "SELECT DISTINCT dt FROM sightings AS s JOIN beginnings AS b USING (restaurant_id, visit_id)"
            " WHERE s.last_at >= b.first_at AND s.first_at <= b.first_at + 86400000"
        )
        return [path for (dt,) in sorted(rows) for path in self._requests.get(dt, [])]

    def _events(self, days: list[date]) -> dict[date, int]:
        """How many events happened on each UTC day near these: about as many as local days of that date hold."""
        self._tables.files("sightings", "sightings", self._around("sightings", days, 1, LOOK_DAYS) if days else [])
        sums = "SELECT DATE '1970-01-01' + utc_day::int, sum(events)::bigint FROM sightings GROUP BY ALL"
        return dict(self._tables.rows(sums))

    def _table(self, name: str, window: list[date]) -> None:
        statement = self._tables.rollup(name, window[0], window[-1])
        self._tables.table(name, statement.sql, statement.values)

    def _write(self, table: str, window: list[date]) -> None:
        """Fill one table's file of each day, and let the table's name stand for them."""
        statement = self._tables.rollup(table, window[0], window[-1])
        if len(window) > 1:
            self._tables.table("filled", statement.sql, statement.values)
        written = []
        for day in window:
            path = self._derived.file(table, str(day), self._name)
            if len(window) > 1:
                of_day = "FROM filled WHERE local_date = $day"
                rows = self._tables.write(of_day, path, "restaurant_id", {"day": day})
            else:
                rows = self._tables.write(statement.sql, path, "restaurant_id", statement.values)
            self._derived.replace(self._state, table, str(day), self._name if rows else None)
            written += [path] * bool(rows)
        if len(window) > 1:
            self._tables.drop("filled")
        self._tables.files(table, table, written)

    def _around(self, table: str, window: list[date], before: int = 0, after: int = 0) -> list[Path]:
        held = {**self._state.tables, **self._state.partitions}[table]
        first, last = window[0] - timedelta(days=before), window[-1] + timedelta(days=after)
        near = [day for day in sorted(held) if first <= date.fromisoformat(day) <= last]
        return [self._derived.file(table, day, held[day]) for day in near]


def _windows(days: list[date], events: dict[date, int]) -> list[list[date]]:
    """Runs of consecutive days to be filled together, as long as they hold few events."""
    windows: list[list[date]] = []
    room = 0
    for day in days:
        room -= events.get(day, 0)
        follows = bool(windows) and windows[-1][-1] + timedelta(days=1) == day
        if follows and room >= 0 and len(windows[-1]) < WINDOW_DAYS:
            windows[-1].append(day)
        else:
            windows.append([day])
            room = WINDOW_EVENTS - events.get(day, 0)
    return windows


def _silent(done: int, of: int, what: str) -> None:
    """Nobody watches."""


__all__ = ["TABLES", "Derived", "Manifest", "Progress", "Refreshed", "refresh"]
