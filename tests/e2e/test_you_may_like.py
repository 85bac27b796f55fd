"""Dishes of other restaurants at the end of a menu, in a real browser: shown, left out, seen, opened and counted."""

import io
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Item, Menu, Opening, Restaurant, Section, Serving
from dashboard.menus.site import preview
from dashboard.menus.store import MenuStore
from ingest_stack.candidates import write
from tests.e2e.test_guest_page import DESK, EVENING, LISTEN, MENU, PHONE, SHIFTS, Lake, Site, faults, told
from tests.ingest_stack.test_candidates import Folder, row, rule

pytestmark = pytest.mark.browser

HERE = "ton-mamuang"
LUNCH = (Serving(days=(1, 2, 3, 4, 5), opens=660, closes=900),)
EVENINGS = ((Opening(opens=1080, closes=1500),),) * 7  # 18:00 to 01:00
RANKED = ("river", "garden", "hill", "lane")


class Town:
    """Restaurants of one area, published, and a site that serves them."""

    def __init__(self, home: Path, holdout_rate: float) -> None:
        self.store = MenuStore(
            FolderBlobs(home), Lake(), Scope.everything(), holdout_rate=holdout_rate, clock=lambda: EVENING
        )
        self.site = Folder(home / "site")
        self.menu = self.store.publish(Menu.model_validate_json(MENU.read_bytes()), EVENING)
        for id in RANKED:
            self.publish(id)
        self.recommend()
        self.requests: list[dict[str, Any]] = []
        handler = partial(Site, directory=str(home / "site"), requests=self.requests)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/r/"

    def publish(self, id: str, served: tuple[Serving, ...] = (), photo: bool = False, **more: Any) -> None:
        about = {"id": id, "name": {"en": f"The {id.title()}", "th": f"ร้าน {id}"}, "area": "Ari, Bangkok"}
        zone = {"time_zone": "Asia/Bangkok", "currency": "THB", "languages": ("th", "en")}
        picture = self.store.keep_photo(id, plate()) if photo else None
        dish = Item(id="dish", name={"en": f"Dish of the {id}"}, price_minor=9050, photo=picture, served=served)
        section = Section(id="all", name={"en": "All"}, items=(dish,))
        self.store.publish(Menu(restaurant=Restaurant(**(about | zone | more)), sections=(section,)), EVENING)

    def recommend(self, *rules: dict[str, Any]) -> None:
        write([row(HERE, id, "dish", rank) for rank, id in enumerate(RANKED, start=1)], self.site, rules)

    def events(self, type: str) -> list[dict[str, Any]]:
        """What was told, each once: what was on its way as a page closed may have come twice."""
        told = {(sent["visit_id"], event["seq"]): event for sent in self.requests for event in sent["events"]}
        return [event for event in told.values() if event["type"] == type]


def plate() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "#a33").save(picture, "JPEG")
    return picture.getvalue()


@pytest.fixture
def holdout_rate() -> float:
    return 0.0


@pytest.fixture
def town(home: Path, holdout_rate: float) -> Iterator[Town]:
    town = Town(home, holdout_rate)
    yield town
    town.server.shutdown()
    town.server.server_close()


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Callable[..., Page]]:
    """Open the menu; whatever the page logs as an error, and whatever it asks of another host, fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    own = ("data:", "about:", town.url.removesuffix("/r/"))

    def visit(
        path: str = "en/",
        at: datetime = EVENING,
        viewport: dict[str, int] = PHONE,
        held: list[Route] | None = None,
        **more: Any,
    ) -> Page:
        context = browser.new_context(viewport=viewport, has_touch=viewport is not DESK, **more)  # type: ignore[arg-type]
        contexts.append(context)
        if more.get("java_script_enabled", True):
            context.clock.set_fixed_time(at)
            context.add_init_script(SHIFTS)
            context.add_init_script(LISTEN)
        page = context.new_page()
        if held is not None:  # what the page asks for of recommendations waits here
            page.route("**/recommendations.json", lambda route: held.append(route))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: request.url.startswith(own) or problems.append(f"asked {request.url}"))
        page.goto(f"{town.url}{HERE}/{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def near_the_end(page: Page) -> None:
    """Read on until the end is two screens away."""
    page.evaluate("scrollTo({ top: document.querySelector('#foot').offsetTop - 3 * innerHeight, behavior: 'instant' })")


def offered(page: Page) -> list[str]:
    near_the_end(page)
    expect(page.locator("#others")).to_be_visible()
    return page.locator(".offer a").all_inner_texts()


def soon(page: Page, true: Callable[[], bool]) -> None:
    """Wait until something has come true on this side of the wire."""
    for _ in range(500):
        if true():
            return
        page.wait_for_timeout(20)
    raise AssertionError("It never came true.")


def left(page: Page, town: Town, of: str) -> None:
    """The guest leaves, and the collector has what a menu's page told."""
    page.goto("about:blank")
    soon(page, lambda: of in {request["restaurant_id"] for request in town.requests})


