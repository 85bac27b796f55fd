"""Editing a menu in a browser, as admins do it: by mouse, by touch, by keys, in two tabs at once."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Menu
from dashboard.menus.store import open_store
from dashboard.people import People, person
from tests.e2e.conftest import dashboard

pytestmark = pytest.mark.browser
SAMPLE = Path(__file__).parents[1] / "dashboard/menus/sample_menu.json"
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Uncounted:
    """The lake isn't what is looked at here."""

    def write_dimensions(self, restaurant: Any, items: Any) -> None: ...

    def write_rules(self, restaurant_id: Any, rules: Any) -> None: ...


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home with two admins, and where its dashboard answers."""
    home = tmp_path_factory.mktemp("kitchen")
    for name in ("mia", "luca"):
        People(FolderBlobs(home)).add(person(name, "admin"))
    with dashboard(home) as address:
        yield home, address


class Editor:
    """One tab with the editor in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator(".editor .app").wait_for(timeout=60_000)

    def row(self, id: str) -> Locator:
        return self.page.locator(f"[data-id={id}]")

    def names(self, section: str) -> list[str]:
        return self.page.locator(f"[data-section={section}] .row.item").evaluate_all(
            "all => all.map(e => e.dataset.id)"
        )

    def saved(self) -> None:
        expect(self.page.locator(".state")).to_contain_text(re.compile("Draft saved|All published"))

    def price(self, id: str, text: str) -> None:
        self.row(id).locator(".price").click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def said(self) -> Locator:
        return self.page.locator("[aria-live=assertive]")

    def axe(self, state: str) -> None:
        found = Axe().run(self.page, options=WCAG).response["violations"]
        assert not found, (state, [(each["id"], each["nodes"][0]["html"]) for each in found])


@pytest.fixture
def menu(kitchen: tuple[Path, str], request: pytest.FixtureRequest) -> Menu:
    """A published menu of this test's own."""
    fields = json.loads(SAMPLE.read_text())
    fields["restaurant"]["id"] = re.sub(r"[^a-z0-9]+", "-", request.node.name)[:60].strip("-")
    menu = Menu.model_validate(fields)
    return open_store(kitchen[0], Uncounted(), Scope.everything("mia")).publish(menu, datetime.now(UTC))


@pytest.fixture
def opened(kitchen: tuple[Path, str], browser: Browser, menu: Menu) -> Iterator[Any]:
    contexts = []

    def tab(who: str = "mia", size: ViewportSize = DESK, **more: Any) -> Editor:
        context = browser.new_context(viewport=size, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{kitchen[1]}/menu_editor?as={who}&restaurant={menu.restaurant.id}")
        return Editor(page)

    yield tab
    for context in contexts:
        context.close()


def test_items_are_dragged_by_mouse_and_moved_by_keys_which_say_where_they_stand(opened: Any, menu: Menu) -> None:
    editor = opened()
    page, section = editor.page, next(each for each in menu.sections if len(each.items) > 3)
    first, second, third, *_ = (item.id for item in section.items)
    grip, target = editor.row(third).locator(".grip").bounding_box(), editor.row(first).bounding_box()
    page.mouse.move(grip["x"] + 10, grip["y"] + 15)
    page.mouse.down()
    page.mouse.move(grip["x"] + 14, grip["y"], steps=3)
    page.mouse.move(target["x"] + 60, target["y"] + 4, steps=6)
    expect(page.locator(".editor .line")).to_be_visible()
    page.mouse.up()
    editor.saved()
    assert editor.names(section.id)[:3] == [third, first, second]
    expect(editor.said()).to_contain_text("moved to place 1 of")

    editor.row(third).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(editor.said()).to_contain_text("moved to place 2 of")
    editor.row(third).locator(".grip").focus()
    page.keyboard.press("Space")
    expect(editor.said()).to_contain_text("picked up, at place 2")
    page.keyboard.press("ArrowDown")
    expect(editor.said()).to_contain_text("moved to place 3 of")
    page.keyboard.press("Space")
    expect(editor.said()).to_contain_text("dropped at place 3")
    assert editor.names(section.id)[:3] == [first, second, third]

    last = menu.sections[-1].id
    page.locator(f"[data-at='section/{last}']").focus()
    page.keyboard.press("Alt+ArrowUp")
    editor.saved()
    order = page.locator("[data-section]").evaluate_all("all => all.map(e => e.dataset.section)")
    assert order.index(last) == len(menu.sections) - 2


def test_a_finger_drags_an_item_on_a_phone(opened: Any, menu: Menu) -> None:
    editor = opened(size=PHONE, has_touch=True, is_mobile=True)
    page, section = editor.page, next(each for each in menu.sections if len(each.items) > 3)
    first, second, *_ = (item.id for item in section.items)
    editor.row(second).scroll_into_view_if_needed()
    grip, target = editor.row(second).locator(".grip").bounding_box(), editor.row(first).bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 7):
        point = {"x": x + 2, "y": y + (target["y"] + 3 - y) * step / 6}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    page.wait_for_timeout(100)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    editor.saved()
    assert editor.names(section.id)[:2] == [second, first]
    editor.axe("phone, list")
    editor.row(first).locator(".name").click()
    editor.axe("phone, item")


