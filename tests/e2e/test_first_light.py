"""What a newcomer does first: starts the demo, orders as a guest, and sees it counted as the manager."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 180
COUNTED_SECONDS = 120

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Demo:
    """Where the demo says that things are."""

    menu: str
    dashboard: str
    manager: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    ports = ["--serve-port", str(free_port()), "--dashboard-port", str(free_port())]
    size = ["--restaurants", "3", "--days", "16", "--visits-per-day", "20", "--no-guests"]
    command = [sys.executable, "-m", "menulens", "demo", "--home", str(folder / "home"), *ports, *size]
    said = folder / "said"
    with said.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        patience = time.monotonic() + START_SECONDS
        while "Ctrl-C stops everything" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < patience, said.read_text()
            time.sleep(0.2)
        text = said.read_text()
        addresses = re.findall(r"http://127\.0\.0\.1:\d+\S*", text)
        manager = re.search(r"(\S+@\S+)\s+manager", text)
        assert manager, text
        yield Demo(
            menu=next(address for address in addresses if "/r/" in address),
            dashboard=next(address for address in addresses if "/r/" not in address),
            manager=manager[1],
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def counted(page: Page, step: str) -> int:
    """The visits that took a step of the funnel, in the last 30 days."""
    bar = page.locator(".ml-step", has_text=step)
    expect(bar).to_be_visible(timeout=30_000)
    return int(re.sub(r"\D", "", bar.locator("b").first.inner_text()))


def test_a_guests_order_becomes_a_managers_count(demo: Demo, browser: Browser) -> None:
    manager = browser.new_page(viewport={"width": 1440, "height": 900})
    manager.goto(demo.dashboard)
    manager.locator("[class*=st-key-card]", has_text="Manager").get_by_role("button").click()
    manager.get_by_role("link", name="Conversion").click()
    before = counted(manager, "Visits"), counted(manager, "Ordered")

    guest = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    guest.goto(demo.menu)
    guest.locator("li.item:not(.out) a.open").first.click()
    guest.locator("#sheet").get_by_role("button", name="Order this item").click()
    guest.locator("#orderbar").click()
    guest.get_by_role("button", name="Place order").click()
    expect(guest.locator("#ticket")).to_be_visible()
    guest.close()

    patience = time.monotonic() + COUNTED_SECONDS
    while (counted(manager, "Visits"), counted(manager, "Ordered")) != (before[0] + 1, before[1] + 1):
        assert time.monotonic() < patience, "the guest's visit and order were not counted in time"
        manager.wait_for_timeout(3000)
        manager.reload()
    manager.close()
