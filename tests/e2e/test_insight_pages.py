"""The menu, attention, conversion and advice pages as somebody uses them in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.menus.model import Menu

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)


@pytest.fixture
def menu(page: Page, address: str, people: dict[str, str]) -> Page:
    """The manager's menu page, drawn."""
    page.goto(f"{address}/menu?as={people['manager']}")
    expect(page.locator(".ml-dish").first).to_be_visible()
    return page


def test_a_click_on_a_dish_tells_its_story_and_the_link_keeps_it(menu: Page) -> None:
    dish = menu.locator(".ml-dish").nth(2)
    name = dish.locator("b").inner_text()
    dish.click()
    story = menu.locator("[class*=st-key-card-story]")
    expect(story.get_by_role("heading", name=name)).to_be_visible()
    assert "item=" in menu.url
    menu.reload()
    expect(story.get_by_role("heading", name=name)).to_be_visible()
    expect(menu.locator(".ml-dish.ml-on b")).to_have_text(name)
    expect(story.get_by_role("table", name="Its steps against its section").get_by_role("row")).to_have_count(5)


def test_on_a_phone_a_tap_opens_the_story_as_a_sheet(browser: Browser, address: str, people: dict[str, str]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}/menu?as={people['manager']}", timeout=60_000)
    dish = page.locator(".ml-dish").nth(1)
    name = dish.locator("b").inner_text(timeout=60_000)
    expect(page.locator(".st-key-card-story")).to_be_hidden()
    dish.tap()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text(name, exact=True)).to_be_visible()
    assert sheet.evaluate("e => e.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    context.close()


def test_a_link_to_a_dish_shows_its_story_on_a_phone_too(
    browser: Browser, menu: Page, address: str, people: dict[str, str]
) -> None:
    menu.locator(".ml-dish").nth(2).click()
    menu.wait_for_url("**item=**")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(menu.url, timeout=60_000)
    expect(page.get_by_role("table", name="Its steps against its section")).to_be_visible()
    context.close()


def test_two_versions_stand_side_by_side(menu: Page) -> None:
    expect(menu.locator(".ml-phone")).to_have_count(1)
    menu.get_by_text("Compare with v1").click()
    expect(menu.locator(".ml-phone")).to_have_count(2)
    expect(menu.get_by_text("Change from v1")).to_be_visible()
    assert "compare=yes" in menu.url


def test_the_tint_follows_the_measure_and_the_rows_of_the_hours_the_choice(menu: Page) -> None:
    menu.get_by_role("radio", name="Conversion").click()
    expect(menu.get_by_text("Colour: ordered of viewed")).to_be_visible()
    menu.get_by_role("radio", name="Items").click()
    menu.wait_for_url("**rows=item_id**")


def test_items_roll_up_to_sections_without_a_rerun(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/attention?as={people['manager']}")
    table = page.get_by_role("table", name="Items by attention")
    expect(table.get_by_role("row")).to_have_count(13)
    page.get_by_role("button", name="Sections").click()
    expect(table.get_by_text("items", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Items", exact=True).click()
    page.get_by_role("searchbox", name="Find an item").fill("zzz")
    expect(page.get_by_text("Nothing is called “zzz”.")).to_be_visible()


def test_the_funnel_loses_guests_step_by_step(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/conversion?as={people['manager']}")
    steps = page.locator(".ml-funnel b.ml-num")
    expect(steps).to_have_count(5)
    counts = [int(text.replace(",", "")) for text in steps.all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    with page.expect_download() as download:
        page.locator(".st-key-card-funnel").get_by_role("button", name="CSV").click()
    assert download.value.path().read_text("utf-8-sig").splitlines()[0] == "step,name,visits,rate"


def test_a_link_to_an_item_opens_the_editor_at_it(
    page: Page, address: str, people: dict[str, str], seeded: Path
) -> None:
    house = min(path.parts[-3] for path in seeded.glob("menus/*/versions/000002.json"))
    menu = Menu.model_validate_json((seeded / f"menus/{house}/versions/000002.json").read_bytes())
    item = menu.sections[-1].items[-1].id
    page.goto(f"{address}/menu_editor?as={people['admin']}&restaurant={house}&item={item}")
    expect(page.locator(f".editor .row.item.active[data-id={item}]")).to_be_visible()


def test_a_manager_who_may_not_edit_reads_the_advice_without_a_button(
    page: Page, address: str, people: dict[str, str]
) -> None:
    page.goto(f"{address}/advice?as={people['manager']}")
    expect(page.locator(".st-key-card-rule")).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    for name in ("Put into draft", "Open in the editor", "In the draft"):
        expect(page.get_by_text(name, exact=True)).to_have_count(0)
