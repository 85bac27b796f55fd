"""Files that appear whole, and one writer at a time."""

import logging
import threading
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from errors import StorageError
from ingest_stack import lake as lake_module
from ingest_stack.lake import COLUMNS, DATED, Lake

DAY = 86_400_000
RESTAURANT = {
    "restaurant_id": "r1",
    "restaurant_name": "Daliyah",
    "area": "Vienna",
    "time_zone": "Europe/Vienna",
    "currency": "EUR",
}


@pytest.fixture
def lake(home: Path) -> Lake:
    return Lake(home / "lake")


def rows(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(sql).fetchall()


def refused(*instants: int) -> list[dict[str, Any]]:
    return [{"received_at": at, "source": "x", "line": 1, "reason": "why"} for at in instants]


def requests(*instants: int) -> duckdb.DuckDBPyRelation:
    kind = COLUMNS["requests"]["request"]
    values = ", ".join(f"({at}::bigint, false, NULL::{kind})" for at in instants)
    return duckdb.sql(f"SELECT * FROM (VALUES {values}) AS t (received_at, bot, request)")


@pytest.mark.parametrize("table", COLUMNS)
def test_an_empty_table_has_its_columns(lake: Lake, table: Any) -> None:
    empty = duckdb.sql(lake.select(table))
    assert empty.columns == (["dt"] if table in DATED else []) + list(COLUMNS[table])
    assert empty.fetchall() == []


def test_rows_go_to_the_utc_date_they_were_received(lake: Lake) -> None:
    lake.append("requests", requests(0, DAY - 1, DAY), "a")
    assert {day: len(files) for day, files in lake.days().items()} == {date(1970, 1, 1): 1, date(1970, 1, 2): 1}
    assert rows(f"SELECT received_at FROM ({lake.select('requests', first_date=date(1970, 1, 2))})") == [(DAY,)]
    assert len(rows(lake.select("requests", last_date=date(1970, 1, 1)))) == 2


def test_appending_again_under_the_same_name_changes_nothing(lake: Lake) -> None:
    for _ in range(2):
        lake.append("requests", requests(1, 2), "a")
        lake.reject(refused(1), "a")
    assert len(rows(lake.select("requests"))) == 2
    assert len(rows(lake.select("rejects"))) == 1


def test_merged_files_hold_the_same_rows(lake: Lake) -> None:
    for number in range(4):
        lake.append("requests", requests(number), f"part-{number}")
    lake.append("requests", requests(99), "other")
    assert not lake.merge(date(1970, 1, 1), below=1 << 20, at_least=5, names="part-*")
    assert lake.merge(date(1970, 1, 1), below=1 << 20, names="part-*")
    assert len(lake.days()[date(1970, 1, 1)]) == 2
    assert sorted(rows(f"SELECT received_at FROM ({lake.select('requests')})")) == [(0,), (1,), (2,), (3,), (99,)]


def test_what_a_killed_writer_left_is_swept_away(lake: Lake) -> None:
    (written,) = lake.append("requests", requests(1), "a")
    left = written.with_name(".b.parquet.123.tmp")
    left.write_bytes(b"PAR1")
    lake.sweep()
    assert [path.name for path in written.parent.iterdir()] == ["a.parquet"]


def test_a_restaurants_dimensions_replace_its_own_and_no_others(lake: Lake) -> None:
    item = dict.fromkeys(COLUMNS["menu_items"]) | {"restaurant_id": "r1", "menu_version": 1, "item_id": "soup"}
    lake.write_dimensions(RESTAURANT, [item])
    lake.write_dimensions(RESTAURANT | {"restaurant_id": "r2"}, [])
    lake.write_dimensions(RESTAURANT | {"restaurant_name": "Dalia"}, [item, item | {"menu_version": 2}])
    names = f"SELECT restaurant_id, restaurant_name FROM ({lake.select('restaurants')}) ORDER BY ALL"
    assert rows(names) == [("r1", "Dalia"), ("r2", "Daliyah")]
    assert rows(f"SELECT menu_version, item_id FROM ({lake.select('menu_items')})") == [(1, "soup"), (2, "soup")]


def test_a_restaurants_rules_replace_its_own_and_no_others(lake: Lake) -> None:
    def said(restaurant: str, rule: str, house: str | None = None) -> dict[str, str | None]:
        named = {"recommended_restaurant_id": house, "recommended_item_id": None}
        return {"restaurant_id": restaurant, "rule": rule} | named

    lake.write_rules("r1", [said("r1", "hidden"), said("r1", "pin", "r2")])
    lake.write_rules("r2", [said("r2", "silent")])
    lake.write_rules("r1", [said("r1", "block", "r3")])
    kept = f"FROM ({lake.select('recommendation_rules')}) ORDER BY restaurant_id"
    assert rows(kept) == [("r1", None, "block", "r3", None), ("r2", None, "silent", None, None)]
    lake.write_rules("r1", [])
    assert rows(kept) == [("r2", None, "silent", None, None)]


def test_a_second_writer_waits_and_says_so(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lake_module, "SECONDS_BEFORE_SAYING", 0.05)
    order: list[str] = []

    def other() -> None:
        with Lake(lake.path).lock():
            order.append("second")

    with lake.lock(), lake.lock():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_lake_that_cannot_be_written_is_one_sentence(home: Path) -> None:
    (home / "lake").write_text("in the way")
    with pytest.raises(StorageError, match=r"The lake can't be kept in .*lake: File exists"):
        Lake(home / "lake").append("rejects", pa.Table.from_pylist(refused(1)), "a")
