"""What the dashboard's server gives to strangers, and to those who are in, of what isn't theirs: over its own doors."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import settle
from tests.security.conftest import OWN, PAGES, RIVAL, Served

expect.set_options(timeout=30_000)
MEGABYTE = 1024 * 1024


def asked(
    served: Served, path: str, cookie: str = "", method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    """Status and body of an answer; the path goes out as it stands."""
    line = http.client.HTTPConnection(urlsplit(served.address).netloc, timeout=30)
    given = {name.replace("_", "-"): value for name, value in headers.items()} | {"Cookie": cookie}
    line.request(method, path, body, given)
    answer = line.getresponse()
    return answer.status, answer.read()


def listening(served: Served, cookie: str, *also: str, origin: str = "") -> ClientConnection:
    """A page's socket, as its script opens it; `also`: what a page says of a session that it had."""
    return connect(
        f"{served.address.replace('http', 'ws')}/_stcore/stream",
        origin=origin or served.address,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie},
        subprotocols=["streamlit", *also],  # type: ignore[list-item]
        max_size=None,
    )


def run(socket: ClientConnection, query: str = "", until: bytes = b"") -> list[bytes]:
    """What comes of running the script, once what `until` says was among it."""
    said = BackMsg()
    said.rerun_script.query_string = query
    socket.send(said.SerializeToString())
    heard = []
    while True:
        heard.append(message := socket.recv(timeout=60, decode=False))
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished" and until in b"".join(heard):
            return heard


def session_of(heard: list[bytes]) -> str:
    begun = next(one for one in map(ForwardMsg.FromString, heard) if one.WhichOneof("type") == "new_session")
    return str(begun.new_session.initialize.session_id)


@pytest.fixture(scope="module")
def ann(served: Served) -> str:
    return f"menulens={served.cookie('edits')}"


@pytest.fixture(scope="module")
def bob(served: Served) -> str:
    return f"menulens={served.cookie('rival')}"


# Files of the server


@pytest.mark.parametrize(
    "path",
    [
        "/app/static/../settings.py",
        "/app/static/..%2fsettings.py",
        "/app/static/%2e%2e/settings.py",
        "/app/static/....//settings.py",
        "/app/static//etc/passwd",
        "/static/../../../../settings.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/settings.py",
        "/.streamlit/config.toml",
        "/media/../people.json",
        "/people.json",
    ],
)
def test_no_file_is_given_out_that_was_not_meant_to_be(served: Served, ann: str, path: str) -> None:
    for cookie in ("", ann):
        _, body = asked(served, path, cookie)
        assert not [secret for secret in (b"import", b"[server]", b"root:", b"alder.example") if secret in body]


def test_pages_of_no_other_site_may_steer_ours(served: Served, ann: str) -> None:
    status, body = asked(served, "/_stcore/host-config", ann)
    said = json.loads(body)
    assert (status, said["allowedOrigins"], said["useExternalAuthToken"]) == (200, [], False)


# Uploads


def test_an_upload_needs_somebody_signed_in_with_a_session_and_the_page_s_own_word(served: Served, ann: str) -> None:
    there = "/_stcore/upload_file/00000000-0000-0000-0000-000000000000/file"
    assert asked(served, there, method="PUT")[0] == 401
    assert asked(served, there, ann, "PUT")[0] == 403
    line = http.client.HTTPConnection(urlsplit(served.address).netloc, timeout=30)
    line.request("GET", "/_stcore/health", headers={"Cookie": ann})
    answer = line.getresponse()
    xsrf = answer.headers["set-cookie"].split(";")[0]
    word = xsrf.partition("=")[2]
    assert asked(served, there, f"{ann}; {xsrf}", "PUT", X_Xsrftoken=word)[0] == 400
    with listening(served, ann) as socket:
        there = f"/_stcore/upload_file/{session_of(run(socket))}/file"
        assert (
            asked(served, there, f"{ann}; {xsrf}", "PUT", X_Xsrftoken=word, Content_Length=str(21 * MEGABYTE))[0] == 413
        )
        assert asked(served, there, f"{ann}; {xsrf}", "PUT", X_Xsrftoken="forged")[0] == 403


# Sockets


def test_a_socket_is_opened_for_no_page_of_another_site(served: Served, ann: str) -> None:
    with pytest.raises(InvalidStatus):
        listening(served, ann, origin="https://evil.example")
    with pytest.raises(InvalidStatus):
        listening(served, "menulens=forged")


@pytest.mark.parametrize(("message", "code"), [(b"x" * (26 * MEGABYTE), 1009), (b"\xff" * 40, 1002)])
def test_a_message_that_is_too_large_or_none_ends_the_socket_without_a_word_of_why(
    served: Served, ann: str, message: bytes, code: int
) -> None:
    with listening(served, ann) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (code, "")


def test_who_takes_up_the_session_of_another_gets_the_own_pages(served: Served, ann: str, bob: str) -> None:
    with listening(served, ann) as socket:
        left = session_of(run(socket, f"restaurant={OWN}", b"Alder House"))
    with listening(served, bob, "none", left) as socket:
        assert b"Alder House" not in b"".join(run(socket, f"restaurant={OWN}", b"Birch House"))


# In a browser


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def as_person(page: Page, served: Served, cookie: str) -> None:
    page.context.add_cookies([{"name": "menulens", "value": cookie.partition("=")[2], "url": served.address}])


@pytest.mark.browser
def test_a_file_that_was_handed_out_is_for_nobody_else(page: Page, served: Served, ann: str, bob: str) -> None:
    as_person(page, served, ann)
    page.goto(served.address)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    path = urlsplit(download.value.url).path
    assert path.startswith("/media/")
    assert asked(served, path, ann)[0] == 200
    assert asked(served, path, bob)[0] == 404
    assert asked(served, path)[0] == 401


@pytest.mark.browser
def test_no_page_wants_what_the_policy_forbids(page: Page, served: Served) -> None:
    as_person(page, served, f"menulens={served.cookie('admin')}")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    for name in PAGES:
        page.goto(f"{served.address}/{'' if name == 'overview' else name}?restaurant={RIVAL}")
        settle(page)
    page.goto(f"{served.address}/menu_editor?restaurant={OWN}")
    guests = page.frame_locator("iframe")
    expect(guests.get_by_text("Alder Soup").first).to_be_visible()
    guests.get_by_text("Alder Soup").first.click()  # what the preview's own scripts answer to
    expect(page.get_by_role("textbox", name="Name").first).to_have_value("Alder Soup")
    assert refused == []
