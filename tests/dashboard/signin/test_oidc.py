"""Signing in at a provider: what its settings must say, whom it may vouch for, and what nobody gets out of it."""

import logging
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.testclient import TestClient

from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.people import OWNER, People, person
from dashboard.signin import oidc
from dashboard.signin.admitting import Admitting
from dashboard.signin.door import Door
from dashboard.signin.oidc import Provider, ProviderPages, email
from errors import AccessError, SettingError
from tests.dashboard.signin.conftest import ADDRESS, GOOD, Clock, invited

SESSION = "menulens"
USERS = {
    "mia": {"email": "Mia@Example.com", "email_verified": True},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True},
    "claims-ada": {"email": "ada@example.com", "email_verified": False},
    "says-nothing": {},
}
SAYS = {"authorization_endpoint": "https://id.example/a", "token_endpoint": "https://id.example/t"} | {
    "jwks_uri": "https://id.example/k",
    "issuer": "https://id.example",
}


def provider(**other: str) -> Provider:
    given = {"issuer": "https://id.example", "client_id": "menulens", "client_secret": "hush"}
    return oidc.provider(**{**given, "verified": "email_verified", "address": "https://menulens.example", **other})


def says(monkeypatch: pytest.MonkeyPatch, status: int = 200, **said: object) -> None:
    monkeypatch.setattr(httpx2, "get", lambda *_, **__: httpx2.Response(status, json=SAYS | said))


# The provider that is made for tests stands on an older Authlib's ways.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")

# What its settings must say, when the dashboard starts


def test_what_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingError, match="MENULENS_OIDC_CLIENT_ID and MENULENS_OIDC_CLIENT_SECRET must be set"):
        provider(client_id="", client_secret="")


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("MENULENS_OIDC_ISSUER", {"issuer": "http://id.example"}),
        ("MENULENS_OIDC_ISSUER", {"issuer": "id.example"}),
        ("MENULENS_DASHBOARD_URL", {"address": "http://menulens.example"}),
        ("MENULENS_DASHBOARD_URL", {"address": "http://10.0.0.7:8501"}),
    ],
)
def test_without_https_nobody_signs_in_but_on_this_machine(setting: str, given: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=f"{setting} is .*needs an https address"):
        provider(**given)


