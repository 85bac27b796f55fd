"""The dashboard in a browser, as `menulens dashboard` starts it on a small seeded home.

Each page's picture, at every size and theme, lands in the folder that MENULENS_SCREENSHOTS names, if it names one.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SIZES, picture, settle

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

PAGES = {path.stem: f"/{path.stem}" for path in sorted(Path(__file__).parents[2].glob("pages/*.py"))} | {
    "overview": "/"
}


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_at_every_size_and_theme(
    browser: Browser, address: str, people: dict[str, str], name: str, size: str, theme: str
) -> None:
    context = browser.new_context(
        viewport=SIZES[size], color_scheme=theme, has_touch=size == "phone", is_mobile=size == "phone"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}{PAGES[name]}?as={people['admin']}")
    settle(page)

    picture(page, f"{name}-{size}-{theme}")
    wider = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")
    grave = [
        (violation["id"], node["html"][:120])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    context.close()
    foreign = [url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))]
    assert wider <= 0, "the page scrolls sideways"
    assert grave == []
    assert foreign == []


def test_one_click_signs_in_and_a_reload_keeps_it(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(address)
    page.get_by_role("button", name="Look as this person").first.click()
    expect(page.get_by_text("Signed in as")).to_be_visible()
    assert "as=" in page.url
    page.reload()
    expect(page.get_by_text("Signed in as")).to_be_visible()


def test_a_manager_has_no_way_to_the_other_restaurants(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/?as={people['manager']}")
    settle(page)
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name="Restaurants")).to_have_count(0)


def test_a_deep_link_opens_what_it_names_and_outlives_a_change_of_page(
    page: Page, address: str, people: dict[str, str], seeded: Path
) -> None:
    house = sorted(path.stem for path in (seeded / "lake/restaurants").glob("*.parquet"))[-1]
    page.goto(f"{address}/restaurants?as={people['product']}&restaurant={house}&days=7")
    settle(page)
    page.get_by_role("link", name="Overview").click()
    settle(page)
    page.wait_for_url("**restaurant=" + house + "**")
    assert "days=7" in page.url
    expect(page.get_by_role("radio", name="7 d")).to_be_checked()


def test_a_tap_on_a_restaurant_leads_into_its_overview(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/restaurants?as={people['product']}")
    settle(page)
    first = page.locator(".ml-table .ml-pick").first
    name = first.locator("span").inner_text()
    first.click()
    expect(page.get_by_role("combobox", name="Restaurant")).to_have_value(name)
    assert page.url.startswith(f"{address}/?")


def test_the_table_sorts_and_searches_in_the_browser(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/restaurants?as={people['product']}")
    settle(page)
    page.get_by_role("button", name="Visits").click()
    visits = [
        int(text.replace(",", ""))
        for text in page.locator(".ml-row:not(.ml-head) .ml-k-num:nth-child(2)").all_inner_texts()
    ]
    assert visits == sorted(visits, reverse=True)
    page.get_by_role("searchbox", name="Find a restaurant").fill("no such house")
    expect(page.get_by_text("Nothing is called “no such house”.")).to_be_visible()


def test_rows_can_be_downloaded(page: Page, address: str, people: dict[str, str]) -> None:
    page.goto(f"{address}/restaurants?as={people['product']}")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    rows = download.value.path().read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("restaurant_id,restaurant_name,area,currency,visits")
    assert len(rows) == 4


def test_metrics_and_foreign_names_are_shut_out(address: str) -> None:
    for request in (f"{address}/_stcore/metrics", urllib.request.Request(address, headers={"Host": "evil.example"})):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code in (400, 404)


def test_a_taken_port_is_said_in_one_sentence(address: str, seeded: Path) -> None:
    port = address.rpartition(":")[2]
    command = [sys.executable, "-m", "menulens", "dashboard", "--home", str(seeded), "--dashboard-port", port]
    ended = subprocess.run(command, cwd=seeded, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"menulens: Port {port} of 127.0.0.1 can't be had")
    assert "Traceback" not in ended.stderr


def test_a_bare_streamlit_run_shows_the_frame_to_the_first_readers_deep_link(
    page: Page, seeded: Path, people: dict[str, str], tmp_path: Path
) -> None:
    script = Path(__file__).parents[2] / "streamlit_app.py"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = os.environ | {"MENULENS_DEMO": "1", "MENULENS_HOME": str(seeded)}
    with (tmp_path / "streamlit.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, cwd=script.parent, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while b"URL:" not in (tmp_path / "streamlit.log").read_bytes():
                assert running.poll() is None, (tmp_path / "streamlit.log").read_text()
                assert time.monotonic() < until, "Streamlit doesn't start"
                time.sleep(0.2)
            page.goto(f"http://127.0.0.1:{port}/attention?as={people['product']}")
            expect(page.get_by_text("Signed in as")).to_be_visible()
        finally:
            running.terminate()
            running.wait(30)
