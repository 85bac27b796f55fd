"""The page of recommendations, walked through without a browser: who is told what, and what one may switch."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import Scope
from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Menu
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People, person
from ingest_stack.derived import Derived
from ingest_stack.lake import Lake
from tests.pages.conftest import YESTERDAY, keep
from tests.pages.test_insight_rooms import words

App = Callable[..., AppTest]
SAMPLE = Path(__file__).parents[1] / "dashboard/menus/sample_menu.json"


def recommended(house: str, other: str, item: str | None = None) -> dict[str, Any]:
    said = f"About half of the guests here also went to {other.title()}"
    names = {"restaurant_name": house.title(), "recommended_restaurant_name": other.title()}
    dish = {"recommended_item_id": "dish-1", "recommended_item_name": "Dish 1"}
    of = {"item_id": item, "item_name": item and item.title()}
    row = {"restaurant_id": house, "recommended_restaurant_id": other, "rank": 1, "score": 1.0, "support": 60}
    return row | names | dish | of | {"share_rate": 0.5, "reason": said}


def visits(house: str, shown: int, ordered: int, held: int, others: int) -> list[dict[str, Any]]:
    key = {"restaurant_id": house, "local_date": YESTERDAY, "local_hour": 19, "menu_version": 1, "currency": "EUR"}
    seen = {"recommendation_viewed": shown // 2, "recommendation_opened": shown // 20}
    return [
        key | seen | {"holdout": 0, "visits": shown, "ordered": ordered, "orders": ordered},
        key | dict.fromkeys(seen, 0) | {"holdout": 1, "visits": held, "ordered": others, "orders": others},
    ]


@pytest.fixture(scope="module")
def town(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages' home with recommendations: house-1 of the Harbour sells better with them, at house-2 nothing is sure;
    both have a published menu, and a manager who may edit."""
    home = tmp_path_factory.mktemp("town")
    shutil.copytree(lived_in, home, dirs_exist_ok=True)
    derived = Derived(home / "lake")
    state = derived.state()
    state.generation = "g2"
    day = {"local_date": YESTERDAY, "local_hour": 19}
    pair = {"restaurant_id": None, "from_restaurant_id": "house-1", "recommended_restaurant_id": "house-2"} | day
    looks = {"restaurant_id": "house-1", "recommended_restaurant_id": "house-2", "viewed": 450, "opened": 45} | day
    went = pair | {"viewed": 450, "opened": 45, "arrived": 37, "ordered": 13}
    match = {"restaurant_id": "house-1", "item_id": "dish-1", "item_name": "Dish 1", "other_item_id": "dish-2"}
    counts = {"rank": 1, "support": 60, "item_guests": 100, "other_guests": 200, "restaurant_guests": 1000}
    for table, rows in {
        "visit_hours": visits("house-1", 900, 450, 100, 30) + visits("house-2", 900, 300, 100, 32),
        "recommendations": [recommended("house-1", "house-2"), recommended("house-1", "house-0", "dish-1")],
        "item_pairs": [
            match | counts | {"other_item_name": "Dish 2", "reason": "Most", "attach_rate": 0.6, "lift": 3.0}
        ],
        "crossings": [pair | {"guests": 120, "item_guests": 240, "rank": 1}],
        "recommendation_hours": [looks, looks | {"recommended_item_id": "dish-1"}],
        "crossing_hours": [went, went | {"recommended_item_id": "dish-1"}],
    }.items():
        keep(derived, state, table, YESTERDAY, rows)
    derived.publish(state)
    people = People(FolderBlobs(home))
    people.add(person("eve@example.com", "manager", ("house-1",), may_edit=("house-1",)))
    people.add(person("mel@example.com", "manager", ("house-1",)))
    menu = Menu.model_validate_json(SAMPLE.read_bytes())
    for id in ("house-1", "house-2"):
        house = menu.restaurant.model_copy(update={"id": id, "name": {menu.restaurant.language: id.title()}})
        store(home).publish(menu.model_copy(update={"restaurant": house}), datetime(2026, 11, 16, tzinfo=UTC))
    return home


@pytest.fixture
def own(town: Path, tmp_path: Path) -> Path:
    """The same, for a test that changes something."""
    return Path(shutil.copytree(town, tmp_path / "own"))


