"""The port, whichever engine answers: rows and their types, the wall between restaurants, today, as of, generations.

Each adapter runs these tests, and all else that a test of the port could say; what is its own is tested beside.
"""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

import queries
from dashboard.access import Scope, scope_of
from dashboard.people import Person
from errors import ParameterError

ALL = Scope.everything()
UNO = scope_of(Person(id="anna", role="manager", restaurants=("uno",)))


def test_an_empty_home_answers_with_columns_and_no_rows(open_home, empty):
    answer = open_home(empty).ask("item_attention", ALL)
    assert tuple(answer.frame.columns) == queries.load("item_attention").columns
    assert len(answer.frame) == 0
    assert answer.as_of is None


def test_a_manager_sees_the_own_restaurant_alone(open_home, lived_in):
    warehouse = open_home(lived_in)
    for report in ("restaurants", "item_attention", "menus"):
        everything, own = warehouse.ask(report, ALL).frame, warehouse.ask(report, UNO).frame
        assert set(everything["restaurant_id"]) == {"uno", "duo"}
        assert own.equals(everything[everything["restaurant_id"] == "uno"].reset_index(drop=True))
    assert len(warehouse.ask("restaurants", ALL.only("unheard-of")).frame) == 0


def test_an_answer_keeps_types_and_nulls_and_says_as_of_when(open_home, lived_in):
    warehouse = open_home(lived_in)
    answer = warehouse.ask("item_attention", UNO)
    row = answer.frame.iloc[0]
    assert row["visits"] == 3
    assert row["item_name"] == "soup"
    kinds = {"item_id": "string", "visits": "int64", "skip_rate": "double"}
    assert {name: str(answer.frame[name].dtype.pyarrow_dtype) for name in kinds} == kinds
    menus = warehouse.ask("menus", UNO).frame
    assert menus["food_cost_minor"].isna().all()
    assert menus["published_at"].iloc[0] == pd.Timestamp("2025-11-01 12:26:40.123", tz="UTC")
    assert answer.as_of == datetime(2026, 11, 2, 12, 0, 0, 3000, tzinfo=UTC)


def test_as_of_is_the_scope_s_own(open_home, lived_in):
    warehouse = open_home(lived_in)
    assert warehouse.ask("funnel", ALL).as_of > warehouse.ask("funnel", UNO).as_of


def test_without_dates_a_report_takes_30_days_to_the_newest_local_today(open_home, empty, make_day, make_days):
    # At 20:30 UTC it is the 3rd in Bangkok and still the 2nd in Berlin.
    empty.restaurant("uno", "Europe/Berlin")
    empty.restaurant("duo", "Asia/Bangkok")
    days = [date(2026, 10, 3), date(2026, 10, 4), date(2026, 10, 5), date(2026, 11, 2), date(2026, 11, 3)]
    empty.refresh(**make_days(*(make_day("uno", "soup", 1, "EUR", day) for day in days)))
    warehouse = open_home(empty)
    assert list(warehouse.ask("daily", UNO).frame["local_date"]) == days[1:4]
    assert list(warehouse.ask("daily", ALL).frame["local_date"]) == days[2:]


def test_a_restaurant_that_is_not_known_yet_has_its_today_in_utc(open_home, empty, make_day, make_days):
    # At 2:30 UTC on the 2nd it is still the 1st in Los Angeles.
    empty.restaurant("uno", "America/Los_Angeles")
    empty.refresh(**make_days(make_day("uno", "soup", 1, "EUR", date(2026, 11, 1)), make_day("new", "tea", 1, "EUR")))
    warehouse = open_home(empty, now=datetime(2026, 11, 2, 2, 30, tzinfo=UTC))
    assert set(warehouse.ask("daily", ALL).frame["restaurant_id"]) == {"uno", "new"}


def test_a_refresh_is_seen_by_the_next_question(open_home, at_once, lived_in, make_day):
    warehouse = open_home(lived_in)
    before = warehouse.generation()
    assert warehouse.ask("funnel", UNO).frame["visits"].max() == 3
    lived_in.refresh(**make_day("uno", "soup", 4, "EUR"))
    assert warehouse.generation() != before
    assert warehouse.ask("funnel", UNO).frame["visits"].max() == 4


def test_a_published_menu_is_seen_by_the_next_question(open_home, at_once, lived_in):
    warehouse = open_home(lived_in)
    before = warehouse.generation()
    menu = [{"item_id": item, "published_at": 1762000000124} for item in ("soup", "cake")]
    lived_in.restaurant("uno", "Europe/Berlin", "EUR", menu)
    assert list(warehouse.ask("item_attention", UNO).frame["item_id"]) == ["soup", "cake"]
    assert warehouse.generation() != before


def test_nothing_is_no_null_and_any_text_comes_back_as_it_is(open_home, empty):
    names = ["", " ", "O'Brien; --", 'ต้มยำ\n"x"', "NULL"]
    empty.restaurant("uno", items=[{"item_id": f"i{n}", "item_name": name} for n, name in enumerate(names)])
    frame = open_home(empty).ask("menus", UNO).frame
    assert list(frame["item_name"]) == names
    assert frame["food_cost_minor"].isna().all()


def test_any_text_may_be_a_value(open_home, empty, make_day):
    warehouse, names = open_home(empty), ("O'Brien; --", "ต้มยำ?", "?")
    empty.restaurant("uno", items=[{"item_id": name} for name in names])
    empty.refresh(**make_day("uno", names[0], 2, "EUR"))
    for name in names:
        assert set(warehouse.ask("item_daily", UNO, item_id=name).frame["item_id"]) == {name}


def test_what_an_answer_cost_is_said(open_home, lived_in):
    cost = open_home(lived_in).ask("funnel", ALL).cost
    assert cost.seconds >= cost.queued_seconds >= 0
    assert cost.bytes_scanned is not None
    assert not cost.cached


def test_wrong_parameters_are_refused_in_words(open_home, empty):
    warehouse = open_home(empty)
    for given, says in (
        ({"colour": 1}, "has no parameter 'colour'. It has first_date (date), last_date (date), menu_version"),
        ({"first_date": "yesterday"}, "first_date is 'yesterday': it must be a date such as 2026-11-01."),
        ({"menu_version": "1.5"}, "menu_version is '1.5': it must be a whole number."),
        ({"menu_version": 2**70}, "it must be a whole number."),
        ({"first_date": "2026-11-02", "last_date": "2026-11-01"}, "first_date 2026-11-02 is after last_date"),
    ):
        with pytest.raises(ParameterError) as refused:
            warehouse.ask("item_attention", ALL, **given)
        assert says in str(refused.value)
