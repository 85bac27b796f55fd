"""Signing in and out in a browser, as `menulens dashboard` asks whoever comes; and whoever should not come in."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from dashboard.signin import invitations
from dashboard.signin.door import Door
from tests.dashboard.signin.conftest import GOOD, let_in
from tests.e2e.conftest import SIZES, dashboard, picture, settle, signed_in

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
EVIL = "<form method=post action={to}><input name=seal value=x><button>Win a prize</button></form>"


@pytest.fixture(scope="module")
def address(own_home: Path) -> Iterator[str]:
    with dashboard(own_home, MENULENS_DEMO="0") as address:
        yield address


@pytest.fixture(scope="module")
def houses(own_home: Path) -> list[str]:
    return sorted(path.stem for path in (own_home / "lake/restaurants").glob("*.parquet"))


def link(home: Path, who: str, address: str = "") -> str:
    return invitations.invite(FolderBlobs(home), who, address)


@pytest.fixture
def mia(own_home: Path, houses: list[str], door: Door) -> str:
    """A manager of one restaurant, with a password."""
    People(FolderBlobs(own_home)).add(person("mia@example.com", "manager", houses[:1]))
    let_in(door, FolderBlobs(own_home), "mia@example.com")
    return "mia@example.com"


def sign_in(page: Page, who: str, password: str = GOOD) -> None:
    page.get_by_label("E-mail address or name").fill(who)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def until_out(page: Page, address: str) -> None:
    """Wait until the server, another process, knows that the session is over: a look-up holds for a second there."""
    until = time.monotonic() + 20
    while page.request.get(f"{address}/media/nothing").status != 401:
        assert time.monotonic() < until, "the session lives on"


def cookie(context: BrowserContext) -> str:
    return next(kept["value"] for kept in context.cookies() if kept["name"] == "menulens")


def test_a_deep_link_leads_over_the_sign_in_page_to_itself_and_a_reload_stays(
    page: Page, address: str, mia: str, houses: list[str]
) -> None:
    wanted = f"{address}/menu?restaurant={houses[0]}&days=7"
    page.goto(wanted)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, mia)
    settle(page)
    assert page.url == wanted
    expect(page.get_by_role("radio", name="7 d")).to_be_checked()
    expect(page.get_by_text("Signed in as Mia, Manager")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_text("Signed in as Mia, Manager")).to_be_visible()


def test_what_a_link_says_of_a_person_means_nothing(
    page: Page, address: str, mia: str, door: Door, people: dict[str, str]
) -> None:
    signed_in(page, f"{address}/?as={people['admin']}", mia, door)
    expect(page.get_by_text("Signed in as Mia, Manager")).to_be_visible()
    expect(page.get_by_role("link", name="Restaurants")).to_have_count(0)


def test_an_invitation_sets_the_password_and_leads_in_once(
    page: Page, address: str, own_home: Path, houses: list[str]
) -> None:
    People(FolderBlobs(own_home)).add(person("kim@example.com", "manager", houses[:1]))
    invitation = link(own_home, "kim@example.com", address)
    page.goto(invitation)
    for password, why in (("short", None), ("password1234", "very common password"), (GOOD, None)):
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_label("The same once more").fill(password)
        page.get_by_role("button", name="Set the password").click()
        if why:
            expect(page.get_by_role("alert")).to_contain_text(why)
    settle(page)
    expect(page.get_by_text("Signed in as Kim, Manager")).to_be_visible()
    page.goto(invitation)
    expect(page.get_by_role("heading", name="This link leads nowhere")).to_be_visible()


def test_signing_out_shuts_every_tab_of_the_browser_and_leads_back_after_the_next_sign_in(
    page: Page, address: str, mia: str, door: Door
) -> None:
    signed_in(page, address, mia, door)
    other = page.context.new_page()
    other.goto(f"{address}/attention?days=7")
    settle(other)
    before = cookie(page.context)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert door.person(before) is None
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    other.get_by_role("radio", name="30 d").click()
    other.wait_for_url("**/sign-in?next=**")
    sign_in(other, mia)
    settle(other)
    assert urlsplit(other.url).path == "/attention"


@pytest.mark.parametrize("change", ["taken off", "another role"])
def test_whoever_is_revoked_is_out_within_a_click(
    page: Page, address: str, mia: str, door: Door, own_home: Path, change: str
) -> None:
    signed_in(page, address, mia, door)
    if change == "taken off":
        People(FolderBlobs(own_home)).remove(mia)
    else:
        People(FolderBlobs(own_home)).add(person(mia, "product"))
    until_out(page, address)
    page.get_by_role("link", name="Attention").first.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1"])
@pytest.mark.parametrize("form", ["sign-in", "sign-out"])
def test_a_form_on_another_site_changes_nothing(
    page: Page, address: str, mia: str, door: Door, origin: str, form: str
) -> None:
    """The second is another port of this machine: browsers send cookies there and call it the same site."""
    signed_in(page, address, mia, door)
    before = cookie(page.context)
    page.route(
        f"{origin}/**", lambda route: route.fulfill(body=EVIL.format(to=f"{address}/{form}"), content_type="text/html")
    )
    page.goto(f"{origin}/")
    page.get_by_role("button", name="Win a prize").click()
    page.wait_for_url(f"{address}/**")
    assert cookie(page.context) == before
    assert door.person(before) == mia


def test_a_page_that_was_open_all_night_leads_to_the_sign_in_page_and_back(
    page: Page, address: str, mia: str, door: Door, own_home: Path, houses: list[str]
) -> None:
    wanted = f"{address}/attention?days=7&restaurant={houses[0]}"
    signed_in(page, wanted, mia, door)
    page.context.set_offline(True)  # the lid is shut
    for name in FolderBlobs(own_home).names("sessions/"):
        if (kept := FolderBlobs(own_home).get(f"sessions/{name}")) and b"mia@" in kept[0]:
            FolderBlobs(own_home).put(f"sessions/{name}", re.sub(rb'"seen_at":"\d+', b'"seen_at":"2020', kept[0]))
    page.context.set_offline(False)
    page.get_by_role("radio", name="30 d").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, mia)
    page.wait_for_url(wanted)


def test_a_socket_opened_with_a_cookie_of_before_is_refused(page: Page, address: str, mia: str, door: Door) -> None:
    signed_in(page, address, mia, door)
    stream, headers = address.replace("http", "ws") + "/_stcore/stream", {"cookie": f"menulens={cookie(page.context)}"}
    with connect(stream, origin=address, additional_headers=headers):
        pass
    door.leave(cookie(page.context))
    until_out(page, address)
    for kept in (headers, {}):
        with pytest.raises(InvalidStatus, match="403"), connect(stream, origin=address, additional_headers=kept):
            pass


def test_signing_in_needs_no_javascript(browser: Browser, address: str, mia: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/menu?days=7")
    sign_in(page, mia, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    sign_in(page, mia)
    page.wait_for_url(f"{address}/menu?days=7")
    assert cookie(context)
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_pages_at_the_door_are_sound_at_every_size_and_theme(
    browser: Browser, address: str, own_home: Path, mia: str, size: str, theme: str
) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, path in {
        "sign-in": "/sign-in",
        "invitation": link(own_home, mia),
        "no-invitation": "/invitation/x",
    }.items():
        page.goto(address + path)
        if name == "sign-in":
            sign_in(page, "nobody", "wrong")
            expect(page.get_by_role("alert")).to_be_visible()
        picture(page, f"{name}-{size}-{theme}")
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()
    assert [url for url in asked if not url.startswith(address)] == []
