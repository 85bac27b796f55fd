"""The adapter's own behaviour, against a double with scripted rows: what it sends, waits for, pays and gives up."""

import ctypes
import threading
import time
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import queries
from dashboard.access import Scope
from dashboard.warehouse import athena as adapter
from dashboard.warehouse import remote
from dashboard.warehouse.waiting import waited_for
from errors import EngineError
from tests.athena.conftest import DAILY, NEWS, Opened, Script
from tests.athena.double import Asked, Refused, Result, Workgroup

ALL = Scope.everything()
MINIMUM = 10 / 2**20 * 5.0
"""Dollars that any query costs that ran."""
DAY = ["uno", "2026-11-02", "9007199254740993", "0", "0", "-5", "EUR", "1.0E-7"]


def test_values_arrive_in_the_types_that_duckdb_gives(opened: Opened, script: Script) -> None:
    script.answer = lambda _: Result(DAILY, [DAY, [None] * 8, ["", *DAY[1:6], "ส้ม 'q'\n\"z\"", "NaN"]])
    frame = opened()[0].ask("daily", ALL).frame
    assert [str(dtype) for dtype in frame.dtypes] == [
        "string[pyarrow]",
        "date32[day][pyarrow]",
        *["int64[pyarrow]"] * 4,
        "string[pyarrow]",
        "double[pyarrow]",
    ]
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    first, null, odd = pa.Table.from_pandas(frame).to_pylist()
    assert (first["local_date"], first["visits"], first["conversion_rate"]) == (date(2026, 11, 2), 2**53 + 1, 1e-7)
    assert set(null.values()) == {None}
    assert (odd["restaurant_id"], odd["currency"]) == ("", "ส้ม 'q'\n\"z\"")


def test_an_answer_without_rows_has_the_same_types(opened: Opened, script: Script) -> None:
    warehouse, _ = opened()
    empty = warehouse.ask("daily", ALL).frame
    script.answer = lambda _: Result(DAILY, [DAY])
    assert len(empty) == 0
    assert list(empty.dtypes) == list(warehouse.ask("daily", ALL, last_date="2026-11-02").frame.dtypes)


def test_rows_beyond_a_page_follow_in_order(opened: Opened, script: Script) -> None:
    script.answer = lambda _: Result(DAILY, [["uno", "2026-11-02", str(n), *DAY[3:]] for n in range(2500)])
    warehouse, athena = opened()
    assert list(warehouse.ask("daily", ALL).frame["visits"]) == list(range(2500))
    assert len(athena.called("GetQueryResults")) == 1 + 3


def test_a_row_that_reads_like_the_header_is_a_row(opened: Opened, script: Script) -> None:
    script.answer = lambda _: Result([("restaurant_id", "varchar")], [["restaurant_id"], ["uno"]])
    assert list(opened()[0].ask("daily", ALL).frame["restaurant_id"]) == ["restaurant_id", "uno"]


def test_values_are_bound_and_never_part_of_the_text(opened: Opened) -> None:
    warehouse, athena = opened()
    o_brien = Scope("ann", "manager", frozenset({"o'brien", "uno"}))
    warehouse.ask("item_attention", o_brien, first_date="2026-11-01", last_date="2026-11-14")
    sent = athena.called("StartQueryExecution")[-1]
    assert "o'brien" not in sent["QueryString"]
    assert "2026" not in sent["QueryString"]
    assert set(sent["ExecutionParameters"]) == {"'o''brien'", "'uno'", "'2026-11-01'", "'2026-11-14'", "NULL"}
    assert len(sent["ExecutionParameters"]) == sent["QueryString"].count("?")


def test_without_dates_today_is_the_restaurants(opened: Opened) -> None:
    warehouse, athena = opened()
    warehouse.ask("daily", ALL)
    assert athena.called("StartQueryExecution")[-1]["ExecutionParameters"] == ["'2026-10-17'", "'2026-11-15'"]


def test_a_query_goes_to_the_workgroup_and_database_and_names_no_output(opened: Opened) -> None:
    warehouse, athena = opened()
    warehouse.ask("daily", ALL)
    for sent in athena.called("StartQueryExecution"):
        assert sent["WorkGroup"] == "primary"
        assert sent["QueryExecutionContext"] == {"Catalog": "AwsDataCatalog", "Database": "menulens"}
        assert "ResultConfiguration" not in sent


