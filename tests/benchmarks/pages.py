"""A page's script on the server, as a browser's websocket sees it, against the same app with empty pages.

Every run asks about another restaurant, so no answer was kept. Many sessions think THINK seconds between two runs.
"""

import asyncio
import multiprocessing
import os
import shutil
import socket
import statistics
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from tests.benchmarks.reports import LAST, write_home

ROOT = Path(__file__).parents[2]
PAGES = ("", "menu", "attention", "conversion", "restaurants")
WHO = "ada@example.com"
SESSIONS, THINK, EACH = 20, 5.0, 6
ROUNDS = 20


def run(scale: float) -> list[dict[str, Any]]:
    restaurants = max(20, round(200 * scale))
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home, empty = Path(folder) / "home", Path(folder) / "empty"
        write_home(home, restaurants)
        People(FolderBlobs(home)).add(person(WHO, "admin", ()))
        _empty_app(empty)
        with _served(empty, home) as address:
            alone = {page: asyncio.run(_alone(address, page, restaurants)) for page in PAGES}
            floor = _percentile([took for page in PAGES for took in alone[page]], 50)
            together = asyncio.run(_together(address, restaurants))
        with _served(ROOT, home) as address:
            for page in PAGES:
                took = asyncio.run(_alone(address, page, restaurants))
                name = page or "overview"
                figures.append(_figure(f"{name}: 1 session, p50", _percentile(took, 50), floor))
                figures.append(_figure(f"{name}: 1 session, p95", _percentile(took, 95), floor, 150.0))
            took, many = asyncio.run(_together(address, restaurants)), f"all pages: {SESSIONS} sessions"
            figures += [_figure(f"{many}, p{at}", _percentile(took, at), _percentile(together, at)) for at in (50, 95)]
    return figures


def _figure(name: str, value: float, floor: float, bound: float | None = None) -> dict[str, Any]:
    note = "aim: 150 ms alone" if bound else ""
    return {
        "name": name, "value": value, "unit": "ms", "floor": floor, "ratio": value / floor, "bound": None,
        "better": "lower", "note": note,
    }  # fmt: skip


def _percentile(took: list[float], at: int) -> float:
    return statistics.quantiles(took, n=100, method="inclusive")[at - 1] * 1000


def _empty_app(path: Path) -> None:
    """The same frame, with nothing in its pages."""
    (path / "pages").mkdir(parents=True)
    shutil.copy(ROOT / "streamlit_app.py", path)
    for folder in ("static", ".streamlit"):
        shutil.copytree(ROOT / folder, path / folder)
    for page in PAGES:
        (path / f"pages/{page or 'overview'}.py").write_text("import streamlit as st\n\nst.title('Empty')\n")


@contextmanager
def _served(app: Path, home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(app, port, home))
    server.start()
    try:
        until = monotonic() + 120
        while not _answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert server.is_alive()
            assert monotonic() < until, "the dashboard doesn't answer"
            sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.join(30)


def _serve(app: Path, port: int, home: Path) -> None:
    from dashboard.elements.server import serve

    def open_reads() -> None:
        from dashboard import reads

        reads.open("duckdb", home)

    os.environ.update({"MENULENS_HOME": str(home), "MENULENS_DEMO": "1"})
    serve(app / "streamlit_app.py", port, open_reads, demo=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


async def _alone(address: str, page: str, restaurants: int) -> list[float]:
    async with _session(address) as session:
        for number in range(3):
            await _script(session, page, number % restaurants)
        return [await _script(session, page, (3 + number) % restaurants) for number in range(ROUNDS)]


async def _together(address: str, restaurants: int) -> list[float]:
    async def reader(number: int) -> list[float]:
        await asyncio.sleep(THINK * number / SESSIONS)
        async with _session(address) as session:
            took = []
            for turn in range(EACH + 1):
                at = number * EACH + turn
                took.append(await _script(session, PAGES[at % len(PAGES)], at % restaurants))
                await asyncio.sleep(THINK)
            return took[1:]  # the first is the session's start

    return [took for each in await asyncio.gather(*map(reader, range(SESSIONS))) for took in each]


def _session(address: str) -> connect:
    return connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]


async def _script(session: ClientConnection, page: str, restaurant: int) -> float:
    """Seconds from asking for a run of the page until its last message."""
    last = min(LAST, datetime.now(UTC).date() - timedelta(days=1))
    url = {"as": WHO, "restaurant": f"r{restaurant:04}", "first_date": last - timedelta(days=13), "last_date": last}
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = urlencode(url)
    began = perf_counter()
    await session.send(message.SerializeToString())
    while True:
        reply = ForwardMsg.FromString(await session.recv())  # type: ignore[arg-type]
        if reply.WhichOneof("type") == "script_finished":
            if reply.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return perf_counter() - began
            raise RuntimeError(f"the script of {page or 'overview'} did not finish")