def seen(page: Page, cards: int) -> list[dict[str, Any]]:
    """What the page told of recommendations, once so many were."""

    def found() -> list[dict[str, Any]]:
        return [event for event in told(page) if event["type"].startswith("recommendation")]

    soon(page, lambda: len(found()) >= cards)
    return found()


def test_a_guest_sees_what_others_offer_opens_one_and_both_menus_say_so(visit: Callable[..., Page], town: Town) -> None:
    town.publish("river", photo=True)
    town.recommend()
    page = visit("en/?table=7")
    assert offered(page) == ["Dish of the river", "Dish of the garden", "Dish of the hill"]
    first = page.locator(".offer").first
    first.scroll_into_view_if_needed()
    expect(first).to_contain_text("The River")
    expect(first.locator(".price")).to_have_text("฿90.50")
    expect(first).to_contain_text("Guests here like it too")
    soon(page, lambda: first.locator(".photo").evaluate("photo => photo.naturalWidth > 0"))
    page.locator(".offer").last.scroll_into_view_if_needed()
    views = [{**event, "type": ""} for event in seen(page, 3)]
    assert sorted(views, key=lambda view: view["position"]) == [
        {"type": "", "recommended_restaurant_id": id, "recommended_item_id": "dish", "position": place}
        for place, id in enumerate(RANKED[:3], start=1)
    ]
    first.get_by_role("link").tap()
    expect(page.locator("#sheet-name")).to_have_text("Dish of the river")
    assert page.url == f"{town.url}river/en/?from={HERE}#item-dish"
    left(page, town, "river")
    assert len(town.events("recommendation_view")) == 3
    assert [event["recommended_restaurant_id"] for event in town.events("recommendation_open")] == ["river"]
    sources = {(request["restaurant_id"], request.get("source_restaurant_id")) for request in town.requests}
    assert sources == {(HERE, None), ("river", HERE)}


def test_what_cannot_be_had_now_is_left_out_and_others_move_up(visit: Callable[..., Page], town: Town) -> None:
    town.store.mark_sold_out("river", "dish")
    assert offered(visit()) == ["Dish of the garden", "Dish of the hill", "Dish of the lane"]
    town.publish("garden", hours=((),) * 7)
    town.publish("hill", served=LUNCH)
    town.recommend()
    assert offered(visit()) == ["Dish of the lane"]


def test_a_house_is_open_by_its_own_clock_and_past_midnight(visit: Callable[..., Page], town: Town) -> None:
    for id in RANKED:
        town.publish(id, hours=EVENINGS)
    town.publish("hill", hours=EVENINGS, time_zone="Europe/Lisbon")
    town.recommend()
    after_midnight = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # 00:30 in Bangkok, 17:30 in Lisbon
    assert offered(visit(at=after_midnight)) == ["Dish of the river", "Dish of the garden", "Dish of the lane"]


def test_a_house_of_which_this_browser_knows_no_time_leaves_the_others_there(
    visit: Callable[..., Page], town: Town
) -> None:
    file = town.site.folder / f"r/{HERE}/recommendations.json"
    file.write_text(file.read_text().replace("Asia/Bangkok", "Asia/Not_Yet", 1))
    page = visit()
    near_the_end(page)
    expect(page.locator(".offer .there")).to_have_text(["Dish of the garden", "Dish of the hill", "Dish of the lane"])