@pytest.mark.parametrize("issuer", ["https://id.example", "https://id.example/.well-known/openid-configuration"])
def test_an_issuer_may_be_named_by_where_it_describes_itself(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    says(monkeypatch)
    found = provider(issuer=issuer)
    assert (found.issuer, found.host) == ("https://id.example", "id.example")
    assert "hush" not in repr(found)


def test_an_issuer_may_end_with_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    at: list[str] = []
    answer = httpx2.Response(200, json=SAYS | {"issuer": "https://id.example/"})
    monkeypatch.setattr(httpx2, "get", lambda url, **_: at.append(url) or answer)
    assert provider(issuer="https://id.example/").issuer == "https://id.example/"
    assert at == ["https://id.example/.well-known/openid-configuration"]


@pytest.mark.parametrize("issuer", ["https://id.example/{tenantid}/v2.0", "https://other.example", ""])
def test_a_provider_that_is_of_another_issuer_or_of_many_tenants_is_none(
    monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    says(monkeypatch, issuer=issuer)
    with pytest.raises(SettingError, match="of one tenant alone"):
        provider()


@pytest.mark.parametrize("said", [{"token_endpoint": None}, {"jwks_uri": "http://id.example/k"}])
def test_what_does_not_describe_a_provider_is_none(monkeypatch: pytest.MonkeyPatch, said: dict[str, object]) -> None:
    says(monkeypatch, **said)
    with pytest.raises(SettingError, match="isn't how a provider describes itself"):
        provider()


@pytest.mark.parametrize("status", [301, 404, 500])
def test_where_no_provider_is_the_answer_is_said(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    says(monkeypatch, status)
    with pytest.raises(SettingError, match=f"describes itself \\({status}\\)"):
        provider()


def test_a_provider_that_does_not_answer_just_now_keeps_nobody_out_who_is_in(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert provider(issuer="http://127.0.0.1:9").host == "127.0.0.1:9"
    assert "nobody can sign in until it does" in caplog.text


# Whom it may vouch for


@pytest.mark.parametrize("verified", [True, "true", "1"])
def test_an_address_that_is_vouched_for_is_the_person_s(verified: object) -> None:
    assert (
        email({"email": " mia@example.com ", "own": verified}, Provider("https://x", "", "", "own"))
        == "mia@example.com"
    )


@pytest.mark.parametrize(
    "claims", [{}, {"own": False}, {"own": "false"}, {"own": None}, {"own": "yes"}, {"other": True}]
)
def test_an_address_that_is_not_vouched_for_is_nobody_s(claims: dict[str, object]) -> None:
    with pytest.raises(AccessError, match=r"doesn't say that mia@example\.com is really yours"):
        email({"email": "mia@example.com"} | claims, Provider("https://id.example", "", "", "own"))


@pytest.mark.parametrize("address", ["mi\u212a@example.com", "ｍia@example.com"])
def test_signs_that_pass_for_letters_make_nobody_somebody_else(address: str) -> None:
    with pytest.raises(AccessError, match="signs that pass for others"):
        email({"email": address, "own": True}, Provider("https://id.example", "", "", "own"))


# Coming in


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [User(sub=name, claims=claims) for name, claims in USERS.items()]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def vouched(blobs: FolderBlobs, clock: Clock) -> Door:
    return Door(blobs, timedelta(hours=12), clock, vouched=True)


@pytest.fixture
def site(vouched: Door, issuer: str) -> Starlette:
    known_by = provider(issuer=issuer, address=ADDRESS)
    pages = ProviderPages(vouched, ADDRESS, lambda: "", known_by)
    return Starlette(routes=pages.routes(), middleware=[Middleware(SessionMiddleware, secret_key="key")])


@pytest.fixture
def browser(site: Starlette) -> TestClient:
    return TestClient(site, base_url=ADDRESS, follow_redirects=False)


def at_provider(way: str, who: str) -> str:
    """Where a provider sends somebody back to who signs in there; "" denies it."""
    said = {"sub": who} if who else {"action": "deny"}
    return httpx2.post(way, data=said, follow_redirects=False).headers["location"]


def back(browser: TestClient, who: str, to: str = "/") -> str:
    """The way back, once `who` went to the provider from here."""
    return at_provider(browser.get("/sign-in/start", params={"next": to}).headers["location"], who)


def test_who_is_vouched_for_and_known_comes_in_and_to_the_page_that_was_asked_for(
    browser: TestClient, vouched: Door, blobs: FolderBlobs, clock: Clock
) -> None:
    answer = browser.get(back(browser, "mia", "/menu?restaurant=bistro&days=7"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/menu?restaurant=bistro&days=7")
    assert vouched.person(answer.cookies[SESSION]) == "mia@example.com"
    [entry] = Audit(blobs, clock).read(clock.now.date(), clock.now.date())[:1]
    assert (entry.kind, entry.who) == ("sign_in", "mia@example.com")


def test_the_page_says_where_one_signs_in_and_keeps_the_way(browser: TestClient, issuer: str) -> None:
    page = browser.get("/sign-in?next=/menu%3Fdays%3D7").text
    assert f"Sign in at {issuer.removeprefix('http://')}" in page
    assert 'href="/sign-in/start?next=/menu%3Fdays%3D7"' in page
    assert 'type="password"' not in page


def test_the_provider_is_asked_for_an_address_alone_with_proof_that_we_asked(browser: TestClient) -> None:
    asked = parse_qs(urlsplit(browser.get("/sign-in/start").headers["location"]).query)
    assert asked["scope"] == ["openid email"]
    assert asked["redirect_uri"] == [f"{ADDRESS}/sign-in/return"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["prompt"] == ["select_account"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()


def test_who_is_unknown_here_is_told_whom_to_ask_and_nothing_else(
    browser: TestClient, blobs: FolderBlobs, clock: Clock
) -> None:
    answer = browser.get(back(browser, "eve"))
    assert answer.status_code == 403
    assert "You are eve@elsewhere.example, and no admin has added that address here. Ask one to add you." in answer.text
    assert SESSION not in answer.cookies
    assert not [name for name in ("ada", "bistro") if name in answer.text]
    [entry] = Audit(blobs, clock).read(clock.now.date(), clock.now.date())[:1]
    assert (entry.kind, entry.who) == ("sign_in_failed", "eve@elsewhere.example")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("claims-ada", "say that ada@example.com is really yours"),
        ("says-nothing", "say your e-mail address"),
        ("", "let nobody in"),
    ],
)
def test_who_is_not_vouched_for_stays_outside(browser: TestClient, who: str, said: str) -> None:
    answer = browser.get(back(browser, who, "/menu"))
    assert answer.status_code == 403
    assert said in answer.text
    assert SESSION not in answer.cookies


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_no_link_leads_elsewhere_by_way_of_signing_in(browser: TestClient, wanted: str) -> None:
    assert browser.get(back(browser, "mia", wanted)).headers["location"] == "/"


# What nobody gets out of it


def refused(answer: httpx2.Response) -> bool:
    return answer.status_code in (403, 502) and SESSION not in answer.cookies


def test_a_way_back_that_another_browser_began_lets_nobody_in(browser: TestClient, site: Starlette) -> None:
    planted = back(TestClient(site, base_url=ADDRESS, follow_redirects=False), "mia")
    assert refused(browser.get(planted))
    browser.get("/sign-in/start")
    assert refused(browser.get(planted))


def test_a_way_back_works_once(browser: TestClient) -> None:
    way = back(browser, "mia")
    assert browser.get(way).status_code == 303
    browser.cookies.delete(SESSION)
    assert refused(browser.get(way))


def test_a_code_that_is_forged_lets_nobody_in(browser: TestClient) -> None:
    way = urlsplit(back(browser, "mia"))
    state = parse_qs(way.query)["state"][0]
    assert refused(browser.get(f"/sign-in/return?code=forged&state={state}"))
    assert refused(browser.get("/sign-in/return"))


def test_a_problem_that_somebody_made_up_is_one_short_line_in_the_log(
    browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = {"error": "forged", "error_description": "no such user\nINFO Ada signed in " * 100}
    assert refused(browser.get("/sign-in/return", params=told))
    lines = [said.getMessage() for said in caplog.records if said.name == "menulens.dashboard"]
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert len(lines[0]) < 400


def test_no_token_and_no_claim_is_left_in_the_browser(browser: TestClient) -> None:
    browser.get(back(browser, "mia"))
    kept = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}
    assert set(kept) <= {SESSION, "menulens-device", "session"}
    for value in kept.values():
        said = b64decode(value.split(".")[0] + "==", altchars=b"-_")
        assert b"token" not in said
        assert b"example.com" not in said


def test_passwords_and_invitations_open_nothing_here(
    browser: TestClient, vouched: Door, blobs: FolderBlobs, clock: Clock
) -> None:
    link = invited(blobs, "mia@example.com", clock)
    by_password = Door(blobs, timedelta(hours=12), clock).accept(link, GOOD).session
    assert vouched.person(by_password) is None
    assert browser.post("/sign-in", data={"name": "mia@example.com", "password": GOOD}).status_code == 405
    assert browser.get(f"/invitation/{link}").status_code == 404


def test_a_session_ends_with_the_day_with_the_role_and_with_the_person(
    vouched: Door, blobs: FolderBlobs, clock: Clock
) -> None:
    people = People(blobs)
    cookie = vouched.admit("mia@example.com").session
    clock.passes(hours=11.9)
    assert vouched.person(cookie) == "mia@example.com"
    clock.passes(hours=0.2)
    assert vouched.person(cookie) is None

    cookie = vouched.admit("mia@example.com").session
    people.add(person("mia@example.com", "product"))
    assert vouched.person(cookie) is None

    cookie = vouched.admit("mia@example.com").session
    people.remove("mia@example.com")
    assert vouched.person(cookie) is None


def test_who_is_taken_off_and_added_again_must_sign_in_anew(vouched: Door, blobs: FolderBlobs, clock: Clock) -> None:
    cookie = vouched.admit("Mia@example.com").session
    people, admitting = People(blobs), Admitting(blobs, OWNER, ADDRESS, clock)
    mia = people.find("mia@example.com")
    admitting.take_off(mia)
    people.add(mia)
    assert vouched.person(cookie) is None
    again = [vouched.admit("mia@example.com").session for _ in range(2)]
    assert [vouched.person(each) for each in (cookie, *again)] == [None, mia.id, mia.id]
