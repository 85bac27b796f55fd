"""What the collector does beside the contract, which test_endpoints.py holds: the spool, its health, the menu site."""

import gzip
from pathlib import Path

import pytest

from ingest_stack.tracker import script
from tests.ingest_stack.conftest import Server, body


def test_a_body_without_a_content_type_is_refused(running: Server) -> None:
    assert running.post(body(), "").status == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", "/healthz", 405),
        ("DELETE", "/r/r1/", 405),
        ("GET", "/v2/events", 404),
        ("GET", "/r/nobody/", 404),
    ],
)
def test_other_methods_and_addresses_get_their_answers(running: Server, method: str, path: str, status: int) -> None:
    reply = running.ask(method, path)
    assert reply.status == status
    assert ("allow" in reply.headers) == (status == 405)


def test_the_spool_holds_the_bytes_as_they_came_and_nobodys_address(running: Server) -> None:
    sent = body("ünïcode-\u0000-🍜").replace(b": ", b" :\t")
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    assert running.post(sent, user_agent=agent).status == 202
    spooled = b"".join(path.read_bytes() for path in (running.home / "spool").iterdir())
    assert b'"bot":true,"request":' + sent + b"}\n" in spooled
    assert b"Googlebot" not in spooled
    assert b"127.0.0.1" not in spooled


@pytest.fixture(scope="module")
def site(running: Server) -> Path:
    page = running.home / "site" / "r" / "r1" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><script>go()</script><script src='/tracker.js'></script><p>Soup</p>")
    (running.home / "site" / "menu.css").write_text("p{}")
    (page.parent / "menu.json").write_text('{"restaurant": {}}')
    (page.parent / "photos").mkdir()
    (page.parent / "photos" / "0123456789abcdef-320.webp").write_bytes(b"RIFF")
    (running.home / "secret.txt").write_text("not for guests")
    return page


def test_a_menu_is_shown_with_a_policy_that_lets_its_own_scripts_run(running: Server, site: Path) -> None:
    reply = running.ask("GET", "/r/r1/")
    assert (reply.status, reply.body) == (200, site.read_bytes())
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = reply.headers["content-security-policy"]
    assert "'sha256-" in policy
    assert "script-src 'self'" in policy
    assert running.ask("HEAD", "/r/r1/").headers["content-length"] == str(len(reply.body))
    assert running.ask("GET", "/r/r1").headers["location"] == "/r/r1/"
    assert running.ask("GET", "/menu.css").headers["content-type"].startswith("text/css")
    tracker = running.ask("GET", "/tracker.js")
    assert tracker.headers["content-type"].startswith("text/javascript")
    assert tracker.body == script().encode()


@pytest.mark.parametrize("path", ["/r/r1/", "/r/r1/menu.json", "/menu.css", "/tracker.js"])
def test_text_is_sent_compressed_to_who_takes_it(running: Server, site: Path, path: str) -> None:
    plain, zipped = (running.ask("GET", path, accept_encoding=taken) for taken in ("gzip;q=0, br", "br, gzip"))
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.headers["content-length"] == str(len(zipped.body))
    assert (plain.headers["vary"], zipped.headers["vary"]) == ("accept-encoding", "accept-encoding")
    assert plain.headers["etag"] != zipped.headers["etag"]
    for reply, taken in ((plain, "br"), (zipped, "gzip")):
        again = running.ask("GET", path, accept_encoding=taken, if_none_match=reply.headers["etag"])
        assert (again.status, "content-encoding" in again.headers) == (304, False)


def test_a_page_that_the_browser_has_is_not_sent_again(running: Server, site: Path) -> None:
    etag = running.ask("GET", "/r/r1/").headers["etag"]
    assert running.ask("GET", "/r/r1/", if_none_match=etag).status == 304
    site.write_text("<p>Another soup</p>")
    assert running.ask("GET", "/r/r1/", if_none_match=etag).status == 200


def test_only_what_is_named_by_its_content_is_kept_unasked(running: Server, site: Path) -> None:
    photo = running.ask("GET", "/r/r1/photos/0123456789abcdef-320.webp", accept_encoding="gzip").headers
    assert photo["content-type"] == "image/webp"
    assert photo["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in photo
    for path in ("/r/r1/", "/r/r1/menu.json", "/menu.css", "/tracker.js"):
        assert running.ask("GET", path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/r/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/r/r1/index.html/",
        "/%00",
        f"/r/{'a' * 300}/",
    ],
)
def test_nothing_outside_the_site_is_shown(running: Server, site: Path, path: str) -> None:
    assert running.ask("GET", path).status == 404
