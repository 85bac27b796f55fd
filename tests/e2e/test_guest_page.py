"""The guest's page in a real browser: reading, ordering, the waiter's screen, by touch and by keyboard."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Choice, Menu, Opening, Option, Serving
from dashboard.menus.store import MenuStore
from ingest_stack import contract

pytestmark = pytest.mark.browser

MENU = Path(__file__).parent.parent / "dashboard" / "menus" / "sample_menu.json"
EVENING = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)  # 19:30 in Bangkok, a Friday
NIGHT = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 03:00 on Saturday
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1440, "height": 900}


class Lake:
    def write_dimensions(self, restaurant: Any, items: Any) -> None: ...

    def write_rules(self, restaurant_id: Any, rules: Any) -> None: ...


class Site(SimpleHTTPRequestHandler):
    """A folder of pages, and an endpoint that takes events."""

    requests: list[dict[str, Any]]

    def __init__(self, *args: Any, requests: list[dict[str, Any]], **more: Any) -> None:
        self.requests = requests
        super().__init__(*args, **more)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        contract.read_request(body)
        self.requests.append(json.loads(body))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Published:
    def __init__(self, home: Path) -> None:
        self.store = MenuStore(FolderBlobs(home), Lake(), Scope.everything(), clock=lambda: EVENING)
        self.menu = self.store.publish(Menu.model_validate_json(MENU.read_bytes()), EVENING)
        self.requests: list[dict[str, Any]] = []
        handler = partial(Site, directory=str(home / "site"), requests=self.requests)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/r/ton-mamuang/"


def publish_richly(published: Published) -> None:
    """Publish the menu with photos, sizes, and dishes that are served at lunch only."""
    picture = io.BytesIO()
    Image.effect_mandelbrot((900, 600), (-2, -1, 1, 1), 20).convert("RGB").save(picture, "JPEG")
    photo = published.store.keep_photo("ton-mamuang", picture.getvalue())
    photo = photo.model_copy(update={"alt": {"en": "A plate seen from above"}})
    lunch = Serving(days=(1, 2, 3, 4, 5), opens=660, closes=900)
    sizes = Option(
        id="size",
        name={"en": "Size", "th": "ขนาด", "ar": "الحجم"},
        min=1,
        max=1,
        sizes=True,
        choices=(
            Choice(id="glass", name={"en": "Glass", "th": "แก้ว", "ar": "كأس"}),
            Choice(id="jug", name={"en": "Jug", "th": "เหยือก", "ar": "إبريق"}, price_delta_minor=9000),
        ),
    )
    more = {"som-tum": {"served": (lunch,)}, "drink-1": {"options": (sizes,)}}
    sections = tuple(
        section.model_copy(
            update={
                "items": tuple(
                    item.model_copy(update={"photo": photo if place % 2 == 0 else None} | more.get(item.id, {}))
                    for place, item in enumerate(section.items)
                ),
                "served": (Serving(days=(6,), opens=600, closes=720),) if section.id == "sweets" else (),
            }
        )
        for section in published.menu.sections
    )
    published.menu = published.store.publish(published.menu.model_copy(update={"sections": sections}), EVENING)


@pytest.fixture
def published(home: Path) -> Iterator[Published]:
    published = Published(home)
    yield published
    published.server.shutdown()
    published.server.server_close()


@pytest.fixture
def visit(browser: Browser, published: Published) -> Iterator[Callable[..., Page]]:
    """Open the menu; every fault the page logs and every request to another host fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    own = ("data:", "about:", published.url.split("/r/")[0])

    def visit(path: str = "en/", at: datetime = EVENING, viewport: dict[str, int] = PHONE, **more: Any) -> Page:
        context = browser.new_context(viewport=viewport, has_touch=viewport is not DESK, **more)  # type: ignore[arg-type]
        contexts.append(context)
        if more.get("java_script_enabled", True):
            context.clock.set_fixed_time(at)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"the page threw: {error}"))
        page.on("console", lambda message: problems.append(message.text) if is_fault(message) else None)
        page.on("request", lambda request: request.url.startswith(own) or problems.append(f"asked {request.url}"))
        page.goto(published.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def is_fault(message: ConsoleMessage) -> bool:
    """Of what a browser logs, what the page is to blame for: that there was no network is none of it."""
    return message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text


def faults(page: Page) -> list[str]:
    """What axe finds, under WCAG 2.2 AA and best practice."""
    page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => 0)))")
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]


