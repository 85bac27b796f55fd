"""The tracker in a real browser, against an endpoint that records; time is fast-forwarded where it matters."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from ingest_stack import contract, tracker

VIEW = {"width": 400, "height": 800}
NOON = "2026-11-20T12:00:00Z"
BUILTIN = "window.builtin = { frame: requestAnimationFrame.bind(window), timeout: setTimeout.bind(window) }"
SENDING: dict[Page, int] = {}  # page → requests on their way


class Collector(ThreadingHTTPServer):
    """Serves one page and records what is posted to it; `answer` is what it replies with."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = ""
        self.answer: tuple[int, dict[str, str]] = (202, {})
        self.attempts: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def events(self, *types: str) -> list[dict[str, Any]]:
        """The events that were taken, in the order of their seq; `types`: only these."""
        found = {(r["visit_id"], e["seq"]): e for r in self.kept for e in r["events"]}
        return [
            event
            for _, event in sorted(found.items(), key=lambda pair: pair[0][1])
            if not types or event["type"] in types
        ]

    def items(self, type: str) -> list[str]:
        return [event["item_id"] for event in self.events(type)]

    def visits(self) -> dict[str, list[int]]:
        """visit_id → its seqs, sorted, duplicates dropped."""
        visits: dict[str, set[int]] = {}
        for request in self.kept:
            visits.setdefault(request["visit_id"], set()).update(event["seq"] for event in request["events"])
        return {visit: sorted(seqs) for visit, seqs in visits.items()}


class Handler(BaseHTTPRequestHandler):
    server: Collector
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(200, {"content-type": "text/html; charset=utf-8"}, self.server.page.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = json.loads(body)
        self.server.attempts.append(request)
        status, headers = self.server.answer
        if status == 202:
            contract.read_request(body)  # whatever the tracker sends keeps the contract
            self.server.kept.append(request)
        self.reply(status, headers, b"{}")

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def menu_page(heights: list[int]) -> str:
    rows = "".join(
        f'<li data-item-id="i{n}" data-section-id="s" data-position="{n}" style="height:{height}px">{n}</li>'
        for n, height in enumerate(heights, start=1)
    )
    return f"""<!doctype html><html lang="en" data-restaurant-id="r1" data-menu-version="3"><meta charset="utf-8">
<style>body, ul {{ margin: 0; padding: 0 }} li {{ display: block; box-sizing: border-box }}</style>
<ul>{rows}</ul><script>{tracker.script()}</script></html>"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    server.page = menu_page([200] * 20)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=VIEW)
    context.add_init_script(BUILTIN)
    context.clock.install(time=NOON)
    yield context
    context.close()


@pytest.fixture
def open_menu(context: BrowserContext, collector: Collector) -> Iterator[Callable[..., Page]]:
    thrown: list[str] = []

    def open_menu(query: str = "", script: str = "") -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        SENDING[page] = 0
        page.on("request", lambda _: SENDING.update({page: SENDING[page] + 1}))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda _: SENDING.update({page: SENDING[page] - 1}))  # type: ignore[call-overload]
        if script:
            page.add_init_script(script)
        page.goto(f"{collector.url}/r/r1/{query}")
        settled(page)
        return page

    yield open_menu
    assert thrown == []


def settled(page: Page) -> None:
    """Let the browser's observers, which no fake clock moves, say what is in sight."""
    page.evaluate("new Promise(done => builtin.frame(() => builtin.frame(() => builtin.timeout(done, 20))))")


def quiet(page: Page) -> None:
    """Wait until whatever was sent has its answer."""
    page.wait_for_timeout(30)
    while page in SENDING and SENDING[page] > 0:
        page.wait_for_timeout(20)


def scroll(page: Page, to: int) -> None:
    page.evaluate(f"scrollTo(0, {to})")
    settled(page)


def stay(page: Page, seconds: float) -> None:
    page.clock.run_for(round(seconds * 1000))


def tell(page: Page, **detail: Any) -> None:
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('menulens', { detail }))", detail)


def leave(page: Page) -> None:
    """Look at another tab: the page is hidden, and what it holds is sent."""
    show(page, hidden=True)
    quiet(page)


def show(page: Page, hidden: bool = False) -> None:
    page.evaluate(
        """hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true })) }""",
        hidden,
    )
    settled(page)


def test_it_fits_1800_bytes() -> None:
    assert len(gzip.compress(tracker.script().encode(), 9)) <= 1800


