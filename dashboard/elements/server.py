"""Streamlit's server on the dashboard's script: warm before the first reader, closed where it shows too much."""

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from dashboard.access import Scope
from dashboard.elements.gate import Gate
from dashboard.elements.guard import Guard
from dashboard.elements.look import variables
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door
from dashboard.signin.oidc import Provider, ProviderPages
from dashboard.signin.routes import Pages
from errors import MenulensError, SettingError
from ingest_stack.ports import ADDRESS, expect_free, is_loopback


def serve(
    script: Path,
    port: int,
    open_reads: Callable[[], None],
    url: str,
    door: Door | None,
    provider: Provider | None,
    host: str = ADDRESS,
) -> None:
    """Run `script` at `host` until SIGINT or SIGTERM, for who asks for it by `url`.

    Raises BusyError if it can't, SettingError if others could reach it without TLS.

    The script reads its settings from the environment, so those must be there already. `open_reads` says which
    warehouse is read, as the script will. `door`: where people sign in before anything of Streamlit answers, with a
    password or at a `provider`; None where they just say who they are.
    """
    if not is_loopback(host) and not url.startswith("https:"):
        raise SettingError(
            f"MENULENS_DASHBOARD_HOST is {host}: others reach it, and what they type would travel in the clear.",
            "Set MENULENS_DASHBOARD_URL to the https address of what ends TLS before it.",
        )
    expect_free(port, "--dashboard-port or MENULENS_DASHBOARD_PORT")

    @asynccontextmanager
    async def warm(_app: st.App) -> AsyncIterator[None]:
        from dashboard import reads  # not before Streamlit stands: it brings the caches

        with suppress(MenulensError):  # what is wrong with the home is for the page to say, as long as it is
            open_reads()
            reads.restaurants(Scope.everything())
            if door:
                door.sweep()
        gc.collect()
        gc.freeze()  # what stands by now stays: the collector need not look at it again
        yield

    # A folder called pages/ would else be taken for Streamlit's old kind of pages: the first reader's deep link would
    # run its page alone, without the frame that says who is asking.
    PagesManager.uses_pages_directory = False
    sys.argv = [str(script)]  # Streamlit takes .streamlit/config.toml and static/ from beside what was started
    guards, pages = [Middleware(Guard, url=url)], _pages(door, url, provider) if door else None
    if door:
        guards.append(Middleware(Gate, door=door, cookies=Cookies(url)))
    app = st.App(
        script,
        lifespan=warm,
        middleware=guards,
        routes=pages.routes() if pages else [],
        exception_handlers={MenulensError: pages.failed} if pages else {},
    )
    app.run(config={"server.address": host, "server.port": port})


def _pages(door: Door, url: str, provider: Provider | None) -> Pages:
    return ProviderPages(door, url, variables, provider) if provider else Pages(door, url, variables)
