"""A home with a lake of given rows, as the rollups would have left it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.warehouse import Warehouse, open_warehouse
from dashboard.warehouse.tables import DERIVED
from ingest_stack.derived import Derived, State
from ingest_stack.lake import Lake
from tests.athena.on_trino import athena_warehouse
from tests.trino.tables import SCHEMA, Shown

Rows = Sequence[Mapping[str, Any]]
DAY = date(2026, 11, 2)


class Home:
    """Writes generations of derived tables: rows name their restaurant_id and what matters, the rest is 0 or NULL."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lake = Lake(path / "lake")
        self._derived = Derived(self.lake.path)
        self._generations = 0
        self.followers: list[Callable[[], None]] = []
        """Called after each change: what shows a copy of the lake takes it over."""

    def _changed(self) -> None:
        for follow in self.followers:
            follow()

    def refresh(self, **tables: Rows) -> None:
        """Replace the days (`local_date`, else DAY) of the named tables that have rows, in one manifest."""
        state = self._derived.state()
        self._generations += 1
        state.generation = f"g{self._generations}"
        for table, rows in tables.items():
            days: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
            for row in rows:
                days[row.get("local_date", DAY)].append(row)
            for day, of_day in days.items():
                name = f"{state.generation}.parquet"
                _write(table, day, of_day, self._derived.file(table, str(day), name))
                self._derived.replace(state, table, str(day), name)
        self._derived.publish(state)
        self._changed()

    def forget(self, day: date) -> None:
        """Publish a generation in which no table has this day."""
        state: State = self._derived.state()
        for table in DERIVED:
            self._derived.replace(state, table, str(day), None)
        self._derived.publish(state)
        self._changed()

    def restaurant(self, restaurant_id: str, zone: str = "UTC", currency: str = "EUR", items: Rows = ()) -> None:
        """Write one restaurant's dimensions; an item names its item_id, the rest follows from its place."""
        restaurant = {
            "restaurant_id": restaurant_id,
            "restaurant_name": restaurant_id.title(),
            "area": "Harbour",
            "time_zone": zone,
            "currency": currency,
        }
        plain = {"menu_version": 1, "published_at": 1762000000123, "section_id": "all", "section_name": "All"}
        numbers = {"section_position": 1, "price_minor": 900, "food_cost_minor": None}
        rows = [
            {"restaurant_id": restaurant_id, **plain, **numbers, "position": place, "item_name": row["item_id"], **row}
            for place, row in enumerate(items, start=1)
        ]
        self.lake.write_dimensions(restaurant, rows)
        self._changed()


def _write(table: str, day: date, rows: Rows, path: Path) -> None:
    kinds = {
        "varchar": (pa.string(), None),
        "bigint": (pa.int64(), 0),
        "date": (pa.date32(), day),
        "double": (pa.float64(), 0.0),
        "boolean": (pa.bool_(), False),
    }
    columns = {name: kinds[kind] for name, kind in DERIVED[table].items()}
    full = [{name: row.get(name, default) for name, (_, default) in columns.items()} for row in rows]
    full.sort(key=lambda row: row["restaurant_id"] or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, kind) for name, (kind, _) in columns.items()])
    pq.write_table(pa.Table.from_pylist(full, schema=schema), path)


NOON = 1_793_620_800_000
"""2026-11-02 12:00 UTC."""


def day_of(restaurant_id: str, item_id: str, visits: int, currency: str, day: date = DAY) -> dict[str, Rows]:
    """One hour of one restaurant, as every table tells it: each visit ordered the one item for 9.00."""
    key = {"restaurant_id": restaurant_id, "menu_version": 1, "local_date": day, "local_hour": 12}
    looks = {"reached": visits, "viewed": visits, "ordered": visits, "revenue_minor": 900 * visits, "dwell_ms": visits}
    steps = dict.fromkeys(("visits", "viewed", "opened", "intents", "ordered", "orders", "lines"), visits)
    seen = {"recommendation_viewed": visits}
    one = {"viewed": 1, "opened": 1, "intent": 1, "ordered": 1, "orders": 1, "revenue_minor": 900}
    return {
        "item_hours": [{**key, "item_id": item_id, "section_id": "all", "position": 1, **looks}],
        "section_hours": [{**key, "section_id": "all", **looks}],
        "visit_hours": [{**key, "currency": currency, **steps, "revenue_minor": 900 * visits, **seen}],
        "recommendation_hours": [{**key, "recommended_restaurant_id": "trio", "viewed": visits}],
        "crossing_hours": [
            {**key, "restaurant_id": None, "from_restaurant_id": restaurant_id, "recommended_restaurant_id": "quad"}
        ],
        "ledger_hours": [
            {
                "restaurant_id": restaurant_id,
                "local_date": day,
                "local_hour": 12,
                "received": visits,
                "kept": visits,
                "newest_at": NOON + visits,
            }
        ],
        "visits": [{**key, "visit_id": f"v{n}", "table_id": "t1", "currency": currency, **one} for n in range(visits)],
        "item_pairs": [{**key, "item_id": item_id, "other_item_id": "tea", "rank": 1}],
        "recommendations": [{**key, "item_id": item_id, "recommended_restaurant_id": "trio", "rank": 1}],
    }


def together(*days: Mapping[str, Rows]) -> dict[str, Rows]:
    """Several `day_of` as one: table → rows."""
    return {table: [row for day in days for row in day[table]] for table in days[0]}


@pytest.fixture
def empty(home: Path) -> Home:
    return Home(home)


@pytest.fixture
def lived_in(empty: Home) -> Home:
    """Two restaurants: uno's 3 visits ordered soup for euros, duo's 5 ordered curry for baht."""
    empty.restaurant("uno", "Europe/Berlin", "EUR", [{"item_id": "soup"}])
    empty.restaurant("duo", "Asia/Bangkok", "THB", [{"item_id": "curry"}])
    empty.refresh(**together(day_of("uno", "soup", 3, "EUR"), day_of("duo", "curry", 5, "THB")))
    return empty


@pytest.fixture
def make_day() -> Callable[..., dict[str, Rows]]:
    return day_of


@pytest.fixture
def make_days() -> Callable[..., dict[str, Rows]]:
    return together


NOW = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)
ENGINES = [
    "duckdb",
    "duckdb, asked once",
    pytest.param("trino", marks=pytest.mark.trino),
    pytest.param("athena", marks=pytest.mark.trino),
]


@pytest.fixture(params=ENGINES)
def open_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Warehouse]]:
    """Open a home on each engine in turn, `now` it is NOW: all must answer alike."""
    engine, _, once = request.param.partition(", ")
    with ExitStack() as stack:

        def shown(house: Home) -> Shown:
            catalog = f"home_{uuid4().hex}"
            lake = Shown(request.getfixturevalue("trino"), catalog, house.path, tmp_path / catalog)
            house.followers.append(lake.follow)
            return lake

        def open_one(house: Home, now: datetime = NOW) -> Warehouse:
            if engine == "athena":
                lake = shown(house)
                return stack.enter_context(athena_warehouse(lake.url, lake.catalog, SCHEMA, lambda: now))
            settings = shown(house).settings if engine == "trino" else None
            return open_warehouse(engine, house.path, settings, once=bool(once), now=lambda: now)

        yield open_one


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is seen at once, by engines too that else look once a minute."""
    monkeypatch.setattr("dashboard.warehouse.remote.LOOK_SECONDS", 0.0)
