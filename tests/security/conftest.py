"""Two towns that are alike for one restaurant and for the public, and differ in all that is private to its rivals.

What somebody of that restaurant is shown must be the same in both: then nothing of the rivals is in it, in whatever
form. What an admin is shown of a rival must differ: then the two would be told apart.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from dashboard.access import Scope, scope_of
from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Item, Menu, Restaurant, Section
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People, person
from dashboard.signin.door import open_door
from dashboard.warehouse.tables import DERIVED
from ingest_stack.lake import Lake
from tests.dashboard.signin.conftest import let_in
from tests.dashboard.warehouse.conftest import Home
from tests.e2e.conftest import dashboard

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
OWN, RIVAL, OTHER = "alder", "birch", "cedar"
"""One restaurant, and two that compete with it."""
DAYS = 21
TODAY = datetime.now(UTC).date()
LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)
DISHES = ("soup", "stew", "salad", "cake")
PEOPLE = {
    "reads": person("amy@alder.example", "manager", [OWN]),
    "edits": person("ann@alder.example", "manager", [OWN], [OWN]),
    "rival": person("bob@birch.example", "manager", [RIVAL], [RIVAL]),
    "product": person("pat@menulens.example", "product"),
    "admin": person("ada@menulens.example", "admin"),
}


@dataclass(frozen=True)
class Town:
    home: Path

    def store(self, who: str) -> MenuStore:
        return open_store(self.home, Lake(self.home / "lake"), scope(who))


def scope(who: str) -> Scope:
    return scope_of(PEOPLE[who])


def menu(house: str, private: int) -> Menu:
    """Names and prices are public; what a dish costs and what is noted of it are not."""
    items = tuple(
        Item(
            id=f"{house}-{dish}",
            name={"en": f"{house} {dish}".title()},
            price_minor=900 + 100 * at,
            food_cost_minor=200 + private,
            notes=f"{house} note {private}",
        )
        for at, dish in enumerate(DISHES)
    )
    restaurant = Restaurant(
        id=house,
        name={"en": f"{house.title()} House"},
        area="Harbour",
        time_zone="UTC",
        currency="EUR",
        languages=("en",),
    )
    return Menu(restaurant=restaurant, sections=(Section(id="food", name={"en": "Food"}, items=items),))


def town(path: Path, rivals: int) -> Town:
    """A home; `rivals` is what the private numbers and words of the rivals follow from."""
    home, blobs = Home(path), FolderBlobs(path)
    privates = {OWN: 1, RIVAL: rivals, OTHER: rivals + 1}
    for who in sorted(PEOPLE.values(), key=lambda one: one.role):
        People(blobs).add(who)
    People(blobs).add(person(f"friend-{rivals}@birch.example", "manager", [RIVAL]))
    for house, private in privates.items():
        store = open_store(path, home.lake, Scope.everything(PEOPLE["admin"].id))
        made = menu(house, private)
        store.publish(made, LONG_AGO)
        drafted = Section(
            id="next",
            name={"en": f"Next {private}"},
            items=(Item(id="idea", name={"en": f"Idea {private}"}, price_minor=100 * private),),
        )
        if house != OWN:
            draft = store.draft(house)
            store.save_draft(
                draft.menu.model_copy(update={"sections": (*draft.menu.sections, drafted)}), draft, LONG_AGO
            )
    Audit(blobs).record("exported", PEOPLE["rival"].id, RIVAL, file=f"{RIVAL}-{rivals}.csv")
    days = [TODAY - timedelta(days=n) for n in range(1, DAYS + 1)]
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in DERIVED}
    for house, private in privates.items():
        rng = np.random.default_rng(private)
        for day in days:
            for table, rows in lived(house, private, day, rng).items():
                tables[table] += rows
    home.refresh(**tables)
    return Town(path)


def lived(house: str, private: int, day: date, rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """A day of a restaurant in every table; a column that isn't named here has numbers of its own all the same."""
    busy = int(rng.integers(30, 60)) + 7 * private
    ordered, looked = busy // 3, busy // 2
    key = {
        "restaurant_id": house,
        "menu_version": 1,
        "local_date": day,
        "local_hour": 12,
        "currency": "EUR",
        "holdout": 0,
    }
    tally = {"reached": busy, "viewed": looked, "skipped": busy - looked, "opened": ordered, "intents": ordered}
    money = {
        "ordered": ordered,
        "orders": ordered,
        "lines": ordered,
        "quantity": ordered,
        "revenue_minor": 900 * ordered,
    }
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    dishes = [
        key | {"item_id": f"{house}-{dish}", "section_id": "food", "position": at, **tally, **money}
        for at, dish in enumerate(DISHES, 1)
    ]
    rival = RIVAL if house == OWN else OWN
    to = {"recommended_restaurant_id": rival, "recommended_item_id": f"{rival}-soup", "rank": 1}
    names = {"restaurant_name": f"{house.title()} House", "recommended_restaurant_name": f"{rival.title()} House"}
    words = names | {"item_name": f"{house} soup".title(), "recommended_item_name": f"{rival} soup".title()}
    pair = {"item_id": f"{house}-soup", "other_item_id": f"{house}-cake", "other_item_name": f"{house} cake".title()}
    visit = {"viewed": 1, "opened": 1, "intent": 1, "ordered": 1, "orders": 1, "lines": 1, "quantity": 1}
    known = {
        "visits": [
            key | visit | {"visit_id": f"{house}-{day}-{n}", "began_at": noon, "revenue_minor": 900, "guest_id": None}
            for n in range(ordered)
        ],
        "visit_items": [dish | visit | {"visit_id": f"{house}-{day}-0"} for dish in dishes],
        "item_hours": dishes,
        "section_hours": [key | {"section_id": "food"} | tally | money],
        "visit_hours": [key | {"visits": busy} | tally | money],
        "recommendation_hours": [key | to | {"viewed": looked, "opened": ordered}],
        "crossing_hours": [key | to | tally | money | {"restaurant_id": None, "from_restaurant_id": house}],
        "ledger_hours": [key | {"received": busy, "kept": busy, "newest_at": noon + private, "lost": private}],
        "item_pairs": [key | pair | words | {"rank": 1, "support": looked, "item_guests": busy, "reason": "with"}],
        "crossings": [
            key | to | {"restaurant_id": None, "from_restaurant_id": house, "guests": looked, "item_id": None}
        ],
        # What a restaurant is told of another is rounded, and made to be told.
        "recommendations": [key | to | words | {"item_id": None, "score": 0.5, "share_rate": 0.1, "reason": "popular"}],
    }
    if day != TODAY - timedelta(days=1):  # these three stand as of one day
        known = {
            table: rows for table, rows in known.items() if table not in ("item_pairs", "crossings", "recommendations")
        }
    return {table: [filled(table, row, private) for row in known.get(table, [])] for table in DERIVED}