@pytest.mark.parametrize("holdout_rate", [1.0])
def test_who_is_held_out_sees_none_and_says_so_from_the_first_event_on(visit: Callable[..., Page], town: Town) -> None:
    page = visit()
    near_the_end(page)
    page.reload()
    near_the_end(page)
    page.locator("#foot").scroll_into_view_if_needed()
    expect(page.locator("#others")).to_be_hidden()
    left(page, town, HERE)
    assert {request["variant"] for request in town.requests} == {"holdout"}
    assert offered(visit("en/?preview"))  # an editor's look at the page is no visit to be held out


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_moves_when_they_come(visit: Callable[..., Page], town: Town, viewport: dict[str, int]) -> None:
    page = visit(viewport=viewport)
    offered(page)
    page.locator("#foot").scroll_into_view_if_needed()
    seen(page, 3)
    assert page.evaluate("window.shift") == 0


def test_on_a_menu_shorter_than_the_screen_nothing_moves_either(visit: Callable[..., Page], town: Town) -> None:
    write([row("river", "garden", "dish")], town.site)
    page = visit("../river/en/", viewport=DESK)
    expect(page.locator(".offer a")).to_have_text("Dish of the garden")
    assert page.evaluate("window.shift") == 0


def test_who_is_at_the_end_already_finds_them_after_looking_up(visit: Callable[..., Page], town: Town) -> None:
    held: list[Route] = []
    page = visit(held=held)
    page.locator("#foot").evaluate("foot => foot.scrollIntoView({ behavior: 'instant' })")
    soon(page, lambda: bool(held))
    with page.expect_response("**/hill/availability.json"):
        held[0].continue_()
    expect(page.locator("#others")).to_be_hidden()
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.locator("#others")).to_be_visible()
    assert page.evaluate("window.shift") == 0


def test_behind_a_dialog_nothing_is_seen(visit: Callable[..., Page]) -> None:
    page = visit()
    offered(page)
    page.locator(".item .open").last.tap()
    page.locator(".offer").last.evaluate("card => card.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.evaluate("new Promise(done => setTimeout(done, 1300))")
    assert "recommendation_view" not in [event["type"] for event in told(page)]
    page.keyboard.press("Escape")
    assert seen(page, 1)


def test_a_restaurant_that_opted_out_shows_none(visit: Callable[..., Page], town: Town) -> None:
    town.recommend(rule(HERE, "silent"))
    page = visit()
    with page.expect_response("**/recommendations.json"):
        near_the_end(page)
    page.locator("#foot").scroll_into_view_if_needed()
    expect(page.locator("#others")).to_be_hidden()


def test_another_language_keeps_them_in_its_own_words(visit: Callable[..., Page]) -> None:
    page = visit()
    offered(page)
    page.get_by_role("link", name="ไทย").evaluate("link => link.click()")
    expect(page.locator("#others h2")).to_have_text("คุณอาจชอบ")
    expect(page.locator(".offer .house").first).to_have_text("ร้าน river")
    link = page.locator(".offer a").first
    expect(link).to_have_text("Dish of the river")  # which has no Thai name
    expect(link).to_have_attribute("lang", "en")
    expect(link).to_have_attribute("href", f"/r/river/?from={HERE}#item-dish")


def test_they_are_read_and_followed_by_keyboard(visit: Callable[..., Page], town: Town) -> None:
    page = visit("ar/", viewport=DESK)
    near_the_end(page)
    expect(page.get_by_role("region", name="قد يعجبك")).to_be_visible()
    assert faults(page) == []
    link = page.locator(".offer a").nth(1)
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.url}garden/?from={HERE}#item-dish")


def test_a_search_leaves_other_restaurants_out(visit: Callable[..., Page]) -> None:
    page = visit()
    offered(page)
    page.locator("[data-find]").tap()
    page.locator("#search input").fill("satay")
    expect(page.locator("#others")).to_be_hidden()


def test_without_a_script_and_in_an_editors_preview_there_are_none(
    visit: Callable[..., Page], town: Town, browser: Browser
) -> None:
    expect(visit(java_script_enabled=False).locator("#others")).to_be_hidden()
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(preview(town.menu, "en"))
    near_the_end(page)
    expect(page.locator("#foot")).to_be_attached()
    expect(page.locator("#others")).to_be_hidden()
    assert asked == []
    page.close()
