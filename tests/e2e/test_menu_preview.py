"""The page of a menu that is still written, in a frame that may run scripts and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from dashboard.menus.model import Menu, Photo
from dashboard.menus.site import preview

pytestmark = pytest.mark.browser

MENU = Path(__file__).parent.parent / "dashboard" / "menus" / "sample_menu.json"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
EDITOR = """<!doctype html><title>Editor</title><iframe sandbox="allow-scripts" width="390" height="700"></iframe>
<script>window.heard = []; addEventListener('message', event => heard.push(event.data))</script>"""


@pytest.fixture
def menu() -> Menu:
    return Menu.model_validate_json(MENU.read_bytes())


@pytest.fixture
def editor(browser: Browser) -> Iterator[Page]:
    """A page with an empty frame; whatever the frame asks of anybody, and each of its faults, fails the test."""
    page = browser.new_page()
    page.clock.set_fixed_time(datetime(2026, 11, 20, 12, 30, tzinfo=UTC))
    said: list[tuple[str, str]] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: said.append(("error", str(error))))
    page.on("console", lambda message: said.append((message.type, message.text)))
    page.set_content(EDITOR)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    assert [text for kind, text in said if kind == "error"] == []
    assert [url for url in asked if not url.startswith("data:")] == []


def written(editor: Page, html: str) -> Frame:
    """The frame, once the page that was written into it is ready."""
    editor.evaluate("html => { document.querySelector('iframe').srcdoc = html }", html)
    editor.wait_for_function("heard.some(({ menulens }) => menulens === 'ready')")
    return editor.frames[1]


def say(editor: Page, **message: Any) -> None:
    editor.evaluate(f"document.querySelector('iframe').contentWindow.postMessage({json.dumps(message)}, '*')")


def heard(editor: Page, word: str, field: str) -> Any:
    editor.wait_for_function("word => heard.some(({ menulens }) => menulens === word)", arg=word)
    return editor.evaluate(
        "([word, field]) => heard.findLast(({ menulens }) => menulens === word)[field]", [word, field]
    )


def test_a_preview_shows_marks_and_keeps_its_place(editor: Page, menu: Menu) -> None:
    frame = written(editor, preview(menu, "en"))
    say(editor, menulens="show", item_id="mango")
    expect(frame.locator("#item-mango.shown")).to_be_in_viewport(ratio=1)
    assert heard(editor, "scrolled", "y") > 300
    say(editor, menulens="scroll", y=250)
    frame.wait_for_function("scrollY === 250")


def test_what_is_tapped_in_a_preview_is_told_and_leads_nowhere(editor: Page, menu: Menu) -> None:
    frame = written(editor, preview(menu, "en"))
    frame.get_by_role("link", name="Drinks").click()
    expect(frame.locator("#section-drinks h2")).to_be_in_viewport()
    frame.locator("#item-satay .open").click()
    assert heard(editor, "opened", "item_id") == "satay"
    frame.locator("#sheet [data-order]").click()
    expect(frame.locator("#orderbar")).to_contain_text("฿120")
    frame.get_by_role("link", name="ไทย").click()
    assert heard(editor, "language", "language") == "th"
    assert frame.url == "about:srcdoc"


def test_a_newer_draft_takes_a_previews_place_where_it_was_read(editor: Page, menu: Menu) -> None:
    frame = written(editor, preview(menu, "en"))
    frame.locator("#item-rolls .add").click()
    say(editor, menulens="show", item_id="drink-2")
    expect(frame.locator("#item-drink-2")).to_be_in_viewport(ratio=1)
    place = "document.querySelector('#item-drink-2').getBoundingClientRect().top"
    before = frame.evaluate(place)
    section = menu.sections[0]
    first = section.items[0].model_copy(update={"name": {"en": "A new dish " * 12}, "id": "new"})
    new = section.model_copy(update={"items": (first, *section.items)})
    say(editor, menulens="page", html=preview(menu.model_copy(update={"sections": (new, *menu.sections[1:])}), "en"))
    expect(frame.locator("#item-new")).to_be_attached()
    assert abs(float(frame.evaluate(place)) - before) < 1  # a window scrolls by whole pixels
    expect(frame.locator("#orderbar")).to_contain_text("฿85")


def test_a_newer_draft_says_in_the_preview_what_is_sold_out_now(editor: Page, menu: Menu) -> None:
    frame = written(editor, preview(menu, "en"))
    for sold_out in (True, False):
        item = menu.sections[0].items[0].model_copy(update={"sold_out": sold_out})
        section = menu.sections[0].model_copy(update={"items": (item, *menu.sections[0].items[1:])})
        html = preview(menu.model_copy(update={"sections": (section, *menu.sections[1:])}), "en")
        say(editor, menulens="page", html=html)
        expect(frame.locator(f"#item-{item.id}.out")).to_have_count(int(sold_out))


def test_a_preview_has_the_photos_that_it_is_given_and_names_nothing_private(menu: Menu) -> None:
    item = menu.sections[0].items[0].model_copy(update={"photo": Photo(id="0" * 16, width=640, height=480)})
    section = menu.sections[0].model_copy(update={"items": (item,)})
    with_photo = menu.model_copy(update={"sections": (section,)})
    assert ' src="' not in preview(with_photo, "en")
    html = preview(with_photo, "en", lambda photo, width: PIXEL)
    assert html.count(f'src="{PIXEL}"') == 2
    assert "/v1/events" not in html
    assert "4321" not in html


def test_a_preview_shows_dishes_of_others_and_leads_nobody_to_them(editor: Page, menu: Menu) -> None:
    house = {"restaurant_id": "somtum", "restaurant_name": {"en": "Som Tum"}, "currency": "THB", "time_zone": "UTC"}
    offers = [
        house
        | {"languages": ["en"], "hours": [], "served": [], "item_id": id, "item_name": {"en": id.title()}}
        | {"price_minor": 12000, "ranged": False, "kind": "nearby", "photo": PIXEL}
        for id in ("rolls", "soup", "tea", "cake")
    ]
    frame = written(editor, preview(menu, "en", offers=offers))
    expect(frame.locator(".offer h3")).to_have_text(["Rolls", "Soup", "Tea"])
    say(editor, menulens="others")
    expect(frame.get_by_role("heading", name="You may like")).to_be_in_viewport()
    frame.get_by_role("link", name="Rolls").last.click()
    assert frame.url == "about:srcdoc"
    assert frame.locator(".others").is_visible()
    frame = written(editor, preview(menu, "en"))
    expect(frame.locator(".others")).to_be_hidden()
