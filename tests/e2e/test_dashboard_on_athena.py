"""The dashboard on Athena, with nothing but settings: real Trino answers behind the double of its API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Semaphore
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from dashboard.access import Scope
from dashboard.warehouse import open_warehouse
from dashboard.warehouse.spending import QueryLog
from tests.athena.double import Asked, Athena, Result
from tests.athena.on_trino import on_trino
from tests.e2e.conftest import dashboard
from tests.trino.tables import SCHEMA, Shown

pytestmark = [pytest.mark.browser, pytest.mark.trino]
expect.set_options(timeout=60_000)


class Slow:
    """Answers as Trino does; while `holds` is set, what pages ask stays unanswered until it is stopped."""

    def __init__(self, shown: Shown) -> None:
        self._answer = on_trino(shown.url, shown.catalog, SCHEMA)
        self.holds = Event()
        self.held = Semaphore(0)

    def __call__(self, asked: Asked) -> Result:
        if self.holds.is_set() and "news" not in asked.sql:
            self.held.release()
            assert asked.stopped.wait(60)
        return self._answer(asked)


@pytest.fixture(scope="module")
def slow(own_home: Path, trino: str) -> Slow:
    return Slow(Shown(trino, "pages", own_home, own_home.parent / "shown"))


@pytest.fixture(scope="module")
def athena(slow: Slow) -> Iterator[Athena]:
    with Athena(slow) as athena:
        yield athena


@pytest.fixture(scope="module")
def on_athena(own_home: Path, athena: Athena) -> Iterator[str]:
    settings = {"MENULENS_ENGINE": "athena", "MENULENS_ATHENA_WORKGROUP": "primary"}
    with dashboard(own_home, **settings, **athena.environment) as address:
        yield address


def test_pages_answer_from_athena_and_say_what_it_cost(
    page: Page, on_athena: str, own_home: Path, people: dict[str, str]
) -> None:
    page.goto(f"{on_athena}/conversion?as={people['manager']}")
    expect(page.get_by_text("· $0.0000").first).to_be_visible()
    # Both take the 30 days that end today where the restaurant is.
    funnel = open_warehouse("duckdb", own_home, once=True).ask("funnel", Scope.everything().only("sen-and-sai"))
    visits = int(funnel.frame["visits"].max())
    expect(page.get_by_text(f"{visits:,}", exact=True).first).to_be_visible()
    today = datetime.now(UTC).date()
    spent = {(row.person, row.page): row for row in QueryLog(own_home).spent(today - timedelta(1), today)}
    assert spent[people["manager"], "Conversion"].asked >= 6
    assert spent[people["manager"], "Conversion"].dollars > 0


def test_what_a_page_asked_is_stopped_when_its_reader_goes_elsewhere(
    page: Page, on_athena: str, athena: Athena, slow: Slow, people: dict[str, str]
) -> None:
    page.goto(f"{on_athena}/restaurants?as={people['product']}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    stopped = len(athena.called("StopQueryExecution"))
    slow.holds.set()
    page.get_by_role("link", name="Attention").first.click()
    for _ in range(2):
        assert slow.held.acquire(timeout=60)
    slow.holds.clear()
    page.get_by_role("link", name="Restaurants").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    patience = monotonic() + 30
    while len(athena.called("StopQueryExecution")) < stopped + 2:
        assert monotonic() < patience
        page.wait_for_timeout(50)
