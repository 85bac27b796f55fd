"""The collector's replies, as a guest's browser and a load balancer see them."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_stack.contract import MAX_BYTES
from ingest_stack.keeper import Keeper
from ingest_stack.tracker import script
from tests.ingest_stack.conftest import Server, body, in_lake, request

BIGGEST = 2**53


def padded(size: int) -> bytes:
    """A valid body of exactly so many bytes."""
    sent = body()
    return sent[:-1] + b" " * (size - len(sent)) + sent[-1:]


def event(**fields: object) -> dict[str, object]:
    return {"seq": 0, "type": "menu_view", "at": 1} | fields


@pytest.mark.parametrize(
    ("sent", "accepted"),
    [
        (body(), 1),
        (body(events=500), 500),
        (padded(MAX_BYTES), 1),
        (body(sent_at=BIGGEST), 1),
        (body(guest_id=None, v=1), 1),
        (body(restaurant_id="🍜" * 64), 1),
        (json.dumps(request(), indent=1).replace("\n", "\r\n").encode(), 1),
    ],
    ids=["one", "500 events", "256 KiB", "2^53", "null", "64 characters", "line breaks"],
)
def test_what_keeps_the_contract_is_accepted(running: Server, sent: bytes, accepted: int) -> None:
    reply = running.post(sent)
    assert (reply.status, reply.json) == (202, {"accepted": accepted})


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        (b"", "request"),
        (b"{", "request"),
        (b"[]", "request"),
        (body() + b"x", "request"),
        (b"\xff\xfe", "request"),
        (body(events=501), "events"),
        (body(events=0), "events"),
        (body(sent_at=BIGGEST + 1), "sent_at"),
        (body(sent_at=1.5), "sent_at"),
        (body(menu_version="1"), "menu_version"),
        (body(restaurant_id=""), "restaurant_id"),
        (body(visit_id="x" * 65), "visit_id"),
        (body(colour="red"), "colour"),
        (json.dumps({"events": []}).encode(), "events"),
        (json.dumps(request() | {"events": [event(), event(seq=-1)]}).encode(), "events[1].seq"),
        (json.dumps(request() | {"events": [event(type="cough")]}).encode(), "events[0].type"),
        (json.dumps(request() | {"events": [event(visible_rate=1.01)]}).encode(), "events[0].visible_rate"),
        (json.dumps(request() | {"events": [{"seq": 0, "at": 1}]}).encode(), "events[0].type"),
    ],
)
def test_a_refusal_says_where_and_why(running: Server, sent: bytes, where: str) -> None:
    reply = running.post(sent)
    assert reply.status == 400
    assert reply.json["error"].startswith(f"{where}: ")
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("Application/JSON; charset=utf-8", 202),
        ("text/plain", 202),
        ("text/plain;charset=UTF-8", 202),
        ("text/html", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_the_content_type_is_json_or_plain_text(running: Server, kind: str, status: int) -> None:
    assert running.post(body(), kind).status == status


def test_a_compressed_body_is_refused(running: Server) -> None:
    assert running.post(body(), content_encoding="gzip").status == 415


def test_a_body_of_more_than_256_kib_is_refused_with_or_without_its_length(running: Server) -> None:
    assert running.post(padded(MAX_BYTES + 1)).status == 413
    parts = [padded(MAX_BYTES + 1)[at : at + 65536] for at in range(0, MAX_BYTES + 1, 65536)]
    reply = running.post(iter(parts), transfer_encoding="chunked")
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (413, "*")
    assert running.post(iter([body()[:50], body()[50:]]), transfer_encoding="chunked").status == 202


def test_a_preflight_is_answered(running: Server) -> None:
    reply = running.ask("OPTIONS", "/v1/events", origin="https://menu.example", access_control_request_method="POST")
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert reply.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/v1/events", 405),
        ("HEAD", "/v1/events", 405),
        ("PUT", "/v1/events", 405),
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


def test_a_known_bot_is_marked_and_a_phone_is_not(server: Server) -> None:
    server.start()
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
    tested = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36"
    for visit, agent in (("phone", phone), ("bot", "Googlebot/2.1"), ("tested", tested), ("nothing", "")):
        assert server.post(body(visit), user_agent=agent).status == 202
    server.end()
    Keeper(server.home).convert()
    assert {row["request"]["visit_id"]: row["bot"] for row in in_lake(server.home)} == {
        "phone": False,
        "bot": True,
        "tested": False,
        "nothing": False,
    }


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


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
json_values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))
FIELDS = ["v", "guest_id", "sent_at", "menu_version", "restaurant_id", "locale", "viewport_width", "events"]
mutations = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=200) | mutations.map(lambda m: json.dumps(request() | m).encode()))
def test_junk_never_breaks_the_server(running: Server, junk: bytes) -> None:
    assert running.post(junk).status in (202, 400)
