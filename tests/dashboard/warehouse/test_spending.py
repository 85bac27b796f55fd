"""What answers cost is kept by person and page; a budget warns, then stops; the same is never asked twice at once."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from dashboard.access import Scope
from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.warehouse import Answer, Cost
from dashboard.warehouse.spending import Metered, QueryLog, Spent, note_budget
from dashboard.warehouse.waiting import waited_for
from errors import BudgetError, EngineError, StorageError
from menulens import menulens

ALL = Scope.everything("ada")
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


class Priced:
    """A warehouse that charges half a dollar an answer, and answers when it may."""

    def __init__(self, *, fails: int = 0) -> None:
        self.asked: list[str] = []
        self.may_answer = Event()
        self.may_answer.set()
        self.begun = Event()
        self.fails = fails
        self.data = "1"

    def ask(self, query: object, scope: Scope, /, **parameters: object) -> Answer:
        self.asked.append(str(query))
        self.begun.set()
        assert self.may_answer.wait(10)
        if len(self.asked) <= self.fails:
            raise EngineError("The engine rests.")
        return Answer(pd.DataFrame(), Cost("athena", 2_000_000, 0.5, 0.25, 1.5), None)

    def generation(self) -> str:
        return self.data

    def as_of(self, scope: Scope) -> datetime | None:
        return None


class Clock:
    def __init__(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def test_what_answers_cost_is_kept_by_person_and_page(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    metered = Metered(Priced(), log, now=Clock("2026-11-24 12:00"))
    metered.ask("Overview", "daily", ALL)
    metered.ask("Overview", "funnel", ALL)
    metered.ask("Menu", "daily", replace(ALL, person="mali"))
    assert QueryLog(tmp_path).spent(*NOVEMBER) == [
        Spent("ada", "Overview", 2, 0, 4_000_000, 1.0, 3.0),
        Spent("mali", "Menu", 1, 0, 2_000_000, 0.5, 1.5),
    ]
    assert log.spent(date(2026, 11, 1), date(2026, 11, 23)) == []
    assert log.dollars(date(2026, 11, 24), date(2026, 11, 24)) == 1.5


def test_a_budget_warns_then_stops_until_the_next_month(tmp_path: Path) -> None:
    clock, warehouse = Clock("2026-11-30 23:00"), Priced()
    metered = Metered(warehouse, QueryLog(tmp_path), monthly_budget=1.2, now=clock)
    assert metered.warning() is None
    metered.ask("Menu", "daily", ALL)
    assert metered.warning() is None
    metered.ask("Menu", "funnel", ALL)
    assert metered.warning() == "$1.00 of this month's $1.20 for queries are spent."
    metered.ask("Menu", "hourly", ALL)
    with pytest.raises(BudgetError, match=r"The \$1.20 .* are spent.*begins anew on 1 December"):
        metered.ask("Menu", "tables", ALL)
    assert "tables" not in warehouse.asked
    clock.at = clock.at.replace(month=12, day=1)
    metered.ask("Menu", "tables", ALL)
    assert metered.warning() is None


def test_without_a_budget_nothing_warns_or_stops(tmp_path: Path) -> None:
    metered = Metered(Priced(), QueryLog(tmp_path))
    for _ in range(5):
        metered.ask("Menu", "daily", ALL)
    assert metered.warning() is None


def test_the_same_question_at_the_same_time_is_asked_once_and_paid_once(tmp_path: Path) -> None:
    warehouse, log = Priced(), QueryLog(tmp_path)
    metered = Metered(warehouse, log, now=Clock("2026-11-24 12:00"))
    warehouse.may_answer.clear()
    with ThreadPoolExecutor(5) as people:
        first = people.submit(metered.ask, "Menu", "daily", ALL, first_date="2026-11-01")
        assert warehouse.begun.wait(10)
        rest = [
            people.submit(metered.ask, "Menu", "daily", replace(ALL, person=name), first_date=date(2026, 11, 1))
            for name in ("mali", "tomas", "li")
        ]
        other = people.submit(metered.ask, "Menu", "daily", Scope.everything().only("r1"), first_date="2026-11-01")
        warehouse.may_answer.set()
        answers = [flight.result() for flight in rest]
        assert (first.result().cost.dollars, other.result().cost.dollars) == (0.5, 0.5)
    # A person may have come only after the answer: then it was asked again. Whoever joined paid nothing.
    assert len(warehouse.asked) == 2 + sum(not answer.cost.cached for answer in answers)
    assert log.dollars(*NOVEMBER) == 0.5 * len(warehouse.asked)


def test_a_question_goes_on_as_long_as_one_person_waits_for_it(tmp_path: Path) -> None:
    class Cancelling(Priced):
        def ask(self, query: object, scope: Scope, /, **parameters: object) -> Answer:
            self.begun.set()
            while waited_for.get()():
                if self.may_answer.wait(0.01):
                    return super().ask(query, scope, **parameters)
            raise EngineError("Nobody waits for it.")

    first_waits, second_waits, warehouse = Event(), Event(), Cancelling()
    metered = Metered(warehouse, QueryLog(tmp_path))
    warehouse.may_answer.clear()

    def ask(waits: Event) -> Answer:
        waits.set()
        waited_for.set(waits.is_set)
        return metered.ask("Menu", "daily", ALL)

    with ThreadPoolExecutor(2) as people:
        first = people.submit(copy_context().run, ask, first_waits)
        assert warehouse.begun.wait(10)
        second = people.submit(copy_context().run, ask, second_waits)
        while len(next(iter(metered._flights.values())).waiting) < 2:
            sleep(0.01)
        first_waits.clear()
        warehouse.may_answer.set()
        assert second.result().cost.cached
        assert first.result().cost.dollars == 0.5
        warehouse.may_answer.clear()
        warehouse.begun.clear()
        alone = people.submit(copy_context().run, ask, first_waits)
        assert warehouse.begun.wait(10)
        first_waits.clear()
        with pytest.raises(EngineError, match="Nobody waits"):
            alone.result()


def test_who_comes_while_a_question_is_being_cancelled_asks_anew(tmp_path: Path) -> None:
    class Stopping(Priced):
        def ask(self, query: object, scope: Scope, /, **parameters: object) -> Answer:
            if waited_for.get()():
                return super().ask(query, scope, **parameters)
            self.begun.set()
            assert self.may_answer.wait(10)
            raise EngineError("Nobody waits for it.")

    warehouse = Stopping()
    metered = Metered(warehouse, QueryLog(tmp_path))
    warehouse.may_answer.clear()

    def leave() -> None:
        waited_for.set(lambda: False)
        metered.ask("Menu", "daily", ALL)

    with ThreadPoolExecutor(2) as people:
        left = people.submit(copy_context().run, leave)
        assert warehouse.begun.wait(10)
        warehouse.begun.clear()
        came = people.submit(metered.ask, "Menu", "daily", replace(ALL, person="mali"))
        assert warehouse.begun.wait(10), "the newcomer's own question is under way"
        warehouse.may_answer.set()
        assert came.result().cost.dollars == 0.5
        with pytest.raises(EngineError, match="Nobody waits"):
            left.result()
        assert metered.ask("Menu", "daily", ALL).cost.dollars == 0.5


def test_an_answer_from_before_the_data_changed_is_not_for_who_asks_after(tmp_path: Path) -> None:
    warehouse = Priced()
    metered = Metered(warehouse, QueryLog(tmp_path))
    warehouse.may_answer.clear()
    with ThreadPoolExecutor(2) as people:
        before = people.submit(metered.ask, "Menu", "daily", ALL)
        assert warehouse.begun.wait(10)
        warehouse.begun.clear()
        warehouse.data = "2"
        after = people.submit(metered.ask, "Menu", "daily", replace(ALL, person="mali"))
        assert warehouse.begun.wait(10), "the second question is under way beside the first"
        warehouse.may_answer.set()
        assert (before.result().cost.cached, after.result().cost.cached) == (False, False)


def test_a_failure_is_told_to_whoever_waits_and_not_kept(tmp_path: Path) -> None:
    metered = Metered(Priced(fails=1), QueryLog(tmp_path))
    with pytest.raises(EngineError):
        metered.ask("Menu", "daily", ALL)
    assert metered.ask("Menu", "daily", ALL).cost.dollars == 0.5


def test_the_command_lists_what_was_spent(tmp_path: Path) -> None:
    def run(*options: str) -> Any:
        return CliRunner().invoke(menulens, ["spent", "--home", str(tmp_path), "--format", "csv", *options])

    header = "person,page,asked,reused,bytes_scanned,dollars,seconds\n"
    assert run().stdout == header
    Metered(Priced(), QueryLog(tmp_path), now=Clock("2026-11-24 12:00")).ask("Menu", "daily", ALL)
    november = run("--first-date", "2026-11-01", "--last-date", "2026-11-30")
    assert november.stdout == header + "ada,Menu,1,0,2000000,0.5,1.5\n"
    assert november.stderr == "2026-11-01 to 2026-11-30: $0.5000\n"
    backwards = run("--first-date", "2026-11-30", "--last-date", "2026-11-01")
    assert (backwards.exit_code, "2026-11-30 is after --last-date 2026-11-01" in backwards.output) == (2, True)


def test_many_threads_lose_no_entry(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: log.add("ada", "Menu", "daily", Cost("athena", 1, 0.25, 0.0, 1.0), at), range(200)))
    assert log.dollars(*NOVEMBER) == 50.0


def test_a_log_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "query_log.sqlite").write_text("not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(StorageError, match=r"query_log\.sqlite can't be used.*move the file away"):
        QueryLog(tmp_path).dollars(*NOVEMBER)


def test_another_budget_than_before_is_recorded_once(home):
    blobs, today = FolderBlobs(home), datetime.now(UTC).date()
    for dollars in (0.0, 10.0, 10.0, 25.0):
        note_budget(blobs, dollars)
    found = Audit(blobs).read(today - timedelta(days=1), today)
    assert [(entry.kind, entry.details) for entry in reversed(found)] == [
        ("budget_overridden", {"was": "no limit", "is": "$10.00"}),
        ("budget_overridden", {"was": "$10.00", "is": "$25.00"}),
    ]
