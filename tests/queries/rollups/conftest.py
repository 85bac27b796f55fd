"""A lake in a few words: what guests sent, one refresh, and the rows of a derived table as lines of text."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_stack import contract
from ingest_stack.lake import Lake
from ingest_stack.rollups import Derived, Refreshed, refresh

Event = dict[str, Any]


def instant(text: str) -> int:
    """`2026-03-10 12:00:05` (UTC, seconds may be left out) → ms since the epoch."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


class House:
    """A lake with restaurants r1 (Berlin) and r2 (Kathmandu); all else is in UTC."""

    def __init__(self, path: Path) -> None:
        self.lake = Lake(path)
        self.names = (f"batch-{n:04d}" for n in count())
        self.seqs: dict[str, int] = {}
        self.houses: dict[str, dict[str, str]] = {}
        for restaurant, zone, currency in (("r1", "Europe/Berlin", "EUR"), ("r2", "Asia/Kathmandu", "NPR")):
            self.open(restaurant, zone, currency)

    def open(self, restaurant: str, zone: str, currency: str) -> None:
        self.houses[restaurant] = {"time_zone": zone, "currency": currency}
        self.publish(restaurant)

    def publish(self, restaurant: str, versions: Mapping[int, Mapping[str, tuple[str, int]]] | None = None) -> None:
        """Write a restaurant's dimensions with these menus: version → item → its section and position."""
        house = {"restaurant_id": restaurant, "restaurant_name": restaurant, "area": ""} | self.houses[restaurant]
        unsaid = {"published_at": 0, "section_position": 1, "price_minor": 450, "food_cost_minor": None}
        items = [
            {"restaurant_id": restaurant, "menu_version": version, "item_id": item, "item_name": item}
            | {"section_id": section, "section_name": section, "position": position}
            | unsaid
            for version, menu in (versions or {}).items()
            for item, (section, position) in menu.items()
        ]
        self.lake.write_dimensions(house, items)

    def request(self, sent: str, *events: Event, visit: str = "v1", **more: Any) -> dict[str, Any]:
        """A request that is received when it was sent, unless `received` says otherwise; seqs count up by visit."""
        received = more.pop("received", sent)
        bot = more.pop("bot", False)
        for event in events:
            event["at"] = instant(event["at"]) if "at" in event else instant(sent)
            event.setdefault("seq", self.seqs.get(visit, 0))
            self.seqs[visit] = max(self.seqs.get(visit, 0), event["seq"] + 1)
        envelope = {"restaurant_id": "r1", "menu_version": 1, "visit_id": visit, "sent_at": instant(sent)} | more
        return {"received_at": instant(received), "bot": bot, "request": envelope | {"events": list(events)}}

    def receive(self, *requests: dict[str, Any]) -> None:
        """Bring these requests into the lake, in files of their own."""
        self.lake.append("requests", as_relation(requests), next(self.names))

    def refresh(self, **days: Any) -> Refreshed:
        return refresh(self.lake.path, **days)

    def rows(self, table: str, columns: str) -> list[str]:
        """Rows as text, sorted, `-` for NULL."""
        return read_table(self.lake.path, table, columns)


def as_relation(requests: Iterable[dict[str, Any]]) -> duckdb.DuckDBPyRelation:
    kinds = contract.request_columns()
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE made ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
    connection.executemany("INSERT INTO made VALUES (?, ?, ?)", [list(request.values()) for request in requests])
    return connection.table("made")


def read_table(lake: Path, table: str, columns: str) -> list[str]:
    files = list(Derived(lake).manifest().files[table].values())
    if not files:
        return []
    listed = ", ".join(f"'{file}'" for file in files)
    rows = duckdb.sql(f"SELECT {', '.join(columns.split())} FROM read_parquet([{listed}])").fetchall()
    return sorted(" ".join("-" if value is None else str(value) for value in row) for row in rows)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "lake")


@pytest.fixture
def event() -> Callable[..., Event]:
    """`event("item_view", "soup", dwell_ms=2000)`: at and seq follow from the request, unless they are said."""

    def make(kind: str, item: str | None = None, **more: Any) -> Event:
        return {"type": kind, "item_id": item} | more

    return make


@pytest.fixture
def house_at() -> Callable[[Path], House]:
    """A house in a folder of one's own choice."""
    return lambda folder: House(folder / "lake")
