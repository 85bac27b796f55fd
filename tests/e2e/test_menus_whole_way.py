"""A menu's whole way in the browser: sign in, import, drag, price, publish, the guest's page, its code, and back."""

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.access import Scope
from dashboard.menus.store import open_store
from ingest_stack.lake import Lake
from tests.e2e.conftest import SIZES, dashboard, picture, settle
from tests.ingest_stack.conftest import Server

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

HOUSE = "sen-and-sai"
MENU = "section,name,price\nNoodles,Pad Thai,120\nNoodles,Pad See Ew,110\nSoups,Tom Yum,95\nSoups,Tom Kha,105\n"


@pytest.fixture(scope="module")
def whole(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """Where the dashboard and the menu site answer, and their home: a seeded one of its own."""
    home = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(seeded, home)
    server = Server(home).start()
    site = f"http://127.0.0.1:{server.port}"
    try:
        with dashboard(home, MENULENS_SITE_URL=site) as address:
            yield address, site, home
    finally:
        server.end()


def names(page: Page) -> list[str]:
    return page.locator(".row.item .name").all_inner_texts()


def drag(page: Page, handle: Locator, above: Locator) -> None:
    """By the mouse, in small steps, as a hand does."""
    begin, end = handle.bounding_box(), above.bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 3, steps=12)
    page.wait_for_timeout(150)
    page.mouse.up()


def read(picture: bytes | Image.Image) -> list[str]:
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    return sorted(found.text for found in zxingcpp.read_barcodes(image))


def downloaded(page: Page, label: str) -> bytes:
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name=label, exact=True).click()
    return download.value.path().read_bytes()


def sound(page: Page, name: str) -> None:
    """Nobody is shut out, nothing scrolls sideways; and its picture, if pictures are wanted."""
    settle(page)
    picture(page, name)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth") <= 0
    faults = [
        (fault["id"], node["html"][:160])
        for fault in Axe().run(page).response["violations"]
        if fault["id"] != "presentation-role-conflict"  # Streamlit's own, on its uploader
        for node in fault["nodes"]
    ]
    assert faults == []


def test_from_signing_in_to_the_guests_page_and_back(
    page: Page, browser: Browser, whole: tuple[str, str, Path]
) -> None:
    address, site, _ = whole
    guest = browser.new_page()
    guest.goto(f"{site}/r/{HOUSE}/")
    before = guest.locator("main").inner_text()
    assert "Pad Thai" not in before

    # Signing in as the demo's admin, and a file
    page.goto(address)
    page.locator("[class*=st-key-card-person]").filter(has_text="Ada").get_by_role("button").click()
    page.get_by_role("link", name="Edit menu").first.click()
    page.get_by_role("link", name="Import").click()
    expect(page.get_by_role("heading", name="Import a menu into Sen & Sai")).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": "menu.csv", "mimeType": "text/csv", "buffer": MENU.encode()}
    )
    expect(page.get_by_text("This file: 23 items removed, 4 added")).to_be_visible()
    expect(page.get_by_role("button", name="Take into the draft")).to_have_count(0)
    page.get_by_text("Yes, remove 23 of the 23 items").click()
    page.get_by_role("button", name="Take into the draft").click()
    expect(page.get_by_text("23 items removed, 4 added")).to_be_visible()
    page.get_by_role("link", name="Go to the draft").click()

    # The editor: an item is dragged, a price changed
    expect(page.get_by_role("row").filter(has_text="Pad Thai")).to_be_visible()
    assert names(page) == ["Pad Thai", "Pad See Ew", "Tom Yum", "Tom Kha"]
    drag(page, page.get_by_role("button", name="Move Tom Kha"), page.locator(".row.item").filter(has_text="Pad See Ew"))
    expect(page.locator(".row.item .name").nth(1)).to_have_text("Tom Kha")
    assert names(page) == ["Pad Thai", "Tom Kha", "Pad See Ew", "Tom Yum"]
    page.get_by_role("button", name="Price of Pad See Ew").click()
    price = page.get_by_role("textbox", name="Price of Pad See Ew")
    price.fill("135")
    price.press("Enter")
    expect(page.get_by_role("button", name="Price of Pad See Ew: ฿135")).to_be_visible()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    guest.reload()
    assert guest.locator("main").inner_text() == before, "a draft is nobody's but the editors'"

    # Publishing
    page.get_by_role("button", name="Publish").click()
    review = page.get_by_role("dialog")
    expect(review.get_by_text("Noodles: new section with 3 items")).to_be_visible()
    review.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="Version 3 is live")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    guest.reload()
    text = guest.locator("main").inner_text()
    assert [text.index(name) for name in ("Pad Thai", "Tom Kha", "Pad See Ew", "Tom Yum")] == sorted(
        text.index(name) for name in ("Pad Thai", "Tom Kha", "Pad See Ew", "Tom Yum")
    )
    assert "135" in text
    assert "Khao soi" not in text

    # The code on the table leads to that page
    page.get_by_role("link", name="QR codes").click()
    expect(page.get_by_role("heading", name="10 codes for Sen & Sai")).to_be_visible()
    expect(page.get_by_text("no guest’s phone gets there")).to_be_visible()
    tables = page.get_by_role("textbox", name="Tables")
    tables.fill("1, 2, Terrace 3")
    tables.press("Enter")
    expect(page.get_by_role("heading", name="3 codes for Sen & Sai")).to_be_visible()
    [link] = read(downloaded(page, "This code, PNG"))
    assert link == f"{site}/r/{HOUSE}/?table=1"
    guest.goto(link)
    assert "Pad See Ew" in guest.locator("main").inner_text()
    all_links = [f"{site}/r/{HOUSE}/?table={table}" for table in ("1", "2", "Terrace%203")]
    with zipfile.ZipFile(io.BytesIO(downloaded(page, "All as PNG"))) as pack:
        assert sorted(link for name in pack.namelist() for link in read(pack.read(name))) == all_links
    sheets = [
        sheet.render(scale=300 / 72).to_pil() for sheet in pypdfium2.PdfDocument(downloaded(page, "PDF, 2 sheets"))
    ]
    assert sorted(link for sheet in sheets for link in read(sheet)) == sorted(all_links * 2)

    # And back
    page.get_by_role("link", name="Edit menu").first.click()
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="Roll back to version 2").click()
    page.get_by_role("button", name="Publish version 2 again").click()
    expect(page.get_by_role("status").filter(has_text="Version 4 is live: version 2 again")).to_be_attached()
    guest.goto(f"{site}/r/{HOUSE}/")
    sold_out = "Sold out today\n"  # a mark goes with its item, and doesn't come back with it
    assert guest.locator("main").inner_text().replace(sold_out, "") == before.replace(sold_out, "")
    guest.close()


