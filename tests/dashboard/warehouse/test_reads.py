"""Cached reads: kept for who asked, as long as the data is the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import BoundedSemaphore, Event, current_thread
from time import sleep, time
from types import SimpleNamespace

import pandas as pd
import pytest
import streamlit as st

from dashboard import reads
from dashboard.access import Scope, scope_of
from dashboard.elements.filters import Restaurant
from dashboard.people import Person
from dashboard.warehouse import Answer, Cost
from dashboard.warehouse.waiting import waited_for
from errors import AccessError, EngineError

DATES = {"first_date": "2026-11-01", "last_date": "2026-11-30"}
UNO = scope_of(Person(id="anna", role="manager", restaurants=("uno",)))
DUO = scope_of(Person(id="bela", role="manager", restaurants=("duo",)))


@pytest.fixture(autouse=True)
def _reads(lived_in):
    st.cache_data.clear()
    reads.open("duckdb", lived_in.path)


def seen(scope: Scope) -> set[str]:
    return set(reads.read("item_attention", scope, **DATES).frame["restaurant_id"])


def test_the_second_person_never_gets_the_first_one_s_rows():
    assert seen(UNO) == {"uno"}
    assert seen(DUO) == {"duo"}
    assert seen(Scope.everything()) == {"uno", "duo"}
    assert seen(UNO) == {"uno"}


def test_the_same_person_narrowed_to_another_restaurant_gets_that_one_s_rows():
    both = scope_of(Person(id="anna", role="manager", restaurants=("uno", "duo")))
    assert seen(both.only("uno")) == {"uno"}
    assert seen(both.only("duo")) == {"duo"}
    assert seen(both) == {"uno", "duo"}


def test_somebody_who_lost_a_restaurant_loses_its_rows_at_once():
    assert seen(scope_of(Person(id="anna", role="manager", restaurants=("uno", "duo")))) == {"uno", "duo"}
    assert seen(UNO) == {"uno"}


def test_an_answer_kept_for_somebody_else_is_refused_even_if_the_cache_gave_it(monkeypatch):
    given = reads._ask(reads._Question(reads._source, "", "funnel", UNO, (), 0))
    monkeypatch.setattr(reads, "_ask", lambda *_: given)
    with pytest.raises(AccessError):
        reads.read("funnel", DUO)


def test_an_answer_is_kept_until_the_data_changes_and_says_so(lived_in, make_day):
    first, second = reads.read("funnel", UNO, **DATES), reads.read("funnel", UNO, **DATES)
    assert (first.cost.cached, second.cost.cached) == (False, True)
    assert first.frame.equals(second.frame)
    lived_in.refresh(**make_day("uno", "soup", 4, "EUR"))
    third = reads.read("funnel", UNO, **DATES)
    assert not third.cost.cached
    assert third.frame["visits"].max() == 4


def test_other_parameters_are_another_answer():
    assert len(reads.read("daily", UNO, **DATES).frame) == 1
    assert len(reads.read("daily", UNO, first_date="2026-10-01", last_date="2026-10-02").frame) == 0


def test_restaurants_are_those_of_the_scope_with_nulls_as_none(lived_in, make_day):
    lived_in.refresh(**make_day("stray", "x", 1, None))
    assert reads.restaurants(UNO) == (Restaurant("uno", "Uno", "Harbour", "Europe/Berlin", "EUR"),)
    everything = reads.restaurants(Scope.everything())
    assert [restaurant.restaurant_id for restaurant in everything] == ["duo", "stray", "uno"]
    assert everything[1] == Restaurant("stray", "stray", None, "UTC", None)


def test_as_of_is_the_newest_event_of_the_scope():
    assert reads.as_of(UNO) == datetime(2026, 11, 2, 12, 0, 0, 3000, tzinfo=UTC)
    assert reads.as_of(Scope.everything().only("nowhere")) is None


class Slow:
    """A warehouse whose engine works until it may answer, or nobody waits any longer."""

    def __init__(self):
        self.names = []
        self.asked, self.cancelled, self.may_answer = Event(), Event(), Event()

    def ask(self, query, scope, /, **parameters):
        self.names.append(query)
        self.asked.set()
        while waited_for.get()():
            if self.may_answer.wait(0.01):
                return Answer(pd.DataFrame(), Cost("athena", 1, 0.5, 0.0, 1.0), None)
        self.cancelled.set()
        raise EngineError("Nobody waits for it.")

    def generation(self):
        return "1"


class Gone(BaseException):
    """What Streamlit raises in a script that is to run again."""


@pytest.fixture
def slow(monkeypatch, tmp_path):
    """A slow warehouse, and a reader who goes elsewhere as soon as it was asked."""
    slow = Slow()
    monkeypatch.setattr("dashboard.warehouse.spending.open_warehouse", lambda *_, **__: slow)
    reads.open("duckdb", tmp_path)

    def yield_check():
        if slow.asked.is_set():
            raise Gone

    here = SimpleNamespace(yield_check=yield_check, session_id="tab")
    monkeypatch.setattr(reads, "get_script_run_ctx", lambda **_: here)
    monkeypatch.setattr(reads, "LOOK_UP_SECONDS", 0.01)
    return slow


def test_what_a_reader_asked_is_cancelled_when_the_reader_goes_elsewhere(monkeypatch, slow):
    monkeypatch.setattr(reads, "GRACE_SECONDS", 0.0)
    with pytest.raises(Gone):
        reads.together(UNO, ("funnel", DATES), ("daily", DATES))
    assert slow.cancelled.wait(10)


def test_what_had_no_turn_yet_when_its_reader_left_is_never_asked(monkeypatch, slow):
    monkeypatch.setattr(reads, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(reads, "_turns", BoundedSemaphore(1))
    with ThreadPoolExecutor(2) as pool:
        monkeypatch.setattr(reads, "_pool", pool)
        with pytest.raises(Gone):
            reads.together(UNO, ("funnel", DATES), ("daily", DATES))
    assert len(slow.names) == 1


def test_kept_answers_come_while_others_wait_for_theirs(monkeypatch, slow):
    monkeypatch.setattr(reads, "get_script_run_ctx", lambda **_: None)
    monkeypatch.setattr(reads, "_turns", BoundedSemaphore(1))
    slow.may_answer.set()
    reads.read("funnel", UNO, **DATES)
    slow.may_answer.clear()
    slow.asked.clear()
    with ThreadPoolExecutor(1) as somebody:
        other = somebody.submit(reads.read, "daily", UNO, **DATES)
        assert slow.asked.wait(10)
        assert reads.read("funnel", UNO, **DATES).cost.cached
        assert not other.done()
        slow.may_answer.set()


def test_a_reader_who_comes_back_at_once_finds_the_question_under_way(monkeypatch, slow):
    monkeypatch.setattr(reads, "GRACE_SECONDS", 60.0)
    with pytest.raises(Gone):
        reads.read("funnel", UNO, **DATES)
    monkeypatch.setattr(reads, "get_script_run_ctx", lambda **_: None)
    slow.may_answer.set()
    reads.read("funnel", UNO, **DATES)
    assert slow.names == ["funnel"]


def test_a_question_goes_on_while_another_tab_of_the_same_person_waits(monkeypatch, slow):
    monkeypatch.setattr(reads, "GRACE_SECONDS", 0.0)
    here = reads.get_script_run_ctx()
    stays = SimpleNamespace(yield_check=lambda: None, session_id="another tab")
    monkeypatch.setattr(reads, "get_script_run_ctx", lambda **_: stays if "2nd" in current_thread().name else here)

    def leaves():
        with pytest.raises(Gone):
            reads.read("funnel", UNO, **DATES)

    here.yield_check, leave = (lambda: None), here.yield_check
    with ThreadPoolExecutor(1, "1st") as first, ThreadPoolExecutor(1, "2nd") as second:
        one = first.submit(leaves)
        assert slow.asked.wait(10)
        other = second.submit(reads.read, "funnel", UNO, **DATES)
        while len(next(iter(reads._readers.values()))) < 2:
            sleep(0.01)
        here.yield_check = leave
        one.result(10)
        slow.may_answer.set()
        assert other.result(10).cost.dollars == 0.5
    assert slow.names == ["funnel"]
    assert not slow.cancelled.is_set()


def test_only_what_depends_on_today_is_asked_again_as_time_goes_on(monkeypatch):
    def cached(name):
        return reads.read(name, UNO).cost.cached

    assert (cached("directory"), cached("funnel")) == (False, False)
    monkeypatch.setattr(reads, "time", lambda: time() + 3600)
    assert (cached("directory"), cached("funnel")) == (True, False)


def test_several_answers_come_in_the_order_they_were_asked_for():
    funnel, daily = reads.together(UNO, ("funnel", DATES), ("daily", DATES))
    assert "step" in funnel.frame
    assert "orders" in daily.frame
    assert reads.read("funnel", UNO, **DATES).cost.cached