def test_an_output_is_named_where_the_workgroup_has_none(opened: Opened) -> None:
    none = {"primary": Workgroup(output=None, enforced=False)}
    warehouse, athena = opened(output="s3://bucket/results", athena_workgroups=none)
    warehouse.ask("daily", ALL)
    sent = athena.called("StartQueryExecution")[-1]
    assert sent["ResultConfiguration"] == {"OutputLocation": "s3://bucket/results/"}


def test_a_query_that_ran_costs_its_bytes_and_ten_megabytes_at_least(opened: Opened, script: Script) -> None:
    warehouse, _ = opened(athena_queued_seconds=0.1)
    first = warehouse.ask("daily", ALL)
    assert first.cost.bytes_scanned == 3_000_000 + 1
    assert first.cost.dollars == pytest.approx(2 * MINIMUM), "the look at what is new is paid for too"
    script.answer = lambda _: Result(DAILY, [], bytes_scanned=2**40 - 1)
    second = warehouse.ask("daily", ALL, last_date="2026-11-02")
    assert second.cost.bytes_scanned == 2**40 - 1
    assert second.cost.dollars == pytest.approx(5.0), "by the megabyte begun"
    assert 0.1 <= second.cost.queued_seconds <= second.cost.seconds
    assert (second.cost.engine, second.cost.reused, second.cost.cached) == ("athena", False, False)


