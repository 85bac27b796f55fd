"""What every test may use: an empty home, and a browser and a Trino where there are some."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import menulens
from tests.aws import emulator
from tests.lighthouse import bed as lighthouse
from tests.trino import bed

CHROMIUM = os.environ.get("MENULENS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
NO_BROWSER = "no Chromium found: install Debian's `chromium`, or name one in MENULENS_CHROMIUM, to run browser tests"
# Without these, Chromium keeps calling its maker's servers.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacks = {
        "browser": None if CHROMIUM else NO_BROWSER,
        "trino": bed.missing(),
        "lighthouse": lighthouse.missing(),
        "emulator": emulator.missing(),
    }
    for mark, lack in lacks.items():
        if lack and os.environ.get("CI"):
            pytest.exit(f"{lack}; in CI nothing skips", returncode=1)
        for item in items:
            if lack and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=lack))
    if os.environ.get("CI"):  # a browser on a busy machine may paint late: once more, and the summary names the test
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty $MENULENS_HOME."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def command(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `menulens …` in the home: exit code, stdout, stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["menulens", *words])
        monkeypatch.setenv("MENULENS_HOME", str(home))
        code = 0
        try:
            menulens.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Headless Chromium, driven by Playwright: a module's own, for Playwright's event loop would bar all others."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Trino without catalogs: one for all of the session's workers. Tests that use it are marked."""
    session = tmp_path_factory.getbasetemp()
    with bed.running((session.parent if "PYTEST_XDIST_WORKER" in os.environ else session) / "trino") as url:
        yield url
