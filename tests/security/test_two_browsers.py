"""Two managers of rival restaurants on the same pages at the same time, each in a browser of one's own.

For 15 seconds; MENULENS_HAMMER_SECONDS says for how long otherwise (a minute and more, before a release).
"""

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.e2e.conftest import settle
from tests.security.conftest import OWN, RIVAL, Served

pytestmark = pytest.mark.browser
SECONDS = float(os.environ.get("MENULENS_HAMMER_SECONDS", "15"))
PAGES = ("/", "/menu", "/attention", "/conversion", "/advice")


@dataclass
class Heard:
    """What one of them was sent, by the socket over which all that a page shows comes."""

    house: str
    rounds: int = 0
    messages: list[bytes] = field(default_factory=list)

    def of(self, house: str) -> int:
        """How many messages name that house, or a dish of it."""
        named = re.compile(rf"(?i){house}[ -](house|soup|stew|salad|cake)".encode())
        return sum(bool(named.search(message)) for message in self.messages)


def hammer(served: Served, who: str, house: str, rival: str) -> Heard:
    heard = Heard(house)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        context = chromium.new_context()
        context.add_cookies([{"name": "menulens", "value": served.cookie(who), "url": served.address}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.messages.append(raw(frame))))
        until = time.monotonic() + SECONDS
        for path in cycle(PAGES):
            if time.monotonic() > until and heard.rounds >= len(PAGES):
                break
            page.goto(f"{served.address}{path}?days=7&restaurant={rival if heard.rounds % 2 else house}")
            settle(page)
            once_more(page)
            heard.rounds += 1
        chromium.close()
    return heard


def raw(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def once_more(page: Page) -> None:
    page.get_by_role("radio", name="30 d").click()
    expect(page.get_by_role("radio", name="30 d")).to_be_checked()
    settle(page)


@pytest.fixture(scope="module")
def heard(served: Served) -> Iterator[list[Heard]]:
    with ThreadPoolExecutor(2) as both:
        ways = (("edits", OWN, RIVAL), ("rival", RIVAL, OWN))
        yield list(both.map(lambda way: hammer(served, *way), ways))


def test_neither_is_sent_anything_of_the_other(heard: list[Heard]) -> None:
    assert [one.of(RIVAL if one.house == OWN else OWN) for one in heard] == [0, 0]


def test_both_are_sent_their_own(heard: list[Heard]) -> None:
    for one in heard:
        assert one.rounds >= len(PAGES)
        assert one.of(one.house) >= one.rounds
