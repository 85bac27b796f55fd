"""The page of recommendations as somebody uses it in a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from rich.progress import Progress

from dashboard.blobs import FolderBlobs
from dashboard.people import People
from demo.seed import Wishes, seed
from tests.e2e.conftest import dashboard, settle

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two restaurants in each of two areas, or more: guests of one can reach another."""
    home = tmp_path_factory.mktemp("town")
    with Progress(disable=True) as progress:
        seed(home, Wishes(restaurants=6, days=8, visits_per_day=40), datetime.now(UTC), progress)
    return home


@pytest.fixture(scope="module")
def address(town: Path) -> Iterator[str]:
    with dashboard(town) as address:
        yield address


@pytest.fixture
def opened(page: Page, address: str, town: Path) -> Page:
    """An admin's page of the first restaurant."""
    admin = next(person.id for person in People(FolderBlobs(town)).read().people if person.role == "admin")
    page.goto(f"{address}/recommendations?as={admin}")
    settle(page)
    return page


def test_the_block_is_the_guests_own_page_at_what_it_recommends(opened: Page) -> None:
    frame = opened.frame_locator(".ml-guest iframe")
    expect(frame.get_by_role("heading", name="You may like")).to_be_in_viewport()
    expect(frame.locator(".offer").first).to_be_visible()


def test_opting_out_empties_the_block_holds_over_a_reload_and_turns_back(opened: Page) -> None:
    opened.get_by_text("Show other restaurants here").click()
    shown_none = opened.get_by_role("heading", name="Guests here are shown no other restaurant")
    expect(shown_none).to_be_visible()
    expect(opened.locator(".ml-guest")).to_have_count(0)
    opened.reload()
    expect(shown_none).to_be_visible()
    settle(opened)
    opened.get_by_text("Show other restaurants here").click()
    expect(opened.locator(".ml-guest")).to_be_visible()
    expect(shown_none).to_have_count(0)


def test_what_is_asked_of_one_item_stands_in_the_link(opened: Page) -> None:
    matches = opened.get_by_role("table", name="Taken together").locator(".ml-name small")
    expect(matches.first).to_be_visible()
    item = matches.first.inner_text().removeprefix("with ")
    opened.get_by_role("combobox", name="Guests who took").fill(item)  # a long list draws only what is in sight
    opened.get_by_role("option", name=item, exact=True).click()
    opened.wait_for_url("**item=**")
    expect(matches.filter(has_not_text=f"with {item}")).to_have_count(0)
    expect(matches.first).to_have_text(f"with {item}")


def test_a_restaurant_in_the_table_leads_to_its_own_page(opened: Page) -> None:
    opened.get_by_role("radio", name="Between restaurants").click()
    table = opened.get_by_role("table", name="Restaurants by what they show")
    expect(table).to_be_visible()
    expect(opened.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    other = table.locator(".ml-pick").last
    name = other.locator("span").inner_text()
    other.click()
    expect(opened.get_by_role("radio", name="This restaurant")).to_be_checked()
    expect(opened.get_by_role("combobox", name="Restaurant")).to_have_value(name)