def test_a_price_is_judged_while_it_is_typed_and_holds_back_publish_until_it_is_mended(opened: Any, menu: Menu) -> None:
    editor = opened()
    page, item = editor.page, menu.placed[0][2]
    editor.row(item.id).locator(".name").click()
    field, words = page.get_by_label("Price", exact=True), page.locator(".field:has([id$=-price]) .help")
    field.fill("abc")
    expect(words).to_have_text("'abc' is no price.")
    expect(field).to_have_value("abc")
    editor.axe("an error at a field")
    page.locator(".actions .primary").click()
    expect(page.get_by_text("1 thing to mend first")).to_be_visible()
    editor.axe("a blocked review")
    page.get_by_role("button", name=re.compile("^Fix")).click()
    field.fill("1250000")
    expect(words).to_contain_text("is a point misplaced?")
    field.fill("123")
    expect(words).to_contain_text("until you publish")
    editor.saved()


def test_a_new_item_and_an_undo_survive_a_reload(opened: Any, menu: Menu) -> None:
    editor = opened()
    page, section = editor.page, menu.sections[0].id
    page.locator(f"[data-at='section/{section}']").hover()
    page.locator(f"[data-at='section/{section}'] .add").click()
    page.keyboard.type("Lod chong")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Price of Lod chong", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".state")).to_contain_text("1 not saved yet")
    page.reload()
    editor = Editor(page)
    page.get_by_text("Lod chong").first.click()
    page.get_by_label("Price", exact=True).fill("75")
    editor.saved()
    editor.price(menu.placed[0][2].id, "131")
    editor.saved()
    page.reload()
    editor = Editor(page)
    expect(editor.row(menu.placed[0][2].id).locator(".price")).to_contain_text("131")
    page.get_by_label("Undo", exact=True).click()
    expect(editor.row(menu.placed[0][2].id).locator(".price")).not_to_contain_text("131")
    page.get_by_label("Redo", exact=True).click()
    expect(editor.row(menu.placed[0][2].id).locator(".price")).to_contain_text("131")


def test_a_selection_is_raised_sold_out_moved_and_found_among_the_rest(
    opened: Any, menu: Menu, kitchen: tuple[Path, str]
) -> None:
    editor = opened()
    page, ids = editor.page, [item.id for item in menu.sections[0].items[:2]]
    for id in ids:
        editor.row(id).hover()
        editor.row(id).get_by_role("checkbox").check()
    page.get_by_role("button", name="Price %").click()
    editor.axe("the price of a selection")
    page.get_by_role("button", name="Change 2 prices").click()
    expect(page.locator(".toast")).to_contain_text("+5 % on 2 prices")
    page.get_by_role("toolbar").get_by_role("button", name="Sold out").click()
    expect(page.locator(".toast")).to_contain_text("2 items are sold out")
    editor.saved()
    told = kitchen[0] / "site/r" / menu.restaurant.id / "availability.json"
    assert {*ids} <= json.loads(told.read_text())["sold_out"].keys()
    page.get_by_label("Move to section").select_option(menu.sections[-1].id)
    editor.saved()
    assert editor.names(menu.sections[-1].id)[-2:] == ids
    editor.axe("a selection")
    page.get_by_label("Clear the selection").click()
    page.keyboard.press("/")
    page.keyboard.type(menu.placed[-1][2].name["en"][:6])
    expect(page.locator(".hits")).to_contain_text("found")
    expect(editor.row(menu.placed[-1][2].id)).to_be_visible()


def test_two_tabs_that_change_the_same_price_see_both_values(opened: Any, menu: Menu) -> None:
    mia, luca = opened(), opened("luca")
    id, other = menu.placed[0][2].id, menu.placed[1][2].id
    mia.price(id, "700")
    mia.saved()
    luca.price(id, "900")
    banner = luca.page.locator(".conflict")
    expect(banner).to_contain_text("mia changed")
    expect(banner).to_contain_text(re.compile("is now 700.*You wrote 900"))
    luca.axe("a conflict")
    banner.get_by_role("button", name="Use mine").click()
    luca.saved()
    mia.price(other, "111")  # another field: what luca wrote comes along, nobody is asked
    expect(mia.row(id).locator(".price")).to_contain_text("900")
    expect(mia.page.locator(".conflict")).to_have_count(0)


def test_changes_are_reviewed_taken_back_published_viewed_and_rolled_back(opened: Any, menu: Menu) -> None:
    editor = opened()
    page, id = editor.page, menu.placed[0][2].id
    frame = page.frame_locator(".editor iframe")
    editor.price(id, "777")
    editor.row(menu.placed[1][2].id).focus()
    page.keyboard.press("Delete")
    expect(frame.locator(f"#item-{id}")).to_contain_text("777")
    page.locator(".actions .primary").click()
    page.get_by_role("button", name=re.compile("^Take back")).last.click()
    expect(page.get_by_role("button", name="Publish 1 change", exact=True)).to_be_enabled()
    editor.axe("a review")
    page.get_by_role("button", name="Publish 1 change", exact=True).click()
    expect(page.get_by_text("Version 2 is live").first).to_be_visible()
    page.get_by_role("button", name="Done").click()
    page.get_by_label("History").click()
    expect(page.locator(".version").first).to_contain_text("777")
    editor.axe("the history")
    page.get_by_role("button", name="View version 1").click()
    expect(frame.locator(f"#item-{id}")).not_to_contain_text("777")
    page.get_by_label("History").click()
    page.get_by_role("button", name="Roll back to version 1").click()
    page.get_by_role("button", name="Publish version 1 again").click()
    expect(page.locator(".version").first).to_contain_text("the same as version 1")
    page.keyboard.press("Escape")
    expect(editor.row(id).locator(".price")).not_to_contain_text("777")
    page.get_by_role("button", name="Restaurant", exact=True).click()
    page.get_by_label("Add a language").select_option("de")
    page.get_by_role("tab", name="Deutsch").click()
    editor.axe("the restaurant")
