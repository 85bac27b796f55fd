"""The menu, attention, conversion and advice pages, walked through without a browser."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access import Scope
from dashboard.menus.model import Menu
from dashboard.menus.store import MenuStore, open_store
from ingest_stack.lake import Lake

App = Callable[..., AppTest]
PAGES = ["menu", "attention", "conversion", "advice"]


def words(test: AppTest) -> str:
    kinds = ("title", "header", "markdown", "caption")
    return " ".join(element.value for kind in kinds for element in test.get(kind))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("days", ["1", "7", "30"])
def test_every_page_stands_for_every_period(app: App, page: str, days: str) -> None:
    test = app("ada@example.com", page=page, restaurant="house-1", days=days)
    assert not test.exception
    assert len(test.title) == 1
    assert "Something broke" not in words(test)


@pytest.mark.parametrize("page", PAGES)
def test_a_manager_sees_only_the_own_restaurant(app: App, page: str) -> None:
    test = app("mia@example.com", page=page, restaurant="house-4")
    assert test.selectbox(key="pick_restaurant").options == ["House-2"]
    assert "house-4" not in words(test).lower()


@pytest.mark.parametrize("page", PAGES)
def test_days_without_a_visit_say_so_and_lead_to_more_days(app: App, page: str) -> None:
    test = app("ada@example.com", page=page, restaurant="house-1", first_date="2020-01-01", last_date="2020-01-02")
    assert not test.exception
    assert "in these days" in test.title[0].value


@pytest.mark.parametrize("page", ["overview", "attention"])
def test_long_ago_nobody_came_which_is_not_that_nobody_ever_did(app: App, page: str) -> None:
    test = app("ada@example.com", page=page, restaurant="house-1", first_date="2020-01-01", last_date="2020-02-20")
    assert "in these days" in test.title[0].value


def test_the_menu_keeps_its_choices_in_the_url(app: App) -> None:
    test = app("ada@example.com", page="menu", restaurant="house-1")
    test.button_group(key="choice-measure").set_value("skipped").run()
    assert "skipped" in test.query_params["measure"]


def test_a_link_to_an_item_tells_its_story_and_a_wrong_one_tells_another(app: App) -> None:
    asked = app("ada@example.com", page="menu", restaurant="house-1", item="dish-3")
    asked.query_params["item"] = "dish-3"
    assert "Dish 3" in [header.value for header in asked.run().header]
    asked.query_params["item"] = "nothing-of-ours"
    assert not asked.run().exception


def test_conversion_compares_with_as_many_days_before(app: App) -> None:
    assert "of those who" in app("ada@example.com", page="conversion", restaurant="house-1", days="7").title[0].value


def test_guests_who_take_all_dishes_alike_give_no_reason_to_change_any(app: App) -> None:
    test = app("ada@example.com", page="advice", restaurant="house-1")
    assert test.title[0].value == "Nothing to change: no item stands out beyond chance"
    assert "90% certainty for all 5 items at once" in words(test)


def test_a_few_visits_are_too_few_to_advise(app: App) -> None:
    test = app("mia@example.com", page="advice", restaurant="house-2", days="1")
    assert "Nobody has read v1 today" in test.title[0].value


@pytest.fixture
def desk(app: App, lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MenuStore:
    """Where the menu of house-5 is written, in a home of its own that the app looks at."""
    assert app
    home = tmp_path / "home"
    shutil.copytree(lived_in, home)
    monkeypatch.setenv("MENULENS_HOME", str(home))
    place = {"area": "Hill", "time_zone": "UTC", "currency": "EUR", "languages": ["en"]}
    dishes = [{"id": f"dish-{n}", "name": {"en": f"Dish {n}"}, "price_minor": 900} for n in range(1, 6)]
    restaurant = {"id": "house-5", "name": {"en": "House-5"}, **place}
    sections = [{"id": "all", "name": {"en": "All"}, "items": dishes}]
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    menu = Menu.model_validate({"restaurant": restaurant, "sections": sections})
    store.publish(menu, datetime(2026, 1, 1, tzinfo=UTC))
    return store


def test_who_may_edit_puts_a_change_into_the_draft(app: App, desk: MenuStore) -> None:
    test = app("ada@example.com", page="advice", restaurant="house-5")
    assert "Move Dish 5 up to number 1 in All" in [header.value for header in test.header]
    key = "put-advice-up-all-dish-5"
    test.button(key=key).click().run()
    assert not test.exception
    assert key not in [button.key for button in test.button]
    draft = desk.draft("house-5").menu
    assert [item.id for item in draft.sections[0].items] == ["dish-5", "dish-1", "dish-2", "dish-3", "dish-4"]


def test_who_may_not_edit_reads_the_advice_without_a_button(app: App) -> None:
    test = app("pat@example.com", page="advice", restaurant="house-5")
    assert "Move Dish 5 up to number 1 in All" in [header.value for header in test.header]
    assert "Put into draft" not in [button.label for button in test.button]
