"""Whether the whole way works in a real account: events are sent as a page sends them, and waited for in Athena.

The test's events are a preview's, of a restaurant that nobody has: no rollup counts them.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from errors import CloudError
from ingest_stack.aws.cloud import in_words
from ingest_stack.aws.deploy import Say

RESTAURANT = "menulens-smoke-test"
PAUSE_SECONDS = 15.0
PATIENCE_SECONDS = 300
"""How long Athena may take beyond the time that Firehose gathers."""

Ask = Callable[[str, Sequence[object]], Sequence[Sequence[Any]]]
"""SQL with `?`, and its values → rows."""
_FOUND = (
    'SELECT "$path" AS path, count(*) AS rows, count(CASE WHEN request.visit_id = ? THEN 1 END) AS ours,'
    " count(CASE WHEN request.restaurant_id = ? THEN 1 END) AS tests, min(received_at) AS received_at"
    " FROM requests WHERE dt BETWEEN CAST(? AS date) AND CAST(? AS date)"
    ' GROUP BY "$path" HAVING count(CASE WHEN request.visit_id = ? THEN 1 END) > 0'
)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    seconds: float


Post = Callable[[str, bytes, str], Reply]


def post(url: str, body: bytes, content_type: str) -> Reply:
    """Send a body as a page would. Raises CloudError if nobody answers."""
    asked = urllib.request.Request(url, body, {"Content-Type": content_type, "User-Agent": "Mozilla/5.0 menulens"})  # noqa: S310
    began = time.perf_counter()
    try:
        try:
            answer = urllib.request.urlopen(asked, timeout=30)  # noqa: S310
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            answer.read()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, headers, time.perf_counter() - began)
    except OSError as problem:
        hint = "A new distribution takes some minutes to be known everywhere: try again."
        raise CloudError(f"{url} doesn't answer: {problem}.", hint) from problem


def request(visit_id: str, now: float) -> dict[str, Any]:
    """A request of one event that keeps the contract and is never counted."""
    at = int(now * 1000)
    event = {"seq": 0, "type": "menu_view", "at": at}
    envelope = {
        "restaurant_id": RESTAURANT,
        "menu_version": 1,
        "visit_id": visit_id,
        "variant": "preview",
        "sent_at": at,
    }
    return envelope | {"events": [event]}


def smoke(
    url: str,
    ask: Ask,
    s3: Any,
    buffer_seconds: int,
    say: Say,
    *,
    post: Post = post,
    clock: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Send, look for it in Athena, say how long each hop took, clean up. Raises CloudError at the first hop that fails.

    `s3` is a client in the lake's region; `buffer_seconds` how long Firehose gathers.
    """
    visit, began = token_hex(8), clock()
    body = json.dumps(request(visit, began)).encode()
    for content_type, sent, expected in (
        ("application/json", body, 202),
        ("text/plain;charset=UTF-8", body, 202),
        ("application/json", b'{"restaurant_id": 1}', 400),
        ("text/plain;charset=UTF-8", b'{"restaurant_id": 1}', 400),
        ("text/csv", body, 415),
    ):
        reply = post(url, sent, content_type)
        what = f"{content_type.partition(';')[0]}, {'as' if sent is body else 'against'} the contract"
        if reply.status != expected:
            raise CloudError(f"{url} answered {reply.status} to {what}; {expected} is expected.")
        if "access-control-allow-origin" not in reply.headers:
            raise CloudError(f"{url} answered {reply.status} to {what} without a header that lets a page read it.")
        say(f"{what}: {reply.status} in {reply.seconds * 1000:.0f} ms")
    say(f"Firehose gathers for {buffer_seconds} s; looking in Athena every {PAUSE_SECONDS:.0f} s.")
    paths = _wait(visit, began, ask, buffer_seconds, say, clock, pause)
    _clean_up(paths, s3, say)


def _wait(
    visit: str,
    began: float,
    ask: Ask,
    buffer_seconds: int,
    say: Say,
    clock: Callable[[], float],
    pause: Callable[[float], None],
) -> dict[str, bool]:
    """Files that hold the test's requests → whether they hold nothing else."""
    day = datetime.fromtimestamp(began, UTC).date()
    values = [visit, RESTAURANT, day - timedelta(days=1), day + timedelta(days=1), visit]
    while True:
        asked = clock()
        rows = ask(_FOUND, values)
        if sum(ours for _, _, ours, _, _ in rows) >= 2:
            there = clock()
            say(f"In Athena {there - began:.0f} s after it was sent; the answer itself took {there - asked:.1f} s.")
            return {path: count == tests for path, count, _, tests, _ in rows}
        if asked - began > buffer_seconds + PATIENCE_SECONDS:
            raise CloudError(
                f"What was sent isn't in Athena after {asked - began:.0f} s.",
                "Look under errors/ in the lake's bucket, and at the alarms: `menulens aws status`.",
            )
        pause(PAUSE_SECONDS)


def _clean_up(paths: dict[str, bool], s3: Any, say: Say) -> None:
    for path, tests_alone in paths.items():
        at = urlsplit(path)
        if tests_alone:
            with in_words(f"remove {path}", s3.meta.region_name):
                s3.delete_object(Bucket=at.netloc, Key=at.path.lstrip("/"))
            say(f"Removed {path}.")
        else:
            say(f"{path} holds guests' requests too and stays; the test's are a preview's and never counted.")
