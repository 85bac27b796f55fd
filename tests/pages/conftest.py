"""A home with five weeks of hourly counts, and the app on it as one person sees it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from dashboard.warehouse.tables import DERIVED
from ingest_stack.derived import Derived, State
from ingest_stack.lake import Lake

ROOT = Path(__file__).parents[2]
DAYS = 36
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
RESTAURANTS = {f"house-{n}": ("EUR" if n % 2 else "THB") for n in range(6)}
HOURS = {12: 30, 13: 20, 19: 40, 20: 30}
ITEMS = 5


def counts(day: date, rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """The rows of one day: every restaurant alike, but house-1 sells twice as well as the others, and at house-5 the
    last dish draws most."""
    tables: dict[str, list[dict[str, Any]]] = {"visit_hours": [], "item_hours": [], "ledger_hours": []}
    for house, currency in RESTAURANTS.items():
        for hour, level in HOURS.items():
            visits = int(rng.poisson(level))
            ordered = int(rng.binomial(visits, 0.6 if house == "house-1" else 0.3))
            key = {"restaurant_id": house, "local_date": day, "local_hour": hour}
            money = {"revenue_minor": ordered * 2000, "orders": ordered, "lines": ordered, "quantity": ordered}
            steps = {"visits": visits, "viewed": visits, "opened": ordered, "intents": ordered, "ordered": ordered}
            tables["visit_hours"].append(key | money | steps | {"menu_version": 1, "currency": currency})
            for position in range(1, ITEMS + 1):
                reached = int(rng.binomial(visits, 1.1 - position / 10))
                skipped = int(rng.binomial(reached, 0.3))
                looks = {"reached": reached, "viewed": reached - skipped, "skipped": skipped, "ordered": ordered // 5}
                if house == "house-5":
                    looks["opened"] = looks["viewed"] // (2 if position == ITEMS else 6)
                item = {"menu_version": 1, "item_id": f"dish-{position}", "section_id": "all", "position": position}
                tables["item_hours"].append(key | item | looks | {"dwell_ms": 3000 * (reached - skipped)})
            newest = datetime(day.year, day.month, day.day, 20, 59, tzinfo=UTC)
            heard = {"received": visits, "kept": visits, "newest_at": int(newest.timestamp() * 1000)}
            tables["ledger_hours"].append(key | heard)
    return tables


def keep(derived: Derived, state: State, table: str, day: date, rows: list[dict[str, Any]]) -> None:
    """Write one day's file of a derived table; a column that rows leave out is 0, or NULL where it isn't a count."""
    path = derived.file(table, str(day), f"{state.generation}.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    given = pd.DataFrame(rows)
    columns = [
        f"{name}::{kind} AS {name}" if name in given else f"{0 if kind == 'bigint' else 'NULL'}::{kind} AS {name}"
        for name, kind in DERIVED[table].items()
    ]
    duckdb.sql(f"SELECT {', '.join(columns)} FROM given ORDER BY restaurant_id").write_parquet(str(path))
    derived.replace(state, table, str(day), path.name)


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home: guests up to yesterday evening, one manager, one of the product team, one admin."""
    home, rng = tmp_path_factory.mktemp("home"), np.random.default_rng(5)
    lake = Lake(home / "lake")
    derived = Derived(lake.path)
    state = derived.state()
    state.generation = "g1"
    for n in range(DAYS):
        day = YESTERDAY - timedelta(days=DAYS - 1 - n)
        for table, rows in counts(day, rng).items():
            keep(derived, state, table, day, rows)
    derived.publish(state)
    for house, currency in RESTAURANTS.items():
        place = {"area": "Harbour" if house < "house-3" else "Hill", "time_zone": "UTC", "currency": currency}
        dish = {"restaurant_id": house, "menu_version": 1, "published_at": 1_700_000_000_000, "section_id": "all"}
        prices = {"section_name": "All", "section_position": 1, "price_minor": 900, "food_cost_minor": None}
        dishes = [
            dish | prices | {"item_id": f"dish-{p}", "item_name": f"Dish {p}", "position": p} for p in range(1, 6)
        ]
        lake.write_dimensions({"restaurant_id": house, "restaurant_name": house.title(), **place}, dishes)
    people = People(FolderBlobs(home))
    people.add(person("ada@example.com", "admin", ()))
    people.add(person("mia@example.com", "manager", ("house-2",)))
    people.add(person("pat@example.com", "product", ()))
    return home


def _without_pages_directory(init: Callable[..., None]) -> Callable[..., None]:
    """AppTest forgets at every run that st.navigation rules, and would run a file of pages/ without its frame."""

    def without(self: PagesManager, *given: Any, **named: Any) -> None:
        init(self, *given, **named)
        PagesManager.uses_pages_directory = False

    return without


@pytest.fixture
def app(lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Runs the app: `app("mia@example.com", page="restaurants", days="7")`; what is named goes into the URL."""
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(PagesManager, "__init__", _without_pages_directory(PagesManager.__init__))
    monkeypatch.setenv("MENULENS_HOME", str(lived_in))
    monkeypatch.setenv("MENULENS_DEMO", "1")

    def run(who: str | None = None, page: str = "overview", **url: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        if who:
            test.query_params["as"] = who
        for name, value in url.items():
            test.query_params[name] = value
        test.run()
        if page != "overview":
            test.switch_page(f"pages/{page}.py").run()
        return test

    return run