def order(page: Page, *items: str) -> None:
    for item in items:
        page.locator(f"#item-{item} .add").tap()


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def told(page: Page) -> list[dict[str, Any]]:
    return list(page.evaluate("window.told"))


# What moves without a tap shortly before it, from the page's first picture on.
SHIFTS = """window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries())
if (!e.hadRecentInput) window.shift += e.value }).observe({ type: 'layout-shift', buffered: true })"""
LISTEN = "window.told = []; document.addEventListener('menulens', event => window.told.push(event.detail))"


def test_a_guest_orders_by_touch(visit: Callable[..., Page]) -> None:
    page = visit("en/?table=7")
    page.evaluate(LISTEN)
    expect(page.locator("[data-open]")).to_have_text("Open until 22:00")
    page.locator("#item-satay .open").tap()
    page.locator("#sheet").get_by_text("Ten skewers").tap()
    page.locator("#sheet").get_by_text("Toast").tap()
    page.locator("#sheet [data-step='1']").tap()
    expect(page.locator("#sheet .main .sum")).to_have_text("฿450")
    page.get_by_role("button", name="Order this item ฿450").tap()
    order(page, "rolls", "rolls")
    expect(page.locator("#orderbar")).to_contain_text("4")
    page.locator("#orderbar").tap()
    expect(page.locator("#order .total b")).to_have_text("฿620")
    page.locator("#order textarea").fill("No chilli, please")
    page.get_by_role("button", name="Place order").tap()
    paper = page.locator("#ticket .paper")
    expect(paper).to_contain_text("โต๊ะ 7")
    expect(paper).to_contain_text("สั่งเมื่อ 19:30")
    expect(paper).to_contain_text("ไก่สะเต๊ะ")
    expect(paper).to_contain_text("10 ไม้ · ขนมปังปิ้ง")
    expect(paper).to_contain_text("Chicken satay")
    expect(paper).to_contain_text("No chilli, please")
    expect(paper.locator(".total b")).to_have_text("฿620")
    assert len(page.locator(".code bdi").inner_text()) == 4
    lines = [event for event in told(page) if event["type"] == "order_placed"]
    assert [(line["item_id"], line["quantity"], line["price_minor"]) for line in lines] == [
        ("satay", 2, 22500),
        ("rolls", 2, 8500),
    ]
    assert len({line["order_id"] for line in lines}) == 1
    assert {(line["section_id"], line["position"], line["currency"]) for line in lines} == {
        ("starters", 1, "THB"),
        ("starters", 4, "THB"),
    }


def test_a_guest_orders_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit(viewport=DESK)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#item-rolls .open").focus()
    page.keyboard.press("Space")
    expect(page.locator("#sheet-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#item-rolls .open")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#item-rolls .add")).to_have_accessible_name("Order this item: Fresh rolls, 1 in your order")
    expect(page.locator("#orderbar")).to_be_in_viewport(ratio=1)  # it slides in
    page.locator("#orderbar").focus()
    page.keyboard.press("Enter")
    page.locator("#order [data-step='1']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#order [data-step='1']")).to_be_focused()
    expect(page.locator("#order output")).to_have_text("2")
    page.locator(".remove").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#order output")).to_have_text("2")
    page.locator("[data-place]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-name")).to_be_focused()


def test_an_order_survives_a_reload_and_another_language(visit: Callable[..., Page]) -> None:
    page = visit("en/?table=7")
    order(page, "rolls", "som-tum")
    page.reload()
    expect(page.locator("#orderbar .sum")).to_have_text("฿175")
    page.get_by_role("link", name="ไทย").tap()
    expect(page.locator("#orderbar .sum")).to_have_text("฿175")
    expect(page.locator(".top [data-table]")).to_have_text("โต๊ะ 7")
    page.locator("#orderbar").tap()
    page.locator("[data-place]").tap()
    code = page.locator(".code bdi").inner_text()
    page.reload()
    expect(page.locator("#ticket")).to_be_visible()
    expect(page.locator(".code bdi")).to_have_text(code)
    page.locator("#ticket [data-close]").first.tap()
    page.reload()
    expect(page.locator("#ticket")).to_be_hidden()
    page.locator("#orderbar").tap()
    expect(page.locator(".code bdi")).to_have_text(code)
    page.locator("[data-again]").tap()
    expect(page.locator("#order .total b")).to_have_text("฿175")


