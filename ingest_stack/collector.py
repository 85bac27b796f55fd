"""The HTTP endpoint of the laptop: takes events by the contract, keeps them in the spool, shows the menu site.

A 202 is sent only once the request is on disk. No IP address and no user agent is stored or logged.
"""

import asyncio
import json
import signal
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from crawleruseragents import is_crawler
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]
from granian.server.embed import Server

from errors import BusyError, ContractError, StorageError
from ingest_stack import menu_site
from ingest_stack.contract import MAX_BYTES, read_request
from ingest_stack.ports import ADDRESS, expect_free
from ingest_stack.spool import Spool, closed_segments, opened_at

EVENTS_PATH = "/v1/events"
MEDIA_TYPES = ("application/json", "text/plain")
RETRY_SECONDS = 5
DRAIN_SECONDS = 5.0
# The server's own thread has an answer in hand for a moment after it was given.
FLUSH_SECONDS = 0.1
LINGER_SECONDS = 1.0
USER_AGENT_LENGTH = 512

Headers = list[tuple[str, str]]

_CORS: Headers = [("access-control-allow-origin", "*")]
_ACCEPTED: Headers = [("content-type", "application/json"), *_CORS]
_JSON: Headers = [*_ACCEPTED, ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
_RETRY: Headers = [*_JSON, ("retry-after", str(RETRY_SECONDS)), ("access-control-expose-headers", "retry-after")]
_PREFLIGHT: Headers = [
    *_CORS,
    ("access-control-allow-methods", "POST, OPTIONS"),
    ("access-control-allow-headers", "content-type"),
    ("access-control-max-age", "86400"),
]


class Collector:
    """The RSGI application. `spool` takes requests, `site` is the folder of published menus.

    Ready while the spool can be written and its oldest segment is younger than `behind_seconds`.
    """

    def __init__(self, spool: Spool, site: Path, behind_seconds: float) -> None:
        self._spool = spool
        self._site = site
        self._behind_seconds = behind_seconds
        self._answering = 0
        self._closing = False

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            if scope.path == EVENTS_PATH:
                await self._events(scope, protocol)
            elif scope.method not in ("GET", "HEAD"):
                _refuse(protocol, 405, "This address only answers GET and HEAD.", ("allow", "GET, HEAD"))
            elif scope.path == "/healthz":
                _answer(protocol, 200, {"status": "alive"})
            elif scope.path == "/readyz":
                problems = self._problems()
                _answer(protocol, 503 if problems else 200, {"ready": not problems, "problems": problems})
            else:
                self._page(scope, protocol)
        except (ProtocolClosed, ProtocolError):
            # The client went away in the middle; there is nobody to answer.
            pass

    async def drain(self) -> None:
        """Refuse what comes from now on; return when all that was taken is answered, or after DRAIN_SECONDS."""
        self._closing = True
        patience = time.monotonic() + DRAIN_SECONDS
        while self._answering and time.monotonic() < patience:
            await asyncio.sleep(0.01)
        await asyncio.sleep(FLUSH_SECONDS)

    async def _events(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.method != "POST":
            if scope.method == "OPTIONS":
                return protocol.response_empty(204, _PREFLIGHT)
            return _refuse(protocol, 405, "Events are sent with POST.", ("allow", "POST, OPTIONS"))
        headers = scope.headers
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            return _refuse(protocol, 415, f"content-type: must be {' or '.join(MEDIA_TYPES)}.")
        if headers.get("content-encoding", "identity") != "identity":
            return _refuse(protocol, 415, "content-encoding: the body must not be compressed.")
        body = await _body(headers.get("content-length"), protocol)
        if body is None:
            return _refuse(protocol, 413, f"request: longer than {MAX_BYTES} bytes.")
        if self._closing:
            return _refuse(protocol, 503, "The collector is stopping.", headers=_RETRY)
        self._answering += 1
        try:
            request = read_request(body)
            bot = is_bot(headers.get("user-agent", "")[:USER_AGENT_LENGTH])
            await self._spool.keep(time.time_ns() // 1_000_000, bot, body)
            return protocol.response_str(202, _ACCEPTED, f'{{"accepted": {len(request.events)}}}')
        except ContractError as problem:
            return _refuse(protocol, 400, problem.message)
        except BusyError as problem:
            return _refuse(protocol, 429, problem.message, headers=_RETRY)
        except StorageError:
            return _refuse(protocol, 503, "The request can't be kept now.", headers=_RETRY)
        finally:
            self._answering -= 1

    def _problems(self) -> list[str]:
        problems = ["The collector is stopping."] if self._closing else []
        if self._spool.problem:
            problems.append(self._spool.problem.message)
        waiting = closed_segments(self._spool.folder)
        if waiting and time.time() - opened_at(waiting[0]) / 1000 > self._behind_seconds:
            problems.append(f"Requests have waited for more than {self._behind_seconds:.0f} s to reach the lake.")
        return problems

    def _page(self, scope: Scope, protocol: HTTPProtocol) -> None:
        found = menu_site.find(self._site, scope.path, scope.headers.get("accept-encoding", ""))
        if found is None:
            return _answer(protocol, 404, {"error": "There is nothing at this address."})
        if found.location is not None:
            return protocol.response_empty(308, [("location", found.location)])
        if found.etag in scope.headers.get("if-none-match", ""):
            unchanged = [(name, value) for name, value in found.headers if not name.startswith("content-")]
            return protocol.response_empty(304, unchanged)
        if scope.method == "HEAD":
            return protocol.response_empty(200, found.headers)
        if found.content is not None:
            return protocol.response_bytes(200, found.headers, found.content)
        return protocol.response_file(200, found.headers, str(found.path))


@lru_cache(maxsize=4096)
def is_bot(user_agent: str) -> bool:
    """Whether a user agent is one of the known crawlers'. Kept by user agent: a first look takes a millisecond."""
    # The list names headless Chrome, too: that is no crawler, and whoever tests a menu with it wants to be counted.
    return bool(is_crawler(user_agent.replace("HeadlessChrome/", "Chrome/")))


async def _body(length: str | None, protocol: HTTPProtocol) -> bytes | None:
    """The request's body; None as soon as it is known to be longer than MAX_BYTES."""
    if length is not None:
        return await protocol() if int(length) <= MAX_BYTES else None
    parts, size = [], 0
    async for part in protocol:
        size += len(part)
        if size > MAX_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _answer(protocol: HTTPProtocol, status: int, content: dict[str, Any]) -> None:
    protocol.response_str(status, _JSON, json.dumps(content))


def _refuse(protocol: HTTPProtocol, status: int, why: str, *more: tuple[str, str], headers: Headers = _JSON) -> None:
    protocol.response_str(status, [*headers, *more], json.dumps({"error": why}))


async def collect(
    home: Path, port: int, rotate_seconds: float, behind_seconds: float, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve on 127.0.0.1:`port` until SIGTERM, then drain. Raises BusyError or StorageError when it can't start.

    `ready` is called once connections are taken.
    """
    # The server's own socket would share a taken port, and each would get half of the guests.
    expect_free(port, "--serve-port or MENULENS_SERVE_PORT")
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    spool = Spool(home / "spool", rotate_seconds)
    collector = Collector(spool, home / "site", behind_seconds)
    server = Server(
        collector,
        address=ADDRESS,
        port=port,
        interface="rsgi",  # type: ignore[arg-type]
        http="1",  # type: ignore[arg-type]
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    await _listening(port)
    ready()
    await asyncio.wait([serving, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
    await collector.drain()
    await spool.close()
    server.stop()  # type: ignore[no-untyped-call]
    # A guest who never finishes sending would keep the server waiting; cut off, it would complain of its own future.
    done, _ = await asyncio.wait([serving], timeout=LINGER_SECONDS)
    if done:
        serving.result()
    else:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)


async def _listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(ADDRESS, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
        else:
            return writer.close()
