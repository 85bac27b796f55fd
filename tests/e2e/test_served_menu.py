"""The guest's page as the collector serves it: its scripts run under the headers' policy, and its events are taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboard.access import Scope
from dashboard.menus.model import Item, Menu, Restaurant, Section
from dashboard.menus.store import open_store
from ingest_stack.keeper import Keeper
from ingest_stack.lake import Lake
from tests.ingest_stack.conftest import Server, in_lake

pytestmark = pytest.mark.browser

HOUSE = Restaurant(
    id="daliyah",
    name={"en": "Daliyah"},
    area="Vienna",
    time_zone="Europe/Vienna",
    currency="EUR",
    languages=("en",),
)
SOUP = Item(id="soup", name={"en": "Soup"}, price_minor=650)


def test_a_published_menu_runs_and_reports_under_the_collectors_policy(home: Path, browser: Browser) -> None:
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    menu = Menu(restaurant=HOUSE, sections=(Section(id="soups", name={"en": "Soups"}, items=(SOUP,)),))
    store.publish(menu, datetime(2026, 9, 1, tzinfo=UTC))
    server = Server(home).start()
    try:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda problem: said.append(str(problem)))
        with page.expect_response("**/v1/events", timeout=30_000) as answer:
            page.goto(f"http://127.0.0.1:{server.port}/r/daliyah/?table=7")
            page.get_by_text("Soup", exact=True).first.click()
            page.wait_for_timeout(1_500)
            page.evaluate("dispatchEvent(new Event('pagehide'))")
        assert answer.value.status == 202
        page.close()
    finally:
        server.end()
    assert said == []
    Keeper(home).convert()
    sent = [row for row in in_lake(home) if row["request"]["restaurant_id"] == "daliyah"]
    assert sent
    assert all((row["request"]["table_id"], row["bot"]) == ("7", False) for row in sent)
