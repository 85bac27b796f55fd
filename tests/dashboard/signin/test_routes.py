"""The sign-in pages against those who would use somebody else's browser, or lead it astray."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.blobs import FolderBlobs
from dashboard.people import People
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door
from dashboard.signin.routes import MOST_BYTES, SIGN_IN, SIGN_OUT, Pages, is_ours, own_path, to_sign_in
from errors import MenulensError, StorageError
from tests.dashboard.signin.conftest import ADDRESS, GOOD, Clock, invited

MIA = "mia@example.com"


def browser(door: Door, address: str = ADDRESS) -> TestClient:
    pages = Pages(door, address, lambda: "--ml-page: #fff;")
    app = Starlette(routes=pages.routes(), exception_handlers={MenulensError: pages.failed})
    return TestClient(app, address, follow_redirects=False)


@pytest.fixture
def client(door: Door, mia: str) -> Iterator[TestClient]:
    """A browser that holds no cookie yet; Mia has a password."""
    with browser(door) as client:
        yield client


def seal(client: TestClient, path: str = SIGN_IN) -> str:
    found = re.search('name="seal" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def sign_in(client: TestClient, to: str = "/", **headers: str):
    form = {"name": MIA, "password": GOOD, "next": to, "seal": seal(client)}
    return client.post(SIGN_IN, data=form, headers={"origin": ADDRESS} | headers)


def test_name_and_password_lead_in_and_set_a_cookie_that_no_script_reads(client: TestClient, door: Door) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert door.person(client.cookies["menulens"]) == MIA
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie


def test_behind_tls_cookies_are_bound_to_https_and_to_this_very_host(door: Door, mia: str) -> None:
    with browser(door, "https://menulens.example.com") as client:
        answer = sign_in(client, origin="https://menulens.example.com")
        for cookie in answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-menulens")
            assert "Secure" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie


def test_whoever_is_in_needs_no_form(client: TestClient) -> None:
    sign_in(client)
    answer = client.get(f"{SIGN_IN}?next=/menu%3Fdays%3D7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/menu?days=7")


@pytest.mark.parametrize("name", [MIA, "nobody@example.com"])
def test_a_wrong_password_and_a_wrong_name_get_the_same_page(client: TestClient, name: str) -> None:
    answer = client.post(SIGN_IN, data={"name": name, "password": "guess", "seal": seal(client)})
    assert answer.status_code == 403
    assert "don&#39;t belong together" in answer.text
    assert "menulens" not in client.cookies
    assert "guess" not in answer.text


def test_too_many_tries_are_told_how_long_to_wait(client: TestClient) -> None:
    for _ in range(6):
        answer = client.post(SIGN_IN, data={"name": "x", "password": "guess", "seal": seal(client)})
    assert answer.status_code == 429
    assert "Wait 30 seconds" in answer.text


# ── session fixation ──


def test_a_planted_cookie_is_not_the_session_that_begins(client: TestClient, door: Door, mia: str) -> None:
    planted = door.enter(MIA, GOOD).session  # the attacker's own, known to the attacker
    client.cookies.set("menulens", planted + "x", domain="127.0.0.1", path="/")
    sign_in(client)
    assert client.cookies["menulens"] not in (planted, planted + "x")
    assert door.person(client.cookies["menulens"]) == MIA


def test_signing_in_ends_the_session_that_the_browser_had(client: TestClient, door: Door) -> None:
    form = seal(client)
    sign_in(client)
    before = client.cookies["menulens"]
    client.post(SIGN_IN, data={"name": MIA, "password": GOOD, "seal": form})
    assert door.person(client.cookies["menulens"]) == MIA
    assert door.person(before) is None


# ── forms that other sites send ──


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{ADDRESS}.evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_signs_nobody_in_or_out(client: TestClient, door: Door, headers: dict[str, str]) -> None:
    form = {"name": MIA, "password": GOOD, "seal": seal(client)}
    assert client.post(SIGN_IN, data=form, headers=headers).status_code == 403
    assert "menulens" not in client.cookies
    sign_in(client)
    out = {"seal": door.seal(client.cookies["menulens"])}
    assert client.post(SIGN_OUT, data=out, headers=headers).status_code == 403
    assert door.person(client.cookies["menulens"]) == MIA


@pytest.mark.parametrize("made_up", ["", "x", "é"])
def test_a_form_without_our_seal_signs_nobody_in_or_out(client: TestClient, door: Door, made_up: str) -> None:
    seal(client)
    form = {"name": MIA, "password": GOOD, "seal": made_up}
    assert client.post(SIGN_IN, data=form, headers={"origin": ADDRESS}).status_code == 403
    sign_in(client)
    assert client.post(SIGN_OUT, data={"seal": made_up}, headers={"origin": ADDRESS}).status_code == 403
    assert door.person(client.cookies["menulens"]) == MIA


def test_a_seal_made_for_another_browser_is_worth_nothing_in_this_one(client: TestClient, door: Door) -> None:
    with browser(door) as attacker:
        theirs = seal(attacker)
    seal(client)
    form = {"name": MIA, "password": GOOD, "seal": theirs}
    assert client.post(SIGN_IN, data=form, headers={"origin": ADDRESS}).status_code == 403
    with browser(door) as fresh:  # no cookie at all
        assert fresh.post(SIGN_IN, data=form, headers={"origin": ADDRESS}).status_code == 403


def test_signing_out_is_no_link(client: TestClient, door: Door) -> None:
    sign_in(client)
    assert client.get(SIGN_OUT).status_code == 405
    assert door.person(client.cookies["menulens"]) == MIA


def test_the_form_on_the_page_signs_out_on_the_server(client: TestClient, door: Door) -> None:
    sign_in(client)
    cookie = client.cookies["menulens"]
    answer = client.post(SIGN_OUT, data={"seal": door.seal(cookie)}, headers={"origin": ADDRESS})
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    assert "menulens" not in client.cookies
    assert door.person(cookie) is None


# ── where signing in leads ──


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "evil.example",
        "/％2F",
        "//[evil",
        "/sign-out",
        "/sign-in?next=/sign-in",
        "/invitation/x",
    ],
)
def test_signing_in_leads_nowhere_else(client: TestClient, elsewhere: str) -> None:
    assert sign_in(client, elsewhere).headers["location"] == "/"


@settings(max_examples=500, deadline=None)
@given(st.text() | st.text("/\\.:@?#%\t\n evil").map("/".__add__))
def test_where_signing_in_leads_is_always_a_path_of_ours(wanted: str) -> None:
    path = own_path(wanted)
    parts = urlsplit(f"http://ours{path}")
    assert parts.netloc == "ours"
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.sampled_from(["/", "/menu", "/menu_editor", "/a b", "/à"]),
    st.dictionaries(st.sampled_from(["restaurant", "days", "item"]), st.text(min_size=1), max_size=3),
)
def test_a_deep_link_comes_back_whole(path: str, filters: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in filters.items())
    way = urlsplit(to_sign_in(path, query))
    wanted = own_path(parse_qs(way.query).get("next", ["/"])[0])
    assert way.path == SIGN_IN
    assert urlsplit(wanted).path == quote(path)
    assert {name: values[0] for name, values in parse_qs(urlsplit(wanted).query).items()} == filters


# ── invitations ──


def test_a_link_leads_to_a_form_that_sets_the_password_and_leads_in(
    client: TestClient, door: Door, blobs: FolderBlobs, clock: Clock
) -> None:
    link = f"/invitation/{invited(blobs, 'pat@example.com', clock)}"
    form = {"password": GOOD, "again": GOOD, "seal": seal(client, link)}
    assert client.get(link).status_code == 200  # looking at it (a mail program does) uses nothing up
    answer = client.post(link, data=form, headers={"origin": ADDRESS})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert door.person(client.cookies["menulens"]) == "pat@example.com"
    assert client.get(link).status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        (GOOD, GOOD + "!", "aren&#39;t the same"),
        ("", "", "at least 12 characters"),
        ("password1234", "password1234", "very common password"),
    ],
)
def test_a_password_that_cannot_be_is_said_at_the_form(
    client: TestClient, blobs: FolderBlobs, clock: Clock, password: str, again: str, why: str
) -> None:
    link = f"/invitation/{invited(blobs, 'pat@example.com', clock)}"
    form = {"password": password, "again": again, "seal": seal(client, link)}
    answer = client.post(link, data=form)
    assert answer.status_code == 422
    assert why in answer.text
    assert client.get(link).status_code == 200


def test_another_site_cannot_use_a_link(client: TestClient, blobs: FolderBlobs, clock: Clock) -> None:
    link = f"/invitation/{invited(blobs, 'pat@example.com', clock)}"
    form = {"password": GOOD, "again": GOOD, "seal": seal(client, link)}
    assert client.post(link, data=form, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get(link).status_code == 200


# ── what pages show, and what they can't be made to do ──


def test_what_was_typed_is_shown_as_text(client: TestClient) -> None:
    typed = '"><script>alert(1)</script>'
    answer = client.post(SIGN_IN, data={"name": typed, "password": "x", "next": typed, "seal": seal(client)})
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/invitation/x/y", "/invitation/", "/sign-in/x", "/media/invitation/x"])
def test_what_is_below_our_pages_is_no_page_of_ours(path: str) -> None:
    assert is_ours("/invitation/x")
    assert not is_ours(path)


def test_pages_are_kept_by_no_cache(client: TestClient) -> None:
    for path in (SIGN_IN, "/invitation/x"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_a_form_that_is_too_large_is_none(client: TestClient) -> None:
    form = {"name": MIA, "password": "x" * MOST_BYTES, "seal": seal(client)}
    assert client.post(SIGN_IN, data=form).status_code == 403


def test_an_empty_home_says_what_to_do(tmp_path, door: Door, blobs: FolderBlobs) -> None:
    blobs.put("people.json", b"[]")
    with browser(door) as client:
        assert "menulens people add" in client.get(SIGN_IN).text
    assert People(blobs).read().people == ()


def test_a_home_that_cannot_be_read_is_told_in_words_and_the_reason_to_the_log_alone(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise StorageError("/home/accounts can't be read: Permission denied.")

    monkeypatch.setattr("dashboard.signin.door.Accounts.of", broken)
    answer = client.post(SIGN_IN, data={"name": MIA, "password": GOOD, "seal": seal(client)})
    assert answer.status_code == 503
    assert "Try again in a minute" in answer.text
    assert "/home" not in answer.text
    assert "Permission denied" in caplog.text
    assert Cookies(ADDRESS).session == "menulens"
