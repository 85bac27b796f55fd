"""Lighthouse finds nothing to mend on a page as the collector serves it, in the house's language and in others."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.access import Scope
from dashboard.menus.model import Menu
from dashboard.menus.store import open_store
from ingest_stack.lake import Lake
from tests.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.ingest_stack.conftest import Server
from tests.lighthouse import bed

pytestmark = [pytest.mark.browser, pytest.mark.lighthouse]

MENU = Path(__file__).parent.parent / "dashboard" / "menus" / "sample_menu.json"
MUST_BE_PERFECT = ("accessibility", "best-practices", "seo")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a published menu."""
    home = tmp_path_factory.mktemp("home")
    server = Server(home).start()
    try:
        site = f"http://127.0.0.1:{server.port}"
        store = open_store(home, Lake(home / "lake"), Scope.everything(), site_url=site)
        store.publish(Menu.model_validate_json(MENU.read_bytes()), datetime.now(UTC))
        yield f"{site}/r/ton-mamuang/"
    finally:
        server.end()


@pytest.mark.parametrize("language", ["", "en/", "ar/"])
def test_accessibility_best_practices_and_seo_are_perfect(served: str, language: str) -> None:
    report = bed.audit(served + language, str(CHROMIUM), CHROMIUM_ARGS, *MUST_BE_PERFECT)
    assert "runtimeError" not in report
    failed = {
        audit["id"]: audit.get("details", audit.get("explanation"))
        for audit in report["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    }
    assert {name: report["categories"][name]["score"] for name in MUST_BE_PERFECT} == dict.fromkeys(
        MUST_BE_PERFECT, 1
    ), failed
