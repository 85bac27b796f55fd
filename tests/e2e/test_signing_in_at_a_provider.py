"""Signing in at a provider in a browser, as `menulens dashboard` sends people there; and out again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from tests.e2e.conftest import SIZES, dashboard, picture, settle

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")]
expect.set_options(timeout=30_000)
USERS = {
    "ada": {"email": "Ada@Menulens.example", "email_verified": True},
    "mia": {"email": "mia@example.com", "email_verified": True},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def home(own_home: Path) -> Path:
    house = min(path.stem for path in (own_home / "lake/restaurants").glob("*.parquet"))
    People(FolderBlobs(own_home)).add(person("mia@example.com", "manager", [house]))
    return own_home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    users = [User(sub=name, claims=claims) for name, claims in USERS.items()]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        at = {"MENULENS_DEMO": "0", "MENULENS_SIGN_IN": "oidc"} | {
            "MENULENS_OIDC_ISSUER": f"http://localhost:{server.server_port}",
            "MENULENS_OIDC_CLIENT_ID": "menulens",
            "MENULENS_OIDC_CLIENT_SECRET": "hush",
        }
        with dashboard(home, **at) as address:
            yield address


@pytest.fixture(autouse=True)
def alone(page: Page) -> None:
    """The provider made for tests takes its looks from elsewhere, where tests don't go."""
    page.context.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())


def sign_in(page: Page, who: str) -> None:
    page.get_by_role("link", name="Sign in at localhost").click()
    page.get_by_role("button", name=who, exact=True).click()


def test_a_deep_link_leads_over_the_provider_to_itself_and_a_reload_stays(page: Page, address: str) -> None:
    page.goto(f"{address}/menu?days=7")
    sign_in(page, "mia")
    expect(page.get_by_text("Signed in as Mia, Manager")).to_be_visible()
    assert page.url.startswith(f"{address}/menu?")
    assert "days=7" in page.url
    page.reload()
    expect(page.get_by_text("Signed in as Mia, Manager")).to_be_visible()


def test_who_came_by_the_machine_s_other_name_comes_in_all_the_same(page: Page, address: str) -> None:
    page.goto(address.replace("127.0.0.1", "localhost"))
    sign_in(page, "ada")
    expect(page.get_by_text("Signed in as Ada, Admin")).to_be_visible()
    assert page.url.startswith(address)


def test_signing_out_ends_the_session_on_the_server_in_every_tab(page: Page, address: str) -> None:
    page.goto(address)
    sign_in(page, "mia")
    settle(page)
    kept, other = page.context.cookies(), page.context.new_page()
    other.goto(address)
    settle(other)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in at localhost")).to_be_visible()
    page.context.add_cookies(kept)
    page.goto(f"{address}/menu")
    expect(page.get_by_role("link", name="Sign in at localhost")).to_be_visible()
    other.get_by_role("link", name="Menu", exact=True).click()
    expect(other.get_by_role("link", name="Sign in at localhost").or_(other.get_by_text("signed out"))).to_be_visible()


def test_who_is_taken_off_is_out_at_the_next_click(page: Page, address: str, home: Path) -> None:
    people = People(FolderBlobs(home))
    mia = people.find("mia@example.com")
    page.goto(address)
    sign_in(page, "mia")
    settle(page)
    people.remove("mia@example.com")
    try:
        page.get_by_role("link", name="Menu", exact=True).click()
        sign_in(page, "mia")  # the open page has led there
        expect(page.get_by_role("heading", name="Nobody here knows you yet")).to_be_visible()
    finally:
        people.add(mia)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_before_signing_in_are_sound_at_every_size_and_theme(
    browser: Browser, address: str, size: str, theme: str
) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme)
    context.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(address)
    for name, heading in (("provider", "Sign in"), ("stranger", "Nobody here knows you yet")):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        picture(page, f"signing-in-{name}-{size}-{theme}")
        found = Axe().run(page).response["violations"]
        assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
        if name == "provider":
            sign_in(page, "eve")
    context.close()