@pytest.mark.browser
class TestAttention:
    def test_a_visit_begins_with_the_menu(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        leave(open_menu())
        assert collector.events()[0] | {"at": 0} == {"seq": 0, "type": "menu_view", "at": 0}

    def test_what_is_on_screen_is_reached_and_half_a_second_is_no_view(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        page = open_menu()
        page.clock.pause_at("2026-11-20T12:01:00Z")
        scroll(page, 3000)
        stay(page, 0.5)
        scroll(page, 100)
        scroll(page, 3200)
        leave(page)
        assert collector.items("item_pass") == [f"i{n}" for n in range(1, 21)]
        assert not {"i17", "i18", "i19"} & set(collector.items("item_view"))

    def test_half_of_an_item_for_a_second_is_a_view(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu()
        scroll(page, 110)  # i1: 45 % left, i5: 55 %
        page.clock.pause_at("2026-11-20T12:02:00Z")
        leave(page)
        collector.kept.clear()
        show(page)
        scroll(page, 110)
        stay(page, 2)
        leave(page)
        views = {event["item_id"]: event for event in collector.events("item_view")}
        assert list(views) == ["i2", "i3", "i4", "i5"]
        assert views["i3"]["dwell_ms"] == pytest.approx(2000, abs=100)
        assert views["i3"] | {"seq": 0, "at": 0, "dwell_ms": 0} == {
            "seq": 0,
            "type": "item_view",
            "at": 0,
            "item_id": "i3",
            "section_id": "s",
            "position": 3,
            "dwell_ms": 0,
            "visible_rate": 1,
        }

    def test_thirty_idle_seconds_end_a_stretch(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu()
        page.clock.pause_at("2026-11-20T12:01:00Z")
        page.mouse.wheel(0, 10)
        settled(page)
        stay(page, 100)
        page.keyboard.press("Shift")
        stay(page, 5)
        leave(page)
        dwell = [event["dwell_ms"] for event in collector.events("item_view") if event["item_id"] == "i2"]
        assert dwell[-2:] == [pytest.approx(30_000, abs=200), pytest.approx(5_000, abs=200)]

    def test_dwell_is_capped_at_two_minutes(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu()
        page.clock.pause_at("2026-11-20T12:01:00Z")
        for _ in range(10):
            page.keyboard.press("Shift")
            stay(page, 20)
            leave(page)
            show(page)
        leave(page)
        assert sum(event["dwell_ms"] for event in collector.events("item_view") if event["item_id"] == "i2") == 120_000

    def test_an_item_taller_than_the_screen_can_be_viewed(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        collector.page = menu_page([100, 1900, 100])
        page = open_menu()
        scroll(page, 500)
        page.clock.pause_at("2026-11-20T12:01:00Z")
        leave(page)
        assert "i2" in collector.items("item_view")

    def test_a_covered_list_is_not_dwelt_on_but_the_item_that_covers_it_is(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        page = open_menu()
        page.clock.pause_at("2026-11-20T12:01:00Z")
        leave(page)
        collector.kept.clear()
        show(page)
        tell(page, type="cover", item_id="i3")
        page.keyboard.press("Shift")
        stay(page, 10)
        tell(page, type="cover")
        leave(page)
        assert {event["item_id"]: event["dwell_ms"] for event in collector.events("item_view")} == {
            "i3": pytest.approx(10_000, abs=200)
        }

    def test_a_hidden_item_is_not_passed(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu()
        page.evaluate("document.querySelector('[data-item-id=i7]').style.display = 'none'")
        scroll(page, 3200)
        leave(page)
        passed = collector.items("item_pass")
        assert "i7" not in passed
        assert len(passed) == len(set(passed)) == 19

    def test_a_sold_out_item_is_said_to_be(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        collector.page = collector.page.replace('data-position="2"', 'data-position="2" data-sold-out="1"')
        leave(open_menu())
        available = {event["item_id"]: event.get("available") for event in collector.events("item_pass")}
        assert (available["i1"], available["i2"]) == (None, False)


@pytest.mark.browser
class TestVisits:
    def test_what_the_page_tells_is_sent_as_it_is(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu("?table=12&from=other-place")
        tell(page, type="item_open", item_id="i1", section_id="s", position=1)
        line = {"item_id": "i1", "quantity": 2, "price_minor": 990, "currency": "EUR", "order_id": "o1"}
        tell(page, type="order_placed", **line)
        tell(page, type="order_placed", **{**line, "item_id": "i2"})
        leave(page)
        assert [event["order_id"] for event in collector.events("order_placed")] == ["o1", "o1"]
        assert collector.events("order_placed")[0].items() >= line.items()
        request = collector.kept[0]
        assert (
            request.items()
            >= {
                "restaurant_id": "r1",
                "menu_version": 3,
                "table_id": "12",
                "source_restaurant_id": "other-place",
                "locale": "en",
                "viewport_width": 400,
            }.items()
        )

    def test_what_the_page_says_of_its_variant_goes_along(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        leave(open_menu())
        page = open_menu()
        page.evaluate("document.documentElement.dataset.variant = 'holdout'")
        leave(page)
        assert [request.get("variant") for request in collector.kept] == [None, "holdout"]

    def test_a_preview_says_that_it_is_one(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        leave(open_menu("?preview"))
        assert collector.kept[0]["variant"] == "preview"

    def test_a_reload_goes_on_with_the_visit(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        page = open_menu()
        for _ in range(3):
            tell(page, type="item_open", item_id="i1")
            page.reload()
            settled(page)
        leave(page)
        (seqs,) = collector.visits().values()
        assert seqs == list(range(len(seqs)))
        passed = collector.items("item_pass")
        assert len(passed) == len(set(passed))
        assert len(collector.events("menu_view")) == 1

    def test_half_an_hour_without_an_event_ends_a_visit(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        page = open_menu()
        stay(page, 60)
        page.clock.fast_forward(31 * 60 * 1000)
        tell(page, type="item_open", item_id="i1")
        leave(page)
        assert len(collector.visits()) == 2
        # The two visits' requests are under way together: either may be the last to arrive.
        batches = [[(event["seq"], event["type"]) for event in request["events"]] for request in collector.kept]
        assert [(0, "menu_view"), (1, "item_open")] in batches

    def test_two_tabs_are_two_visits(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        first, second = open_menu(), open_menu()
        tell(first, type="item_open", item_id="i1")
        tell(second, type="item_open", item_id="i2")
        leave(first)
        leave(second)
        assert len(collector.visits()) == 2
        assert len({request["guest_id"] for request in collector.kept}) == 1

    def test_a_duplicated_tab_begins_its_own_visit(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        first = open_menu()
        copied = json.dumps(first.evaluate("({ ...sessionStorage })"))
        second = open_menu(script=f"Object.assign(sessionStorage, {copied})")
        leave(first)
        leave(second)
        assert len(collector.visits()) == 2

    @pytest.mark.parametrize("signal", ["globalPrivacyControl: { value: true }", "doNotTrack: { value: '1' }"])
    def test_no_guest_is_remembered_who_asks_not_to_be(
        self, open_menu: Callable[..., Page], collector: Collector, signal: str
    ) -> None:
        page = open_menu(
            script=f"localStorage.menulens_guest = 'known'; Object.defineProperties(navigator, {{ {signal} }})"
        )
        leave(page)
        assert "guest_id" not in collector.kept[0]
        assert page.evaluate("localStorage.menulens_guest") is None

    def test_a_guest_is_known_again(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        for _ in range(2):
            page = open_menu()
            leave(page)
            page.close()
        assert len(collector.visits()) == 2
        assert len({request["guest_id"] for request in collector.kept}) == 1


@pytest.mark.browser
class TestDelivery:
    def test_a_batch_is_small_enough_to_be_sent_on_the_way_out(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        collector.page = menu_page([60] * 300)
        page = open_menu()
        scroll(page, 300 * 60)
        leave(page)
        quiet(page)
        assert len(collector.items("item_pass")) == 300
        assert all(len(request["events"]) <= 80 for request in collector.kept)
        assert all(len(json.dumps(request)) < 64_000 for request in collector.kept)

    @pytest.mark.parametrize("status", [503, 500, 200, 404])
    def test_what_was_not_taken_is_sent_again(
        self, open_menu: Callable[..., Page], collector: Collector, status: int
    ) -> None:
        collector.answer = (status, {})
        page = open_menu()
        leave(page)
        show(page)
        assert collector.attempts
        collector.answer = (202, {})
        stay(page, 30)
        quiet(page)
        (seqs,) = collector.visits().values()
        assert seqs == list(range(len(seqs)))
        assert collector.kept[0]["sent_at"] > collector.attempts[0]["sent_at"]
        assert collector.kept[0]["events"] == collector.attempts[0]["events"]

    def test_an_outage_is_waited_out_over_reloads(
        self, open_menu: Callable[..., Page], collector: Collector, context: BrowserContext
    ) -> None:
        page = open_menu()
        context.set_offline(True)
        tell(page, type="item_open", item_id="i1")
        leave(page)
        show(page)
        tell(page, type="item_open", item_id="i2")
        leave(page)
        assert not collector.items("item_open")
        context.set_offline(False)
        page.reload()
        settled(page)
        stay(page, 300)
        quiet(page)
        assert collector.items("item_open") == ["i1", "i2"]
        (seqs,) = collector.visits().values()
        assert seqs == list(range(len(seqs)))
        assert not page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('menulens>'))")

    def test_another_page_of_this_browser_sends_what_was_left(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        collector.answer = (503, {})
        page = open_menu()
        tell(page, type="item_open", item_id="i1")
        leave(page)
        page.close()
        collector.answer = (202, {})
        later = open_menu()
        stay(later, 15)
        quiet(later)
        assert collector.items("item_open") == ["i1"]

    def test_retry_after_is_kept(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        collector.answer = (429, {"retry-after": "60"})
        page = open_menu()
        page.clock.pause_at("2026-11-20T12:01:00Z")
        leave(page)
        show(page)
        tried = len(collector.attempts)
        assert tried
        collector.answer = (202, {})
        stay(page, 50)
        leave(page)
        show(page)
        assert len(collector.attempts) == tried
        stay(page, 25)
        quiet(page)
        assert collector.kept

    def test_pauses_grow(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        collector.answer = (503, {})
        page = open_menu()
        leave(page)
        show(page)
        for _ in range(60):
            stay(page, 10)
            page.wait_for_timeout(5)
        assert len(collector.attempts) < 12

    @pytest.mark.parametrize("status", [400, 413, 415])
    def test_what_can_never_be_taken_is_dropped(
        self, open_menu: Callable[..., Page], collector: Collector, status: int
    ) -> None:
        collector.answer = (status, {})
        page = open_menu()
        leave(page)
        show(page)
        refused = len(collector.attempts)
        collector.answer = (202, {})
        tell(page, type="item_open", item_id="i1")
        stay(page, 30)
        quiet(page)
        assert refused == 1
        assert collector.items("item_open") == ["i1"]
        assert not collector.events("menu_view")

    def test_what_waits_is_bounded(self, open_menu: Callable[..., Page], collector: Collector) -> None:
        collector.answer = (503, {})
        page = open_menu()
        page.evaluate(
            """() => { for (let n = 0; n < 4500; n++)
            document.dispatchEvent(new CustomEvent('menulens', { detail: { type: 'item_open', item_id: 'i1' } })) }"""
        )
        assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('menulens>')).length") == 40

    def test_a_full_storage_keeps_nothing_from_being_sent(
        self, open_menu: Callable[..., Page], collector: Collector
    ) -> None:
        collector.answer = (503, {})
        page = open_menu(script=FULL)
        tell(page, type="item_open", item_id="i1")
        leave(page)
        show(page)
        tell(page, type="item_open", item_id="i2")
        leave(page)
        show(page)
        assert not page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('menulens'))")
        collector.answer = (202, {})
        stay(page, 60)
        quiet(page)
        assert collector.items("item_open") == ["i1", "i2"]
        (seqs,) = collector.visits().values()
        assert seqs == list(range(len(seqs)))


FULL = """for (const size of [1 << 18, 1 << 9, 1]) try {
    for (let n = 0; ; n++) localStorage[size + '-' + n] = 'x'.repeat(size)
} catch {}"""
BLOCKED = """for (const store of ['localStorage', 'sessionStorage'])
Object.defineProperty(window, store, { get() { throw new DOMException('blocked', 'SecurityError') } })"""


@pytest.mark.browser
@pytest.mark.parametrize(
    "without",
    [BLOCKED, "delete window.IntersectionObserver", "Storage.prototype.setItem = null", "window.fetch = undefined"],
)
def test_it_never_throws_into_the_page(open_menu: Callable[..., Page], collector: Collector, without: str) -> None:
    page = open_menu(script=f"{without}; addEventListener('unhandledrejection', () => {{ window.broken = true }})")
    tell(page, type="item_open", item_id="i1")
    stay(page, 30)
    scroll(page, 500)
    leave(page)
    show(page)
    leave(page)
    assert page.evaluate("window.broken") is None
    if "fetch" not in without:
        assert collector.items("item_open") == ["i1"]
