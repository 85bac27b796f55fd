"""The page People in a browser: somebody is added, comes in by the link, gains and loses rights; and how it looks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from dashboard.signin.door import Door
from tests.dashboard.signin.conftest import GOOD, let_in
from tests.e2e.conftest import SIZES, dashboard, picture, settle, signed_in

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
ADA = "ada@menulens.example"


@pytest.fixture(scope="module")
def address(own_home: Path) -> Iterator[str]:
    with dashboard(own_home, MENULENS_DEMO="0") as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def ada(own_home: Path, door: Door) -> None:
    """She has a password."""
    let_in(door, FolderBlobs(own_home), ADA)


def test_somebody_is_added_comes_in_by_the_link_and_is_out_within_a_click(
    page: Page, browser: Browser, address: str, door: Door
) -> None:
    admin = signed_in(page, f"{address}/people", ADA, door)
    admin.get_by_role("button", name="Add somebody").click()
    sheet = admin.get_by_role("dialog")
    sheet.get_by_label("E-mail address").fill("bo@example.com")
    sheet.get_by_label("E-mail address").press("Tab")
    settle(admin)
    sheet.get_by_role("radio", name="Product team").click()
    expect(sheet.get_by_text("Sees every restaurant, and edits none.")).to_be_visible()
    sheet.get_by_role("button", name="Add", exact=True).click()
    sheet.get_by_role("button", name="Make an invitation link").click()
    expect(sheet.get_by_label("Copy to clipboard")).to_be_visible()
    link = sheet.get_by_test_id("stCode").inner_text().strip()
    sheet.get_by_role("button", name="Close").click()
    expect(admin.get_by_role("row", name=re.compile("bo@example.com"))).to_contain_text("Invited")

    context = browser.new_context()
    bo = context.new_page()
    bo.goto(link)
    bo.get_by_label("Password", exact=True).fill(GOOD)
    bo.get_by_label("The same once more").fill(GOOD)
    bo.get_by_role("button", name="Set the password").click()
    expect(bo.get_by_text("Signed in as Bo, Product team")).to_be_visible()

    admin.reload()
    settle(admin)
    row = admin.get_by_role("row", name=re.compile("bo@example.com"))
    expect(row).to_contain_text("Active")
    row.get_by_role("button").click()
    sheet.get_by_role("button", name="Take off").click()
    sheet.get_by_role("button", name="Yes, take off").click()
    expect(admin.get_by_role("row", name=re.compile("bo@example.com"))).to_have_count(0)
    bo.get_by_text("7 d", exact=True).click()
    expect(bo.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_about_people_read_well(
    browser: Browser, address: str, door: Door, own_home: Path, size: str, theme: Any
) -> None:
    People(FolderBlobs(own_home)).add(person("mia@example.com", "manager", ["uno"], ["uno"]))
    context = browser.new_context(viewport=cast("Any", SIZES[size]), color_scheme=theme)
    page = signed_in(context.new_page(), f"{address}/people", ADA, door)
    reads_well(page, f"people-{size}-{theme}")
    page.get_by_role("button", name=re.compile("mia@")).click()
    page.get_by_role("dialog").get_by_role("button", name="Save").wait_for()
    settle(page)
    reads_well(page, f"person-{size}-{theme}")
    page.goto(f"{address}/audit")
    settle(page)
    expect(page.get_by_role("table", name="Audit")).to_be_visible()
    reads_well(page, f"audit-{size}-{theme}")
    context.close()


def reads_well(page: Page, name: str) -> None:
    picture(page, name)
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
