"""The DuckDB adapter behind the port: rows, price, as of, generations."""

import threading
from datetime import UTC, date, datetime

import pandas as pd
import pytest

import queries
from dashboard.access import Scope, scope_of
from dashboard.people import Person
from dashboard.warehouse import open_warehouse
from dashboard.warehouse.tables import DERIVED
from errors import ParameterError
from ingest_stack.derived import TABLES

NOW = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)
ALL = Scope.everything()
UNO = scope_of(Person(id="anna", role="manager", restaurants=("uno",)))


@pytest.fixture(params=["resident", "once"])
def open_home(request):
    """Open a home the long-lived way and the one-question way: both must answer alike."""
    return lambda house: open_warehouse("duckdb", house.path, once=request.param == "once", now=lambda: NOW)


def test_an_empty_home_answers_every_report_with_its_columns_and_no_rows(open_home, empty):
    warehouse = open_home(empty)
    for report in queries.names("report"):
        answer = warehouse.ask(report, ALL)
        assert tuple(answer.frame.columns) == queries.load(report).columns
        assert len(answer.frame) == 0
        assert answer.as_of is None


def test_a_manager_sees_the_own_restaurant_alone_in_every_report(open_home, lived_in):
    warehouse = open_home(lived_in)
    for report in queries.names("report"):
        everything, own = warehouse.ask(report, ALL).frame, warehouse.ask(report, UNO).frame
        assert set(everything["restaurant_id"]) == {"uno", "duo"}, report
        assert set(own["restaurant_id"]) == {"uno"}, report
        assert own.equals(everything[everything["restaurant_id"] == "uno"].reset_index(drop=True)), report


def test_an_answer_keeps_types_and_nulls_and_says_as_of_when(open_home, lived_in):
    answer = open_home(lived_in).ask("item_attention", UNO)
    row = answer.frame.iloc[0]
    assert row["visits"] == 3
    assert row["item_name"] == "soup"
    assert all(isinstance(kind, pd.ArrowDtype) for kind in answer.frame.dtypes)
    menus = open_home(lived_in).ask("menus", UNO).frame
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


def test_a_restaurant_that_is_not_known_yet_has_its_today_in_utc(empty, make_day, make_days):
    # At 2:30 UTC on the 2nd it is still the 1st in Los Angeles.
    empty.restaurant("uno", "America/Los_Angeles")
    empty.refresh(**make_days(make_day("uno", "soup", 1, "EUR", date(2026, 11, 1)), make_day("new", "tea", 1, "EUR")))
    warehouse = open_warehouse("duckdb", empty.path, now=lambda: datetime(2026, 11, 2, 2, 30, tzinfo=UTC))
    assert set(warehouse.ask("daily", ALL).frame["restaurant_id"]) == {"uno", "new"}


def test_a_refresh_is_seen_by_the_next_question(open_home, lived_in, make_day):
    warehouse = open_home(lived_in)
    before = warehouse.generation()
    assert warehouse.ask("funnel", UNO).frame["visits"].max() == 3
    lived_in.refresh(**make_day("uno", "soup", 4, "EUR"))
    assert warehouse.generation() != before
    assert warehouse.ask("funnel", UNO).frame["visits"].max() == 4


def test_a_published_menu_is_seen_by_the_next_question(open_home, lived_in):
    warehouse = open_home(lived_in)
    before = warehouse.generation()
    lived_in.restaurant("uno", "Europe/Berlin", "EUR", [{"item_id": "soup"}, {"item_id": "cake"}])
    assert list(warehouse.ask("item_attention", UNO).frame["item_id"]) == ["soup", "cake"]
    assert warehouse.generation() != before


def test_days_that_change_come_and_go_leave_what_a_fresh_start_would_read(lived_in, make_day, make_days):
    warehouse = open_warehouse("duckdb", lived_in.path, now=lambda: NOW)
    october = [date(2026, 10, day) for day in range(10, 32)]
    steps = [
        make_days(*(make_day("uno", "soup", 2, "EUR", day) for day in october)),
        make_day("uno", "soup", 7, "EUR", october[3]),
        make_days(*(make_day("duo", "curry", 8, "THB", day) for day in october[5:7])),
        make_day("uno", "soup", 9, "EUR", october[3]),
        make_days(*(make_day("uno", "soup", 1, "EUR", day) for day in october[8:20])),
    ]
    for step in steps:
        lived_in.refresh(**step)
        fresh = open_warehouse("duckdb", lived_in.path, now=lambda: NOW)
        for report in ("daily", "item_daily", "ledger"):
            assert warehouse.ask(report, ALL).frame.equals(fresh.ask(report, ALL).frame)
    lived_in.forget(october[3])
    assert october[3] not in list(warehouse.ask("daily", ALL).frame["local_date"])
    lived_in.refresh(**make_day("uno", "soup", 5, "EUR", october[3]))
    assert october[3] in list(warehouse.ask("daily", ALL).frame["local_date"])


def test_an_answer_is_of_one_generation_whoever_refreshes_meanwhile(lived_in, make_day):
    warehouse, answers, done = open_warehouse("duckdb", lived_in.path, now=lambda: NOW), [], threading.Event()

    def read() -> None:
        while not done.is_set():
            answers.append(warehouse.ask("restaurants", UNO))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for visits in range(4, 12):
        lived_in.refresh(**make_day("uno", "soup", visits, "EUR"))
        warehouse.generation()
    done.set()
    for reader in readers:
        reader.join()
    # In generation n all of visit_hours, item_hours and ledger_hours say n.
    seen = [(a.frame["visits"][0], a.frame["dwell_ms"][0], a.as_of.microsecond // 1000) for a in answers]
    assert all(visits == dwell == newest for visits, dwell, newest in seen)
    assert len(set(seen)) > 1


def test_what_is_in_memory_costs_no_bytes_and_files_cost_the_days_asked(lived_in, make_day):
    lived_in.refresh(**make_day("uno", "soup", 2, "EUR", date(2026, 10, 20)))
    resident = open_warehouse("duckdb", lived_in.path, now=lambda: NOW)
    assert resident.ask("funnel", ALL).cost.bytes_scanned == 0
    once = open_warehouse("duckdb", lived_in.path, once=True, now=lambda: NOW)
    month, day = (once.ask("funnel", ALL, first_date=first).cost for first in ("2026-10-01", "2026-11-02"))
    assert month.bytes_scanned > day.bytes_scanned > 0
    assert month.dollars == 0
    assert month.engine == "duckdb"
    assert month.seconds > 0
    assert not month.cached


def test_the_tables_are_those_that_the_rollups_fill():
    assert {table: tuple(columns) for table, columns in DERIVED.items()} == {
        table: queries.load(table).columns for table in TABLES
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"colour": 1}, "has no parameter 'colour'. It has first_date (date), last_date (date), menu_version"),
        ({"first_date": "yesterday"}, "first_date is 'yesterday': it must be a date such as 2026-11-01."),
        ({"menu_version": "1.5"}, "menu_version is '1.5': it must be a whole number."),
        ({"menu_version": 2**70}, "it must be a whole number."),
        ({"first_date": "2026-11-02", "last_date": "2026-11-01"}, "first_date 2026-11-02 is after last_date"),
    ],
)
def test_wrong_parameters_are_refused_in_words(lived_in, given, says):
    with pytest.raises(ParameterError) as refused:
        open_warehouse("duckdb", lived_in.path, once=True).ask("item_attention", ALL, **given)
    assert says in str(refused.value)