def filled(table: str, row: Mapping[str, Any], private: int) -> dict[str, Any]:
    """A row with a number in each column that it doesn't name, so that a column which comes later is watched too."""
    unnamed = {name: private for name, kind in DERIVED[table].items() if kind in ("bigint", "double")}
    if table == "recommendations":
        unnamed = dict.fromkeys(unnamed, 0)
    return {name: value for name, value in (unnamed | dict(row)).items() if name in DERIVED[table]}


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Town]:
    return tuple(town(tmp_path_factory.mktemp("town"), rivals) for rivals in (2, 5))


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """The app as somebody sees a town: `look(town, "edits", "menu", restaurant="birch")`."""
    began = PagesManager.__init__

    def without_pages_directory(self: PagesManager, *given: Any, **named: Any) -> None:
        began(self, *given, **named)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", without_pages_directory)
    st.cache_data.clear()

    def run(of: Town, who: str, page: str, demo: str = "1", **url: str) -> AppTest:
        monkeypatch.setenv("MENULENS_DEMO", demo)
        monkeypatch.setenv("MENULENS_HOME", str(of.home))
        test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        test.query_params["as"] = PEOPLE[who].id if who in PEOPLE else who
        for name, value in url.items():
            test.query_params[name] = value
        return (test if page == "overview" else test.switch_page(f"pages/{page}.py")).run()

    return run


@dataclass(frozen=True)
class Served:
    """A town's dashboard as `menulens dashboard` serves it, where people sign in with passwords."""

    address: str
    home: Path

    def cookie(self, who: str) -> str:
        """What somebody's browser keeps who has just set a password."""
        return let_in(open_door(self.home, "", 720), FolderBlobs(self.home), PEOPLE[who].id)


@pytest.fixture(scope="session")
def served(towns: tuple[Town, Town]) -> Iterator[Served]:
    with dashboard(towns[0].home, MENULENS_DEMO="0") as address:
        yield Served(address, towns[0].home)
