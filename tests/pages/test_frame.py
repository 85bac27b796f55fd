"""The frame around the pages: who is asking, what the URL says, and failures in words."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.blobs import FolderBlobs
from dashboard.elements import identity
from dashboard.signin.door import Door, open_door
from errors import EngineError
from tests.dashboard.signin.conftest import let_in

App = Callable[..., AppTest]


def titles(test: AppTest) -> list[str]:
    return [title.value for title in test.title]


def url(test: AppTest, name: str) -> str:
    value = test.query_params[name]
    return value if isinstance(value, str) else value[0]


def words(test: AppTest) -> str:
    return " ".join(
        element.value for kind in ("title", "header", "markdown", "caption", "warning") for element in test.get(kind)
    )


def test_nobody_is_signed_in_until_somebody_is_chosen(app: App) -> None:
    test = app()
    assert titles(test) == ["Who is looking?"]
    assert {header.value for header in test.header} == {"Ada", "Mia", "Pat"}
    assert "Sees House-2." in words(test)


def test_one_click_signs_in_and_the_url_keeps_it(app: App) -> None:
    test = app()
    test.button(key="as-mia@example.com").click().run()
    assert url(test, "as") == "mia@example.com"
    assert "Signed in as Mia, Manager" in words(test)
    assert titles(app("mia@example.com")) != ["Who is looking?"]


def test_a_deep_link_outlives_signing_in(app: App) -> None:
    test = app(restaurant="house-4", days="7")
    test.button(key="as-pat@example.com").click().run()
    assert url(test, "restaurant") == "house-4"
    assert test.selectbox(key="pick_restaurant").value == "house-4"
    assert test.session_state["view"].days == 7


def test_somebody_unknown_is_asked_who_is_looking(app: App) -> None:
    test = app("eve@example.com")
    assert titles(test) == ["Who is looking?"]
    assert "Nobody here is called" in words(test)


@pytest.mark.parametrize("page", ["overview", "menu", "menu_editor", "restaurants"])
def test_without_the_demo_nobody_gets_in_by_the_url(app: App, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("MENULENS_DEMO", "0")
    test = app("ada@example.com", page)
    assert titles(test) == ["You are signed out"]
    assert not test.selectbox
    assert not test.button


def test_whoever_signs_in_after_another_in_a_tab_finds_nothing_of_that_one(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENULENS_DEMO", "0")
    monkeypatch.setattr(Door, "person", lambda _door, cookie: cookie or None)
    monkeypatch.setattr(identity.AtDoor, "cookie", "pat@example.com")
    test = app(restaurant="house-4", days="7")
    test.session_state["draft"] = "Pat's"
    assert test.selectbox(key="pick_restaurant").value == "house-4"
    monkeypatch.setattr(identity.AtDoor, "cookie", "mia@example.com")
    test.query_params.clear()
    test.run()
    assert "Signed in as Mia, Manager" in words(test)
    assert test.session_state["view"].restaurant.restaurant_id == "house-2"
    assert "draft" not in test.session_state


def test_a_session_says_who_is_asking_and_its_end_is_seen_at_the_next_run(
    app: App, lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENULENS_DEMO", "0")
    home = Path(shutil.copytree(lived_in, tmp_path / "home"))
    monkeypatch.setenv("MENULENS_HOME", str(home))
    door = open_door(home, "", 720, vouched=False)
    cookie = let_in(door, FolderBlobs(home), "mia@example.com")
    monkeypatch.setattr(identity.AtDoor, "cookie", cookie)
    test = app("ada@example.com")  # what the URL says of a person means nothing
    assert "Signed in as Mia, Manager" in words(test)
    assert test.selectbox(key="pick_restaurant").options == ["House-2"]
    door.leave(cookie)
    test.run()
    assert titles(test) == ["You are signed out"]
    assert "view" not in test.session_state


def test_a_demo_that_others_can_reach_signs_nobody_in(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else option(name))
    assert "127.0.0.1 only" in words(app("ada@example.com"))


def test_a_demo_with_a_public_address_signs_nobody_in(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENULENS_DASHBOARD_URL", "https://menulens.example.com")
    assert "127.0.0.1 only" in words(app("ada@example.com"))


def test_a_manager_sees_the_own_restaurant_alone(app: App) -> None:
    test = app("mia@example.com", restaurant="house-1")  # somebody else's, asked for by hand
    assert test.selectbox(key="pick_restaurant").options == ["House-2"]
    assert test.session_state["view"].restaurant.restaurant_id == "house-2"


@pytest.mark.parametrize("wanted", ["house-1", "no-such-house"])
def test_a_link_to_a_restaurant_out_of_sight_says_so_whether_there_is_one_or_not(app: App, wanted: str) -> None:
    said = "The restaurant in this link isn't among yours: this is House-2."
    test = app("mia@example.com", restaurant=wanted)
    assert said in words(test)
    assert "restaurant" not in test.query_params
    assert said not in words(test.run())
    assert said not in words(app("mia@example.com", restaurant="house-2"))


def test_who_sees_one_restaurant_is_led_from_the_page_that_compares_several(app: App) -> None:
    test = app("mia@example.com", page="restaurants")
    assert titles(test) == ["There is nothing to compare"]
    assert "Go to Overview" in [link.label for link in test.get("page_link")]
    assert "Restaurants" not in [link.label for link in test.get("page_link")]


@pytest.mark.parametrize("who", ["pat@example.com", "ada@example.com"])
def test_product_and_admin_see_every_restaurant(app: App, who: str) -> None:
    assert len(app(who).selectbox(key="pick_restaurant").options) == 6


def test_picking_writes_the_url(app: App) -> None:
    test = app("pat@example.com")
    test.selectbox(key="pick_restaurant").set_value("house-3").run()
    test.segmented_control(key="pick_days").set_value(7).run()
    assert url(test, "restaurant") == "house-3"
    assert url(test, "days") == "7"


def test_filters_stay_when_the_page_changes(app: App) -> None:
    test = app("pat@example.com", page="restaurants", restaurant="house-3", days="7")
    assert url(test, "days") == "7"
    test.switch_page("pages/overview.py").run()
    assert test.session_state["view"].restaurant.restaurant_id == "house-3"


def test_a_range_of_dates_can_be_linked(app: App) -> None:
    today = app("pat@example.com").session_state["view"].today
    first, last = today - timedelta(days=20), today - timedelta(days=5)
    view = app("pat@example.com", first_date=first.isoformat(), last_date=last.isoformat()).session_state["view"]
    assert (view.first_date, view.last_date, view.days) == (first, last, 16)


@pytest.mark.parametrize(
    "url",
    [
        {"days": "-1"},
        {"days": "x"},
        {"first_date": "2026-13-99", "last_date": "now"},
        {"first_date": "2026-01-02", "last_date": "2026-01-01"},
        {"last_date": "2026-01-01"},
        {"restaurant": "'; drop table visits"},
        {"area": "<script>"},
    ],
)
def test_nonsense_in_the_url_is_as_if_it_were_not_there(app: App, url: dict[str, str]) -> None:
    test = app("pat@example.com", **url)
    assert not test.exception
    assert test.session_state["view"].days == 30


def test_a_failing_warehouse_is_told_in_words(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise EngineError("The warehouse gave no answer within 20 seconds.", "Try fewer days.")

    app("mia@example.com")
    monkeypatch.setattr(reads, "read", silent)
    test = app("mia@example.com")
    assert not test.exception
    assert "gave no answer within 20 seconds" in words(test)
    assert "Try fewer days." in words(test)


def test_a_bug_shows_no_traceback(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.insights.findings.headline", lambda *_: 1 / 0)
    test = app("mia@example.com")
    assert not test.exception
    assert "Something broke here" in words(test)
    assert "division" not in words(test)


def test_an_empty_home_says_what_to_do(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app
    monkeypatch.setenv("MENULENS_HOME", str(tmp_path / "new"))
    test = AppTest.from_file(str(Path(__file__).parents[2] / "streamlit_app.py"), default_timeout=60).run()
    assert not test.exception
    assert "menulens people add" in words(test)
