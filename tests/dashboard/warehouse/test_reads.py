"""Cached reads: kept for who asked, as long as the data is the same."""

from datetime import UTC, datetime
from threading import Event
from time import sleep
from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard import reads
from dashboard.access import Scope, scope_of
from dashboard.elements.filters import Restaurant
from dashboard.people import Person
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
    """A warehouse whose engine works until nobody waits any longer."""

    def __init__(self):
        self.asked, self.cancelled = Event(), Event()

    def ask(self, query, scope, /, **parameters):
        self.asked.set()
        while waited_for.get()():
            sleep(0.01)
        self.cancelled.set()
        raise EngineError("Nobody waits for it.")

    def generation(self):
        return "1"


def test_what_a_reader_asked_is_cancelled_when_the_reader_goes_elsewhere(monkeypatch, tmp_path):
    slow = Slow()
    monkeypatch.setattr(reads, "open_warehouse", lambda *_: slow)
    reads.open("duckdb", tmp_path)

    class Gone(BaseException):
        """What Streamlit raises in a script that is to run again."""

    def yield_check():
        if slow.asked.is_set():
            raise Gone

    here = SimpleNamespace(yield_check=yield_check, session_id="tab")
    monkeypatch.setattr(reads, "get_script_run_ctx", lambda **_: here)
    monkeypatch.setattr(reads, "LOOK_UP_SECONDS", 0.01)
    with pytest.raises(Gone):
        reads.together(UNO, ("funnel", DATES), ("daily", DATES))
    assert slow.cancelled.wait(10)


def test_several_answers_come_in_the_order_they_were_asked_for():
    funnel, daily = reads.together(UNO, ("funnel", DATES), ("daily", DATES))
    assert "step" in funnel.frame
    assert "orders" in daily.frame
    assert reads.read("funnel", UNO, **DATES).cost.cached
