"""The contract of `/v1/events`, held against both who take it: the laptop's collector, and AWS on the emulator.

The emulator's is the template's own: CloudFront, then API Gateway, then Firehose, as a guest's phone reaches them.
Where AWS says less, or takes more, docs/contract.md says so, and an `Endpoint` has a name for it.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import ContractError
from ingest_stack import contract
from ingest_stack.contract import MAX_BYTES
from ingest_stack.documents import openapi
from ingest_stack.keeper import Keeper
from tests.aws import emulator
from tests.aws.emulator import Emulator
from tests.ingest_stack.conftest import Reply, Server, body, in_lake, request

BIGGEST = 2**53
PATIENCE_SECONDS = 20
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
TESTED = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass(frozen=True)
class Endpoint:
    """Who takes events. `explains`: says how many it took, and what of a request is wrong."""

    ask: Callable[..., Reply]
    rows: Callable[[], list[dict[str, Any]]]
    explains: bool
    largest: int
    compressed: int

    def post(self, body: Any, content_type: str = "application/json", **headers: str) -> Reply:
        return self.ask("POST", "/v1/events", body, content_type=content_type, **headers)

    def kept(self, visit_id: str, count: int = 1) -> list[dict[str, Any]]:
        """The rows of a visit in the lake, once there are so many."""
        began = time.monotonic()
        while len(found := [row for row in self.rows() if row["request"]["visit_id"] == visit_id]) < count:
            assert time.monotonic() - began < PATIENCE_SECONDS, f"{len(found)} of {count} are there"
            time.sleep(0.1)
        return found


@contextmanager
def collector(home: Path) -> Iterator[Endpoint]:
    server = Server(home).start()

    def rows() -> list[dict[str, Any]]:
        Keeper(home).convert()
        return in_lake(home) if (home / "lake" / "requests").exists() else []

    yield Endpoint(server.ask, rows, explains=True, largest=MAX_BYTES, compressed=415)
    server.end()


@contextmanager
def gateway(aws: Emulator, home: Path) -> Iterator[Endpoint]:
    outputs = aws.deploy("menulens")
    copied = home / "copied"

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Reply:
        return aws.ask(outputs["DistributionDomain"], method, path, body, **headers)

    def rows() -> list[dict[str, Any]]:
        found = aws.download(outputs["LakeBucket"], "requests/", copied)
        if not found:
            return []
        read = duckdb.read_parquet([str(path) for path in found])
        return [dict(zip(read.columns, row, strict=True)) for row in read.fetchall()]

    # A record is what Firehose takes, and holds what goes around the body.
    yield Endpoint(ask, rows, explains=False, largest=1000 * 1024 - 64, compressed=400)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator.running(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture(scope="module", params=["collector", pytest.param("gateway", marks=pytest.mark.emulator)])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    home = tmp_path_factory.mktemp("home")
    known = request.param == "gateway"
    with gateway(request.getfixturevalue("aws"), home) if known else collector(home) as endpoint:
        yield endpoint


def expect(reply: Reply, status: int) -> None:
    """As the contract documents that status: its headers, and a sentence where it refuses."""
    assert (reply.status, reply.headers.get("access-control-allow-origin")) == (status, "*")
    for name, header in openapi()["paths"]["/v1/events"]["post"]["responses"][str(status)]["headers"].items():
        assert reply.headers[name.lower()] == header["schema"].get("const", reply.headers[name.lower()])
    if status >= 400:
        assert reply.json["error"]


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
def test_what_keeps_the_contract_is_accepted(endpoint: Endpoint, sent: bytes, accepted: int) -> None:
    reply = endpoint.post(sent)
    expect(reply, 202)
    assert reply.json == ({"accepted": accepted} if endpoint.explains else {})


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
def test_what_breaks_the_contract_is_refused(endpoint: Endpoint, sent: bytes, where: str) -> None:
    for kind in ("application/json", "text/plain"):
        reply = endpoint.post(sent, kind)
        expect(reply, 400)
        assert reply.json["error"].startswith(f"{where}: ") or not endpoint.explains


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("Application/JSON; charset=utf-8", 202),
        ("text/plain", 202),
        ("text/plain;charset=UTF-8", 202),
        ("text/html", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_the_content_type_is_json_or_plain_text(endpoint: Endpoint, kind: str, status: int) -> None:
    expect(endpoint.post(body(), kind), status)


def test_a_compressed_body_is_refused(endpoint: Endpoint) -> None:
    expect(endpoint.post(gzip.compress(body()), content_encoding="gzip"), endpoint.compressed)


def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(endpoint: Endpoint) -> None:
    expect(endpoint.post(padded(endpoint.largest)), 202)
    large = padded(endpoint.largest + 65)
    expect(endpoint.post(large), 413)
    parts = (large[at : at + 65536] for at in range(0, len(large), 65536))
    expect(endpoint.post(parts, transfer_encoding="chunked"), 413)
    expect(endpoint.post(iter([body()[:50], body()[50:]]), transfer_encoding="chunked"), 202)


def test_a_preflight_is_answered(endpoint: Endpoint) -> None:
    reply = endpoint.ask("OPTIONS", "/v1/events", origin="https://menu.example", access_control_request_method="POST")
    assert reply.status == 204
    said = {name.removeprefix("access-control-"): value for name, value in reply.headers.items() if "control" in name}
    assert said == {
        "allow-origin": "*",
        "allow-methods": "POST, OPTIONS",
        "allow-headers": "content-type",
        "max-age": "86400",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_events_are_only_sent_with_post(endpoint: Endpoint, method: str) -> None:
    reply = endpoint.ask(method, "/v1/events")
    assert (reply.status, reply.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("visit", "restaurant"),
    [
        ("unicode", "Café „Zur Post“ 麵 👨‍👩‍👧"),
        ("right-to-left", "مطعم الدالية"),
        ("quotes", 'O\'Brien "&" Söhne \\ ; --'),
        ("zero", "a\u0000b"),
        ("template", "$context.stage ${input.body} #end #set($x = 1) ##"),
        ("newlines", "a\r\nb\tc\u2028d"),
    ],
)
def test_what_is_accepted_is_kept_as_it_was_sent(endpoint: Endpoint, visit: str, restaurant: str) -> None:
    sent = request(visit, events=3, restaurant_id=restaurant, guest_id="g", v=1, viewport_width=BIGGEST)
    began = time.time_ns() // 1_000_000
    expect(endpoint.post(json.dumps(sent, ensure_ascii=False).encode(), user_agent=PHONE), 202)
    (row,) = endpoint.kept(visit)
    kept = {name: value for name, value in row["request"].items() if value is not None}
    kept["events"] = [{name: value for name, value in each.items() if value is not None} for each in kept["events"]]
    assert kept == sent
    assert began <= row["received_at"] <= time.time_ns() // 1_000_000


def test_every_copy_is_kept_for_the_ledger_to_count(endpoint: Endpoint) -> None:
    for _ in range(3):
        expect(endpoint.post(body("again")), 202)
    assert len(endpoint.kept("again", 3)) == 3


def test_a_known_bot_is_marked_and_a_phone_is_not(endpoint: Endpoint) -> None:
    agents = {"phone": (PHONE, False), "google": (GOOGLE, True), "tested": (TESTED, False), "nothing": ("", False)}
    for visit, (agent, _) in agents.items():
        expect(endpoint.post(body(visit), user_agent=agent), 202)
    assert {visit: endpoint.kept(visit)[0]["bot"] for visit in agents} == {
        visit: marked for visit, (_, marked) in agents.items()
    }
    assert not [row for row in endpoint.rows() if "Googlebot" in str(row) or "127.0.0.1" in str(row)]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
json_values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))
FIELDS = ["v", "guest_id", "sent_at", "menu_version", "restaurant_id", "locale", "viewport_width", "events"]
mutations = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=200) | mutations.map(lambda m: json.dumps(request() | m).encode()))
def test_junk_is_judged_by_the_contract(endpoint: Endpoint, junk: bytes) -> None:
    try:
        contract.read_request(junk)
        status = 202
    except ContractError:
        status = 400
    expect(endpoint.post(junk), status)


@pytest.mark.emulator
def test_aws_tells_when_to_come_again_if_too_much_comes_or_nothing_can_be_kept(aws: Emulator) -> None:
    domain = aws.deploy("tight", RequestBurst="3", RequestsPerSecond="1")["DistributionDomain"]

    def post() -> Reply:
        return aws.ask(domain, "POST", "/v1/events", body(), content_type="application/json")

    replies = [post() for _ in range(8)]
    expect(replies[0], 202)
    expect(replies[-1], 429)
    aws.client("firehose").delete_delivery_stream(DeliveryStreamName="tight-requests")
    time.sleep(1.1)  # the throttle's second
    expect(post(), 503)