def test_another_language_takes_the_pages_place_and_changes_nothing_else(
    visit: Callable[..., Page], published: Published
) -> None:
    page = visit("en/?table=7")
    page.evaluate("window.same = true")
    order(page, "rolls")
    page.locator("[data-find]").tap()
    page.get_by_role("button", name="Without peanuts").tap()
    expect(page.locator("#item-som-tum")).to_be_hidden()
    left = page.locator(".item:visible").count()
    page.get_by_role("link", name="ไทย").tap()
    expect(page.locator("html")).to_have_attribute("lang", "th")
    expect(page.locator("h1")).to_contain_text("ต้นมะม่วง")
    assert page.url == f"{published.url}?table=7"
    assert page.title().startswith("ต้นมะม่วง")
    assert page.locator(".item:visible").count() == left
    expect(page.locator(".chip[aria-pressed=true]")).to_have_text("ไม่มีถั่วลิสง")
    expect(page.locator("#orderbar")).to_contain_text("รายการสั่งของคุณ")
    expect(page.locator(".languages a").first).to_be_focused()
    page.locator("#search [data-unfind]").tap()
    page.locator("#orderbar").tap()
    page.locator("[data-place]").tap()
    expect(page.locator("#ticket .paper")).to_contain_text("โต๊ะ 7")
    assert page.evaluate("window.same")
    page.goto("about:blank")
    page.wait_for_timeout(200)
    events = [event for request in published.requests for event in request["events"]]
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events].count("menu_view") == 1
    assert {event["item_id"] for event in events if event["type"] == "order_placed"} == {"rolls"}