@pytest.fixture
def app(town: Path, app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("MENULENS_HOME", str(town))
    return app


def store(home: Path) -> MenuStore:
    class Uncounted(Lake):
        def write_dimensions(self, restaurant: Any, items: Any) -> None: ...

    return open_store(home, Uncounted(home / "lake"), Scope.everything())


def test_a_manager_reads_whether_it_helps_and_nothing_of_what_followed_elsewhere(app: App) -> None:
    test = app("mel@example.com", page="recommendations")
    assert test.title[0].value == "Guests who may see recommendations order more often here: 50% against 30%"
    told = words(test)
    assert "About half of the guests here also went to House-2" in told
    assert "Dish 2 goes well with Dish 1: 3.0 times as many" in told
    assert "for that restaurant to know" in told
    assert "Between restaurants" not in str(test.button_group)


def test_noise_is_called_too_few_visits(app: App) -> None:
    test = app("ada@example.com", page="recommendations", restaurant="house-2")
    assert test.title[0].value.startswith("Too few visits yet to tell whether recommendations change")


def test_days_without_a_visit_say_so_and_still_tell_what_guests_like(app: App) -> None:
    test = app("ada@example.com", page="recommendations", restaurant="house-1", first_date="2020-01-01",
               last_date="2020-01-02")  # fmt: skip
    assert test.title[0].value == "Nobody was shown another restaurant in these days"
    assert "About half of the guests here also went to House-2" in words(test)


def test_a_link_asks_of_an_item_and_a_wrong_one_of_the_whole_menu(app: App) -> None:
    asked = app("ada@example.com", page="recommendations", restaurant="house-1")
    for item, other in (("dish-1", "House-0"), ("nothing-of-ours", "House-2")):
        asked.query_params["item"] = item
        assert f"also went to {other}" in words(asked.run())


def test_who_may_edit_opts_out_and_it_is_recorded(app: App, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENULENS_HOME", str(own))
    test = app("eve@example.com", page="recommendations")
    test.toggle(key="shows_others-house-1").set_value(False).run()
    assert test.title[0].value == "Guests here are shown no other restaurant"
    assert "this restaurant shows no others" in words(test)
    assert not store(own).recommending("house-1").shows_others
    today = datetime.now(UTC).date()
    entries = Audit(FolderBlobs(own)).read(today - timedelta(days=1), today)
    [entry] = [entry for entry in entries if entry.kind == "recommending_changed"]
    assert (entry.who, entry.about) == ("eve@example.com", "house-1")
    assert entry.details == {"what": "No longer shows others to its guests"}


def test_who_may_not_edit_sees_the_switches_and_moves_none(app: App) -> None:
    test = app("mel@example.com", page="recommendations")
    assert [toggle.disabled for toggle in test.toggle] == [True, True]
    assert "an admin pins and blocks" in words(test)


def test_a_right_that_ended_meanwhile_switches_nothing(app: App, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENULENS_HOME", str(own))
    test = app("eve@example.com", page="recommendations")
    People(FolderBlobs(own)).add(person("eve@example.com", "manager", ("house-1",)))
    test.toggle(key="shown_elsewhere-house-1").set_value(False).run()
    assert "may not edit the menu of 'house-1'" in test.warning[0].value
    assert store(own).recommending("house-1").shown_elsewhere


def test_an_admin_pins_a_dish_and_takes_it_out(app: App, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENULENS_HOME", str(own))
    test = app("ada@example.com", page="recommendations", restaurant="house-1")
    test.selectbox(key="pick-house-house-1").set_value("house-2").run()
    test.selectbox(key="pick-dish-house-2").set_value("rolls").run()
    test.button(key="with_pinned").click().run()
    [pinned] = store(own).recommending("house-1").pinned
    assert (pinned.restaurant_id, pinned.item_id) == ("house-2", "rolls")
    assert "Always shown first" in words(test)
    test.button(key="out-pinned-house-2-rolls").click().run()
    assert store(own).recommending("house-1").pinned == ()


@pytest.mark.parametrize("who", ["pat@example.com", "ada@example.com"])
def test_who_sees_all_restaurants_sees_what_ties_them(app: App, who: str) -> None:
    test = app(who, page="recommendations", restaurant="house-1")
    test.button_group(key="choice-whose").set_value("all").run()
    told = words(test)
    assert "House-1 and House-2 share most guests: 120" in told
    assert "House-1 orders more with recommendations" in told
    test.button_group(key="choice-ties").set_value("arrivals").run()
    assert "37 visits came of a recommendation, and 13 of them ordered" in words(test)
    assert ("whose", "all") in [(name, "".join(value)) for name, value in test.query_params.items()]


def test_an_area_without_ties_says_so(app: App) -> None:
    test = app("pat@example.com", page="recommendations", area="Hill")
    test.button_group(key="choice-whose").set_value("all").run()
    assert not test.exception
    assert "Too few guests in common yet" in words(test)
