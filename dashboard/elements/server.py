"""Streamlit's server on the dashboard's script: warm before the first reader, closed where it shows too much."""

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from dashboard.access import Scope as Whose
from errors import MenulensError
from ingest_stack.ports import ADDRESS, expect_free

HEADERS = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


def serve(script: Path, port: int, open_reads: Callable[[], None], *, demo: bool) -> None:
    """Run `script` on 127.0.0.1 until SIGINT or SIGTERM. Raises BusyError if the port is taken.

    The script reads its settings from the environment, so those must be there already. `open_reads` says which
    warehouse is read, as the script will.
    """
    expect_free(port, "--dashboard-port or MENULENS_DASHBOARD_PORT")

    @asynccontextmanager
    async def warm(_app: st.App) -> AsyncIterator[None]:
        from dashboard import reads  # not before Streamlit stands: it brings the caches

        with suppress(MenulensError):  # what is wrong with the home is for the page to say, as long as it is
            open_reads()
            reads.restaurants(Whose.everything())
        gc.collect()
        gc.freeze()  # what stands by now stays: the collector need not look at it again
        yield

    guards = [Middleware(Guard)]
    if demo:  # the demo signs in whoever asks: not by a foreign name that was made to mean 127.0.0.1
        guards.append(Middleware(TrustedHostMiddleware, allowed_hosts=[ADDRESS, "localhost"]))
    # A folder called pages/ would else be taken for Streamlit's old kind of pages: the first reader's deep link would
    # run its page alone, without the frame that says who is asking.
    PagesManager.uses_pages_directory = False
    sys.argv = [str(script)]  # Streamlit takes .streamlit/config.toml and static/ from beside what was started
    st.App(script, lifespan=warm, middleware=guards).run(config={"server.address": ADDRESS, "server.port": port})


class Guard:
    """Hides Streamlit's metrics, which are for everybody otherwise, and keeps pages out of other sites' frames."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/_stcore/metrics"):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)