def test_a_language_without_a_network_leaves_the_menu_where_it_is(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("link", name="العربية").tap()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.route("**/r/ton-mamuang/", lambda route: route.abort("internetdisconnected"))
    page.get_by_role("link", name="ไทย").tap()
    expect(page.locator("#strip")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


def test_a_newer_menu_in_another_language_is_loaded_anew(visit: Callable[..., Page], published: Published) -> None:
    page = visit()
    page.evaluate("window.same = true")
    published.store.publish(published.menu, EVENING)
    page.get_by_role("link", name="ไทย").tap()
    expect(page.locator("html")).to_have_attribute("data-menu-version", "2")
    assert not page.evaluate("window.same === true")


def test_yesterdays_order_is_forgotten(visit: Callable[..., Page]) -> None:
    page = visit()
    order(page, "rolls")
    page.clock.set_fixed_time(datetime(2026, 11, 21, 12, 30, tzinfo=UTC))
    page.reload()
    expect(page.locator("#orderbar")).to_be_hidden()


def test_what_is_sold_out_can_be_read_and_not_ordered(visit: Callable[..., Page], published: Published) -> None:
    page = visit()
    expect(page.locator("#item-tofu .add")).to_be_hidden()
    page.locator("#item-tofu .open").tap()
    expect(page.locator("#sheet .stop:visible")).to_have_text("Sold out today")
    expect(page.locator("#sheet .instead")).to_contain_text("Chicken satay")
    page.locator("#sheet .swap").first.tap()
    expect(page.locator("#sheet-name")).to_have_text("Chicken satay")
    page.keyboard.press("Escape")
    order(page, "rolls")
    published.store.mark_sold_out("ton-mamuang", "rolls")
    page.reload()
    page.locator("#orderbar").tap()
    expect(page.locator(".gone")).to_be_visible()
    expect(page.locator("[data-place]")).to_be_disabled()


def look(page: Page) -> None:
    """Let the page ask what the kitchen says, as it does every 45 seconds."""
    with page.expect_response("**/availability.json"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_the_kitchen_marks_shows_without_a_reload(visit: Callable[..., Page], published: Published) -> None:
    page = visit()
    page.evaluate(SHIFTS)
    order(page, "rolls")
    page.locator("#item-curry-2 .open").tap()
    page.wait_for_timeout(700)  # what follows a tap at once counts as no shift
    mark = published.store.mark_sold_out
    mark("ton-mamuang", "rolls", until=datetime(2026, 11, 20, 13, 30, tzinfo=UTC))
    mark("ton-mamuang", "curry-2", until=datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    mark("ton-mamuang", "tofu", sold_out=False)
    look(page)
    expect(page.locator("#sheet .stop:visible")).to_have_text("Sold out until Sun 11:00")
    expect(page.locator("#item-rolls .tag")).to_have_text("Sold out until 20:30")
    expect(page.locator("#item-tofu .tag")).to_be_empty()
    assert page.evaluate("window.shift") == 0
    page.keyboard.press("Escape")
    expect(page.locator("#strip")).to_have_text("Fresh rolls: Sold out since you chose it. Please remove it.")
    expect(page.locator("#item-rolls .add")).to_be_hidden()
    expect(page.locator("#item-tofu .add")).to_be_visible()
    page.locator("#orderbar").tap()
    expect(page.locator(".gone")).to_be_visible()
    expect(page.locator("[data-place]")).to_be_disabled()
    page.clock.set_fixed_time(datetime(2026, 11, 20, 13, 31, tzinfo=UTC))
    look(page)  # the kitchen says nothing new, but 20:30 has passed
    expect(page.locator("[data-place]")).to_be_enabled()
    expect(page.locator(".gone")).to_be_hidden()


def test_a_page_that_cannot_ask_the_kitchen_stays_as_it_is(visit: Callable[..., Page]) -> None:
    page = visit()
    page.route("**/availability.json", lambda route: route.fulfill(body="<p>Please pay for the Wi-Fi"))
    look(page)
    expect(page.locator("#item-tofu .tag")).to_have_text("Sold out today")
    order(page, "rolls")


def test_what_is_served_at_lunch_can_be_read_at_night(visit: Callable[..., Page], published: Published) -> None:
    publish_richly(published)
    page = visit()
    expect(page.locator("#item-som-tum .served")).to_have_text("Served Mon\u2060–\u2060Fri 11:00\u2060–\u206015:00")
    expect(page.locator("#item-som-tum .add")).to_be_hidden()
    page.locator("#item-som-tum .open").tap()
    expect(page.locator("#sheet .stop:visible")).to_contain_text("Served Mon")
    page.keyboard.press("Escape")
    page.locator("#item-mango .open").tap()  # its section says when
    expect(page.locator("#sheet .stop:visible")).to_contain_text("Sat 10:00")
    noon = visit(at=datetime(2026, 11, 20, 5, 0, tzinfo=UTC))
    order(noon, "som-tum")
    noon.clock.set_fixed_time(EVENING)
    look(noon)
    noon.locator("#orderbar").tap()
    expect(noon.locator(".gone")).to_contain_text("Served Mon")
    expect(noon.locator("[data-place]")).to_be_disabled()


def test_a_size_has_its_whole_price(visit: Callable[..., Page], published: Published) -> None:
    publish_richly(published)
    page = visit()
    expect(page.locator("#item-drink-1 .sizes")).to_have_text("Glass ฿50 Jug ฿140")
    page.locator("#item-drink-1 .open").tap()
    expect(page.locator("#sheet fieldset").first).to_contain_text("Jug฿140")
    page.locator("#sheet").get_by_text("Jug", exact=True).tap()
    page.get_by_role("button", name="Order this item ฿140").tap()
    expect(page.locator("#orderbar .sum")).to_have_text("฿140")


def test_photos_come_late_and_nothing_moves(visit: Callable[..., Page], published: Published) -> None:
    publish_richly(published)
    page = visit()
    page.evaluate(SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#item-curry-1").scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].filter(image => image.complete && image.naturalWidth).length > 1")
    assert page.evaluate("window.shift") < 0.001  # a row may be painted before all of it is there
    assert all(url.endswith("-320.webp") for url in asked)
    page.locator("#item-curry-1 .open").tap()
    page.wait_for_function("document.querySelector('#sheet .picture').naturalWidth > 0")
    assert page.locator("#sheet .picture").get_attribute("alt") == "A plate seen from above"


def test_a_closed_house_can_be_read_and_takes_no_order(visit: Callable[..., Page]) -> None:
    page = visit(at=NIGHT)
    expect(page.locator("[data-open]")).to_have_text("Closed now. Opens today at 10:00")
    expect(page.locator("#shut")).to_be_visible()
    expect(page.locator("#item-rolls .add")).to_be_hidden()
    page.locator("#item-rolls .open").tap()
    expect(page.locator("#sheet .stop:visible")).to_have_text("Ordering starts when we open")


def test_a_house_open_past_midnight_is_open(visit: Callable[..., Page]) -> None:
    page = visit(at=datetime(2026, 11, 21, 17, 30, tzinfo=UTC))  # 00:30 on Sunday, Saturday's hours
    expect(page.locator("[data-open]")).to_have_text("Open until 01:00")


def test_a_house_that_never_closes_names_no_hour_at_which_it_does(
    visit: Callable[..., Page], published: Published
) -> None:
    always = (Opening(opens=0, closes=1440),)
    for days, words in ((7, ""), (6, "Open until 00:00")):  # from the Friday of EVENING on, until Saturday ends
        hours = tuple(always if day < days else () for day in range(7))
        house = published.menu.restaurant.model_copy(update={"hours": hours})
        changed = published.menu.model_copy(update={"restaurant": house})
        published.menu = published.store.publish(changed, EVENING)
        expect(visit().locator("[data-open]")).to_have_text(words)


def test_search_knows_both_languages_and_what_is_left_out(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("button", name="Search the menu").tap()
    page.locator("#search input").fill("ส้มตำ")
    expect(page.locator(".item:visible")).to_have_count(1)
    page.locator("#search input").fill("pizza")
    expect(page.locator("#none")).to_contain_text("Nothing here matches “pizza”.")
    page.get_by_role("button", name="Show the whole menu").tap()
    expect(page.locator(".item:visible")).to_have_count(17)
    page.get_by_role("button", name="Search the menu").tap()
    page.get_by_role("button", name="Without peanuts").tap()
    expect(page.locator("#item-som-tum")).to_be_hidden()
    expect(page.locator("#item-curry-1")).to_be_hidden()  # says nothing of allergens
    expect(page.locator("#item-rolls")).to_be_visible()


def test_an_option_takes_as_many_choices_as_it_says(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator("#item-satay .open").tap()
    for name in ("Peanut sauce", "Toast", "Pickles"):
        page.locator("#sheet").get_by_text(name, exact=True).tap()
    assert page.locator("#sheet input[type=checkbox]:checked").count() == 2
    page.keyboard.press("Escape")
    page.locator("#item-mango .add").tap()
    page.locator("#sheet").get_by_text("Coconut cream").tap()
    page.locator("#sheet [data-order]").tap()
    expect(page.locator("#live")).to_have_text("Please choose: Toppings")
    expect(page.locator("#sheet input").first).to_be_focused()
    page.locator("#sheet").get_by_text("Coconut ice cream").tap()
    expect(page.locator("#sheet .main .sum")).to_have_text("฿155")


def test_it_reads_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    text = page.locator("main").inner_text()
    for words in ("Chicken satay", "Ten skewers", "+฿90", "Contains peanuts, soy", "Sold out today", "Mango"):
        assert words in text
    assert page.locator("button:visible, input:visible").count() == 0


def test_a_broken_script_leaves_the_menu_to_read(visit: Callable[..., Page], published: Published, home: Path) -> None:
    path = home / "site" / "r" / "ton-mamuang" / "en" / "index.html"
    path.write_text(
        path.read_text().replace("Content-Security-Policy", "x").replace("root.dataset.ready=", "none.such=")
    )
    context = visit("").context
    page = context.new_page()
    page.goto(published.url + "en/")
    expect(page.locator("#strip")).to_have_text(
        "Ordering is not working on this phone. Please order with your waiter; everything here can still be read."
    )
    expect(page.locator("#item-rolls .add")).to_be_hidden()
    expect(page.locator("#item-satay")).to_contain_text("Ten skewers")


def test_offline_is_said_and_ordering_goes_on(visit: Callable[..., Page]) -> None:
    page = visit()
    page.context.set_offline(True)
    expect(page.locator("#strip")).to_contain_text("You are offline.")
    order(page, "rolls")
    page.locator("#strip [data-dismiss]").tap()
    page.locator("#orderbar").tap()
    page.locator("[data-place]").tap()
    expect(page.locator(".code bdi")).to_be_visible()


def test_a_preview_says_so(visit: Callable[..., Page]) -> None:
    expect(visit("en/?preview").locator("#preview")).to_be_visible()


def test_a_link_to_an_item_opens_it(visit: Callable[..., Page]) -> None:
    expect(visit("en/#item-mango").locator("#sheet-name")).to_have_text("Mango with sticky rice")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_for_anybody(visit: Callable[..., Page], scheme: str) -> None:
    page = visit("en/?table=7", color_scheme=scheme)
    found = {"menu": faults(page)}
    page.locator("#item-satay .open").tap()
    found["details"] = faults(page)
    page.locator("#sheet [data-order]").tap()
    page.locator("#orderbar").tap()
    found["order"] = faults(page)
    page.locator("[data-place]").tap()
    found["waiter"] = faults(page)
    page.locator("#ticket .close").tap()
    page.locator("[data-find]").tap()
    found["search"] = faults(page)
    assert not any(found.values()), found


@pytest.mark.parametrize(("path", "scheme"), [("en/", "light"), ("ar/", "dark")])
def test_no_fault_with_photos_sizes_and_hours(
    visit: Callable[..., Page], published: Published, path: str, scheme: str
) -> None:
    publish_richly(published)
    published.store.mark_sold_out("ton-mamuang", "curry-1", until=datetime(2026, 11, 20, 13, 30, tzinfo=UTC))
    page = visit(path, color_scheme=scheme)
    found = {"menu": faults(page)}
    for item in ("curry-1", "som-tum", "drink-1"):
        page.locator(f"#item-{item} .open").tap()
        found[item] = faults(page)
        page.keyboard.press("Escape")
    page.get_by_role("link", name="ไทย").tap()
    expect(page.locator("html")).to_have_attribute("lang", "th")
    found["another language"] = faults(page)
    assert not any(found.values()), found


@pytest.mark.parametrize("path", ["", "ar/"])
def test_no_serious_fault_in_another_script(visit: Callable[..., Page], path: str) -> None:
    page = visit(path, at=NIGHT)
    assert faults(page) == []
    page.locator("#item-tofu .open").tap()
    assert faults(page) == []


@pytest.mark.parametrize("path", ["", "en/?table=a-very-long-name-of-a-table-in-the-garden", "ar/"])
def test_nothing_is_wider_than_a_small_phone(visit: Callable[..., Page], path: str) -> None:
    page = visit(path, viewport=SMALL)
    assert sideways(page) <= 0
    page.locator("#item-satay .open").tap()
    page.locator("#sheet [data-order]").tap()
    page.locator("#orderbar").tap()
    assert sideways(page) <= 0
    page.locator("[data-place]").tap()
    assert sideways(page) <= 0
    assert page.evaluate("document.querySelector('#ticket .scroll').scrollWidth") <= 320


def test_every_target_can_be_hit(visit: Callable[..., Page]) -> None:
    page = visit("en/?table=7")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a:not(.open, .skip)')].filter(e => e.offsetParent)
        .map(e => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 40)"""
    )
    assert small == []


@pytest.mark.parametrize("at", [EVENING, NIGHT])
def test_nothing_shifts_under_the_guest(visit: Callable[..., Page], at: datetime) -> None:
    page = visit(at=at)
    page.evaluate(SHIFTS)
    if at == EVENING:
        order(page, "rolls")
    for top in range(0, 2400, 400):
        page.evaluate(f"scrollTo(0, {top})")
        page.wait_for_timeout(40)
    assert page.evaluate("window.shift") < 0.001  # a row may be painted before all of it is there


def test_sections_follow_the_scroll(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Starters")
    page.get_by_role("link", name="Drinks").tap()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Drinks")


def test_the_waiter_reads_arabic_guests_orders_in_thai(visit: Callable[..., Page]) -> None:
    page = visit("ar/?table=7")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    order(page, "rolls")
    page.locator("#orderbar").tap()
    page.locator("[data-place]").tap()
    expect(page.locator("#ticket .paper")).to_contain_text("ปอเปี๊ยะสด")


def test_it_prints_every_dish_in_words(visit: Callable[..., Page]) -> None:
    page = visit()
    page.emulate_media(media="print")
    assert "Ten skewers" in page.locator("main").inner_text()
    assert page.locator("button:visible, dialog:visible, input:visible").count() == 0


def test_what_guests_do_reaches_the_collector(visit: Callable[..., Page], published: Published) -> None:
    page = visit("en/?table=7&from=other-place")
    page.locator("#item-satay .open").tap()
    page.locator("#sheet [data-order]").tap()
    page.locator("#orderbar").tap()
    page.locator("[data-place]").tap()
    page.goto("about:blank")
    page.wait_for_timeout(200)
    events = [event for request in published.requests for event in request["events"]]
    assert [event["type"] for event in events if not event["type"].startswith("item_pass")] == [
        *("menu_view", "item_open", "item_order", "order_placed")
    ]
    assert [event["seq"] for event in events] == list(range(len(events)))
    envelope = {
        "restaurant_id": "ton-mamuang",
        "menu_version": 1,
        "table_id": "7",
        "source_restaurant_id": "other-place",
    }
    assert published.requests[0].items() >= envelope.items()