OTHER = "tasca-da-amendoeira"
HEAD = "section,name,price\n"
STATES = {
    "letters": (b"name,price\nCaf\xe9,3\n", "it isn't UTF-8"),
    "columns": (b"Group,Dish,What it costs\nSoups,Soup,3\n", "No column says what an item's price is"),
    "wrong": (f"{HEAD}Soups,Soup,3\nSoups,Tea,much\nSoups,<b>Eel</b>,-3\n".encode(), "2 rows can’t be used"),
    "most": (f"{HEAD}Soups,Soup,3\n".encode(), "Yes, remove"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_importing_is_sound_in_every_state(
    browser: Browser, whole: tuple[str, str, Path], people: dict[str, str], size: str, theme: Any
) -> None:
    address, _, home = whole
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    store.save_draft(store.published(OTHER), store.draft(OTHER), datetime.now(UTC))
    phone = size == "phone"
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme, has_touch=phone, is_mobile=phone)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/menu_import?as={people['admin']}&restaurant={OTHER}")
    for name, (raw, said) in STATES.items():
        settle(page)
        page.locator("input[type=file]").set_input_files({"name": "m.csv", "mimeType": "text/csv", "buffer": raw})
        expect(page.get_by_text(said)).to_be_visible()
        sound(page, f"import-{name}-{size}-{theme}")
    page.get_by_text("Yes, remove").click()
    page.get_by_role("button", name="Take into the draft").click()
    expect(page.get_by_role("link", name="Go to the draft")).to_be_visible()
    sound(page, f"import-done-{size}-{theme}")
    context.close()


def test_a_restaurant_begins_in_the_browser(page: Page, whole: tuple[str, str, Path], people: dict[str, str]) -> None:
    page.goto(f"{whole[0]}/menu_new?as={people['admin']}")
    settle(page)
    page.get_by_role("textbox", name="Name").fill("Café Luz")
    page.get_by_role("textbox", name="Area").fill("Lisbon")
    for label, text, option in (
        ("Time zone", "Lisbon", "Europe/Lisbon"),
        ("Currency", "EUR", "EUR, Euro"),
        ("Languages, its own first", "Portug", "Portuguese (pt)"),
    ):
        page.get_by_role("combobox", name=label).fill(text)
        page.get_by_role("option", name=option).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Begin Café Luz").click()
    expect(page.get_by_role("heading", name="Café Luz has a draft")).to_be_visible()
    sound(page, "begun")
    page.get_by_role("link", name="Write the menu").click()
    expect(page.get_by_text("This menu is empty")).to_be_visible()
    expect(page.get_by_role("combobox", name="Restaurant")).to_have_value("Café Luz")


def test_who_may_not_edit_gets_words_and_nothing_else(
    page: Page, whole: tuple[str, str, Path], people: dict[str, str]
) -> None:
    for name in ("menu_editor", "menu_import", "codes", "menu_new"):
        page.goto(f"{whole[0]}/{name}?as={people['manager']}")
        expect(page.get_by_role("heading", name="You may not edit a menu")).to_be_visible()
        expect(page.get_by_role("link", name="Edit menu")).to_have_count(0)
        expect(page.locator("input[type=file], .row.item, [data-testid=stDownloadButton]")).to_have_count(0)


def test_files_are_made_on_the_click(page: Page, whole: tuple[str, str, Path], people: dict[str, str]) -> None:
    page.goto(f"{whole[0]}/menu_import?as={people['admin']}&restaurant={OTHER}")
    settle(page)
    expect(page.locator("a[href*='/media/']")).to_have_count(0)
    assert downloaded(page, "Template, CSV").decode("utf-8-sig").startswith("section_id,section.pt")
    menu = json.loads(downloaded(page, "JSON"))
    assert menu["restaurant"]["id"] == OTHER
    assert json.loads(downloaded(page, "JSON-LD"))["@type"]
    page.get_by_text("Published, version 2").click()
    expect(page.locator(".st-key-out-csv-2")).to_be_visible()  # chosen and drawn: before, a click is for the draft
    expect(page.locator(".st-key-out-csv-0")).to_have_count(0)
    settle(page)
    rows = downloaded(page, "CSV").decode("utf-8-sig").splitlines()
    assert len(rows) > 30
    assert downloaded(page, "Excel").startswith(b"PK")
