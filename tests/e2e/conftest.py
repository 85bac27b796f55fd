"""The dashboard as `menulens dashboard` starts it, on a small seeded home, and a browser's page to open it in."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, expect
from rich.progress import Progress

from dashboard.blobs import FolderBlobs
from dashboard.people import People
from dashboard.signin.door import Door, open_door
from demo.seed import Wishes, seed
from tests.dashboard.signin.conftest import GOOD

SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def settle(page: Page) -> None:
    """Wait until the script has run and what it drew is there."""
    page.wait_for_selector("h1")
    # Not by a script of ours: the dashboard's policy runs none.
    expect(page.locator("[data-test-script-state=running], [data-testid=stSkeleton]")).to_have_count(0, timeout=60_000)
    expect(page.locator(".js-plotly-plot:not(:has(.main-svg))")).to_have_count(0, timeout=60_000)


def picture(page: Page, name: str) -> None:
    """What is seen, into the folder that MENULENS_SCREENSHOTS names, if it names one."""
    if shots := os.environ.get("MENULENS_SCREENSHOTS"):
        page.screenshot(path=Path(shots) / f"{name}.png")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with Progress(disable=True) as progress:
        seed(home, Wishes(restaurants=3, days=12, visits_per_day=40), datetime.now(UTC), progress)
    return home


@pytest.fixture(scope="module")
def own_home(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the seeded home, for tests that change what is in it."""
    return Path(copytree(seeded, tmp_path_factory.mktemp("own") / "home"))


@contextmanager
def dashboard(home: Path, **environment: str) -> Iterator[str]:
    """Where the dashboard of a home answers; started elsewhere than in the project's folder."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "menulens", "dashboard", "--home", str(home), "--dashboard-port", str(port)]
    environment = os.environ | {"MENULENS_DEMO": "1"} | environment
    with (home / "dashboard.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + 90
            while not answers(f"{address}/_stcore/health"):
                assert running.poll() is None, (home / "dashboard.log").read_text()
                assert time.monotonic() < until, "the dashboard doesn't answer"
                time.sleep(0.2)
            yield address
        finally:
            running.terminate()
            running.wait(30)


@pytest.fixture(scope="session")
def address(seeded: Path) -> Iterator[str]:
    with dashboard(seeded) as address:
        yield address


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@pytest.fixture(scope="session")
def people(seeded: Path) -> dict[str, str]:
    """Role → id."""
    return {person.role: person.id for person in People(FolderBlobs(seeded)).read().people}


@pytest.fixture(scope="module")
def door(own_home: Path) -> Door:
    """The one at which the dashboard of the own home lets people in."""
    return open_door(own_home, "", 720)


def signed_in(page: Page, url: str, who: str, door: Door) -> Page:
    """A page of somebody who signed in before, with the password GOOD."""
    page.context.add_cookies([{"name": "menulens", "value": door.enter(who, GOOD).session, "url": url}])
    page.goto(url)
    settle(page)
    return page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()
