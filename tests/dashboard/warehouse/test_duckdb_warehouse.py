"""The DuckDB adapter behind the port: rows, price, as of, generations."""

import threading
from datetime import UTC, date, datetime

import pytest

import queries
from dashboard.access import Scope, scope_of
from dashboard.people import Person
from dashboard.warehouse import open_warehouse
from dashboard.warehouse.tables import DERIVED
from ingest_stack.derived import TABLES, WHOLE

NOW = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)
ALL = Scope.everything()
UNO = scope_of(Person(id="anna", role="manager", restaurants=("uno",)))


@pytest.mark.parametrize("once", [False, True])
def test_an_empty_home_answers_every_report_with_its_columns_and_no_rows(empty, once):
    warehouse = open_warehouse("duckdb", empty.path, once=once, now=lambda: NOW)
    for report in queries.names("report"):
        answer = warehouse.ask(report, ALL)
        assert tuple(answer.frame.columns) == queries.load(report).columns
        assert len(answer.frame) == 0
        assert answer.as_of is None


@pytest.mark.parametrize("once", [False, True])
def test_a_manager_sees_the_own_restaurant_alone_in_every_report(lived_in, once):
    warehouse = open_warehouse("duckdb", lived_in.path, once=once, now=lambda: NOW)
    for report in queries.names("report"):
        everything, own = warehouse.ask(report, ALL).frame, warehouse.ask(report, UNO).frame
        assert set(everything["restaurant_id"]) == {"uno", "duo"}, report
        if report == "recommendation_network":  # of two restaurants, so no restaurant's
            assert own.empty
            continue
        assert set(own["restaurant_id"]) == {"uno"}, report
        assert own.equals(everything[everything["restaurant_id"] == "uno"].reset_index(drop=True)), report


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
        table: queries.load(table, "rollup").columns for table in (*TABLES, *WHOLE)
    }