def test_the_same_question_of_the_same_data_is_served_again_for_nothing(
    opened: Opened, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, athena = opened()
    warehouse.ask("daily", ALL)
    again = warehouse.ask("daily", ALL).cost
    assert (again.reused, again.dollars, again.bytes_scanned) == (True, 0.0, 0)
    monkeypatch.setattr(remote, "LOOK_SECONDS", 0.0)
    assert warehouse.ask("daily", ALL).cost.reused, "what is new is asked anew, and isn't new"
    script.looked = lambda _: replace(NEWS, rows=[["uno", "Europe/Berlin", "1793620800000", "8", None]])
    assert not warehouse.ask("daily", ALL).cost.reused
    looks = [sent for sent in athena.called("StartQueryExecution") if "news" in sent["QueryString"]]
    assert len(looks) == 3
    assert all("ResultReuseConfiguration" not in sent for sent in looks)


def test_a_result_is_never_reused_for_other_values_even_if_athena_compares_texts_alone(opened: Opened) -> None:
    warehouse, athena = opened()
    for scope in (ALL.only("uno"), ALL.only("duo"), ALL.only("uno")):
        warehouse.ask("daily", scope)
    one, other, again = (sent["QueryString"] for sent in athena.called("StartQueryExecution")[1:])
    assert one == again != other


def test_reuse_can_be_turned_off(opened: Opened) -> None:
    warehouse, athena = opened(reuse_minutes=0)
    warehouse.ask("daily", ALL)
    assert not warehouse.ask("daily", ALL).cost.reused
    assert all("ResultReuseConfiguration" not in sent for sent in athena.called("StartQueryExecution"))


def test_what_is_new_is_looked_up_rarely_and_names_the_generation(
    opened: Opened, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, athena = opened()
    before = warehouse.generation()
    script.looked = lambda _: replace(NEWS, rows=[["uno", "Europe/Berlin", "1793620900000", "8", None]])
    assert warehouse.generation() == before
    assert len(athena.called("StartQueryExecution")) == 1
    monkeypatch.setattr(remote, "LOOK_SECONDS", 0.0)
    assert warehouse.generation() != before


def test_as_of_is_the_newest_event_of_the_scope(opened: Opened) -> None:
    warehouse, _ = opened()
    assert str(warehouse.ask("daily", ALL).as_of) == "2026-11-02 12:00:00+00:00"
    assert warehouse.as_of(ALL.only("duo")) is None


def test_throttled_calls_are_made_again(opened: Opened) -> None:
    warehouse, athena = opened()
    warehouse.generation()
    athena.refusals += [Refused("TooManyRequestsException", "…"), Refused("ThrottlingException", "Rate exceeded")]
    warehouse.ask("daily", ALL)
    assert len(athena.called("StartQueryExecution")) == 1 + 3


def test_polls_come_fast_at_first_and_slower_later(
    opened: Opened, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, _ = opened(timeout_seconds=1_000_000)
    warehouse.generation()
    clock, pauses = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        if clock[0] < 15:  # later ones are as many as come before the answer does
            pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(adapter, "sleep", sleep)
    monkeypatch.setattr(adapter, "monotonic", lambda: clock[0])
    script.answer = lambda _: (_until(lambda: clock[0] > 15), Result(DAILY, []))[1]
    warehouse.ask("daily", ALL)
    assert pauses[0] == 0.05
    assert all(early <= later for early, later in pairwise(pauses))
    assert pauses[-1] == 1.0
    assert len(pauses) < 60


def test_a_query_is_cancelled_at_its_timeout(opened: Opened, script: Script) -> None:
    warehouse, athena = opened(timeout_seconds=1)
    warehouse.generation()
    script.answer = _never
    with pytest.raises(EngineError, match=r"no answer to daily after 1 seconds.* fewer days"):
        warehouse.ask("daily", ALL)
    assert len(athena.called("StopQueryExecution")) == 1


def test_a_query_that_nobody_waits_for_is_cancelled(opened: Opened, script: Script) -> None:
    warehouse, athena = opened()
    warehouse.generation()
    script.answer = _never

    def left() -> None:
        waited_for.set(lambda: not athena.called("GetQueryExecution")[2:])
        with pytest.raises(EngineError, match="nobody waits"):
            warehouse.ask("daily", ALL)

    copy_context().run(left)
    assert len(athena.called("StopQueryExecution")) == 1


def test_a_thread_that_is_interrupted_cancels_its_query(opened: Opened, script: Script) -> None:
    class Left(BaseException):
        pass

    warehouse, athena = opened()
    warehouse.generation()
    script.answer = _never
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            warehouse.ask("daily", ALL)
        except BaseException as problem:
            ended.append(problem)

    thread = threading.Thread(target=ask)
    thread.start()
    _until(lambda: len(athena.called("GetQueryExecution")) > 2)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Left))
    thread.join(10)
    assert isinstance(ended[0], Left)
    assert len(athena.called("StopQueryExecution")) == 1


def test_ctrl_c_cancels_the_query(opened: Opened, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse, athena = opened()
    warehouse.generation()
    script.answer = _never
    monkeypatch.setattr(adapter, "sleep", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        warehouse.ask("daily", ALL)
    assert len(athena.called("StopQueryExecution")) == 1


def test_many_threads_may_ask_at_once(opened: Opened, script: Script) -> None:
    together = threading.Barrier(8, timeout=10)

    def answer(asked: Asked) -> Result:
        together.wait()
        return Result([("said", "varchar")], [[asked.parameters[0]]])

    script.answer = answer
    warehouse, athena = opened()
    said: dict[str, Any] = {}

    def ask(day: str) -> None:
        said[day] = warehouse.ask("daily", ALL, first_date=day, last_date="2026-12-01").frame["said"][0]

    threads = [threading.Thread(target=ask, args=(f"2026-11-{n:02}",)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert said == {f"2026-11-{n:02}": f"'2026-11-{n:02}'" for n in range(1, 9)}
    assert len(athena.called("StartQueryExecution")) == 1 + 8, "one look at what is new for all of them"


def test_every_report_is_sent_with_a_value_for_each_placeholder(opened: Opened) -> None:
    warehouse, athena = opened()
    for name in queries.names("report"):
        warehouse.ask(name, ALL.only("uno"))
        sent = athena.called("StartQueryExecution")[-1]
        assert sent["QueryString"].count("?") == len(sent["ExecutionParameters"]) > 0, name


def _never(asked: Asked) -> Result:
    asked.stopped.wait(30)
    return Result((), ())


def _interrupt(_: float) -> None:
    raise KeyboardInterrupt


def _until(happened: Any) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.002)
