"""What a refresh computes, what it leaves alone, and what readers see of it."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from dashboard.warehouse.tables import DERIVED
from errors import StorageError
from ingest_stack import derived
from ingest_stack.rollups import Derived
from menulens import menulens

Make = Callable[..., dict[str, Any]]
TENTH, ELEVENTH = date(2026, 3, 10), date(2026, 3, 11)


def test_a_minute_of_new_events_costs_its_own_day_only(house: Any, event: Make) -> None:
    for day in range(5, 12):
        house.receive(house.request(f"2026-03-{day:02d} 12:00", event("menu_view"), visit=f"v{day}"))
    assert len(house.refresh().days) == 7
    before = Derived(house.lake.path).manifest()
    house.receive(house.request("2026-03-11 12:01", event("item_view", "soup"), visit="new"))
    refreshed = house.refresh()
    after = Derived(house.lake.path).manifest()
    assert (refreshed.days, refreshed.ledger_days) == ((ELEVENTH,), (ELEVENTH,))
    assert after.generation != before.generation
    changed = {
        day for table, files in after.files.items() for day in files if before.files[table].get(day) != files[day]
    }
    assert changed == {ELEVENTH}


def test_an_event_that_comes_days_late_costs_its_visits_day(house: Any, event: Make) -> None:
    for day in range(5, 12):
        house.receive(house.request(f"2026-03-{day:02d} 12:00", event("menu_view"), visit=f"v{day}"))
    house.refresh()
    late = event("item_view", "soup", at="2026-03-09 12:00:30")
    house.receive(house.request("2026-03-11 18:00", late, visit="v9"))
    refreshed = house.refresh()
    assert (refreshed.days, refreshed.ledger_days) == ((date(2026, 3, 9),), (date(2026, 3, 9), ELEVENTH))
    assert house.rows("visits", "visit_id local_date viewed")[-1] == "v9 2026-03-09 1"


def test_a_visit_whose_beginning_moves_leaves_its_old_day(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 23:10", event("item_view", "soup", seq=1)))
    house.refresh()
    assert house.rows("visits", "local_date lost") == ["2026-03-11 1"]
    first = event("menu_view", seq=0, at="2026-03-10 22:50")
    house.receive(house.request("2026-03-11 09:00", first))
    assert house.refresh().days == (TENTH, ELEVENTH)
    assert house.rows("visits", "local_date lost") == ["2026-03-10 0"]
    assert house.rows("item_hours", "local_date reached") == ["2026-03-10 1"]


def test_nothing_new_changes_nothing(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    first = house.refresh()
    manifest = (Derived(house.lake.path).path / "manifest.json").stat()
    again = house.refresh()
    assert (again.days, again.ledger_days, again.generation) == ((), (), first.generation)
    assert (Derived(house.lake.path).path / "manifest.json").stat().st_mtime_ns == manifest.st_mtime_ns


def test_a_merge_of_files_makes_nothing_stale(house: Any, event: Make) -> None:
    for second in range(5):
        house.receive(house.request(f"2026-03-10 12:00:0{second}", event("menu_view"), event("item_view", "soup")))
    first = house.refresh()
    assert house.lake.merge(TENTH, below=1 << 30)
    again = house.refresh()
    assert (again.days, again.ledger_days, again.generation) == ((), (), first.generation)


def test_a_file_that_was_written_anew_is_counted_anew(house: Any, event: Make) -> None:
    house.names = iter(["same", "same"])
    house.receive(house.request("2026-03-10 12:00", event("item_view", "soup", seq=0)))
    house.refresh()
    house.receive(house.request("2026-03-10 12:00", event("item_view", "tea", seq=0)))
    house.refresh()
    assert house.rows("item_hours", "item_id reached") == ["tea 1"]


def test_a_refresh_of_some_days_leaves_the_others_for_the_next(house: Any, event: Make) -> None:
    for day in (8, 9, 10, 11):
        house.receive(house.request(f"2026-03-{day:02d} 12:00", event("menu_view"), visit=f"v{day}"))
    assert house.refresh(first_date=TENTH, last_date=TENTH).days == (TENTH,)
    assert house.rows("visits", "visit_id") == ["v10"]
    rest = house.refresh()
    assert rest.days == (date(2026, 3, 8), date(2026, 3, 9), ELEVENTH)
    assert house.rows("ledger_hours", "local_date kept late") == [f"2026-03-{day} 1 0" for day in ("08", "09", 10, 11)]


def test_each_file_has_exactly_the_columns_of_its_table(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("order_placed", "soup", quantity=1, price_minor=450)))
    house.refresh()
    for table, files in Derived(house.lake.path).manifest().files.items():
        for file in files.values():
            found = duckdb.sql(f"DESCRIBE FROM read_parquet('{file}', hive_partitioning=false)").fetchall()
            assert [(name, kind.lower()) for name, kind, *_ in found] == [*DERIVED[table].items()]


def test_as_of_is_the_newest_event_counted(house: Any, event: Make) -> None:
    assert Derived(house.lake.path).manifest().as_of is None
    house.receive(house.request("2026-03-10 12:00:07", event("menu_view", at="2026-03-10 12:00:05"), visit="a"))
    house.receive(house.request("2026-03-12 12:00", event("menu_view"), visit="b", bot=True))
    house.refresh()
    as_of = Derived(house.lake.path).manifest().as_of
    assert as_of is not None
    assert as_of.isoformat() == "2026-03-10T12:00:05+00:00"
    assert house.rows("ledger_hours", "local_date newest_at") == ["2026-03-10 1773144005000", "2026-03-12 -"]


def test_superseded_files_stay_for_who_reads_them_then_go(
    house: Any, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    house.refresh()
    [old] = Derived(house.lake.path).manifest().files["visits"].values()
    house.receive(house.request("2026-03-10 12:01", event("item_view", "soup")))
    house.refresh()
    assert old.exists()
    monkeypatch.setattr(derived, "GRACE_SECONDS", 0.0)
    house.refresh()
    assert not old.exists()


def test_what_a_refresh_left_behind_when_it_was_killed_is_swept(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    house.refresh()
    [kept] = Derived(house.lake.path).manifest().files["visits"].values()
    orphan = kept.with_name("123.parquet")
    orphan.write_bytes(b"half")
    house.refresh()
    assert kept.exists()
    assert not orphan.exists()


def test_tables_that_were_counted_by_other_rules_are_filled_anew(
    house: Any, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    house.refresh()
    monkeypatch.setattr("ingest_stack.rollups.FORMAT", derived.FORMAT + 1)
    assert house.refresh().days == (TENTH,)


@pytest.mark.parametrize(
    "name", ["requests/dt=2026-03-11/broken.parquet", "rejects/dt=2026-03-10/broken.parquet", "restaurants/r9.parquet"]
)
def test_a_broken_file_is_named_and_the_tables_stay_as_they_were(house: Any, event: Make, name: str) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    house.refresh()
    broken = house.lake.path / name
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_bytes(b"PAR1 but not for long")
    with pytest.raises(StorageError, match=rf"{name} can't be read: .*Move this file"):
        house.refresh()
    assert house.rows("visits", "visit_id") == ["v1"]
    broken.unlink()
    assert house.refresh().days == ()


def test_a_lake_without_anything_is_refreshed_to_nothing(house: Any) -> None:
    assert house.refresh().days == ()
    assert house.rows("visits", "visit_id") == []


def test_a_menu_that_comes_late_moves_only_the_visits_to_its_version(house: Any, event: Make) -> None:
    for day, version in ((8, 1), (9, 2), (10, 2)):
        read = event("item_view", "soup")
        house.receive(house.request(f"2026-03-{day:02d} 12:00", read, visit=f"v{day}", menu_version=version))
    house.publish("r1", {1: {"soup": ("starters", 3)}})
    house.refresh()
    menus = {1: {"soup": ("starters", 3)}, 2: {"soup": ("mains", 9)}}
    house.publish("r1", menus)
    assert house.refresh().days == (date(2026, 3, 9), TENTH)
    assert house.rows("section_hours", "local_date section_id") == [
        "2026-03-08 starters",
        "2026-03-09 mains",
        "2026-03-10 mains",
    ]
    house.publish("r1", menus | {3: {"soup": ("mains", 1)}})
    assert house.refresh().days == ()


def test_readers_never_see_half_a_refresh(house: Any, event: Make) -> None:
    derived_tables, stop, seen = Derived(house.lake.path), threading.Event(), set()

    def read() -> None:
        connection = duckdb.connect()
        while not stop.is_set():
            files = derived_tables.manifest().files
            totals = []
            for table, column in (
                ("visits", "count(*)"),
                ("visit_hours", "sum(visits)"),
                ("ledger_hours", "sum(kept)"),
            ):
                listed = [str(file) for file in files[table].values()]
                found = connection.execute(f"SELECT {column} FROM read_parquet($1)", [listed]) if listed else None
                totals.append(int(found.fetchall()[0][0]) if found else 0)
            seen.add(tuple(totals))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for round_ in range(4):
            for day in (9, 10, 11):
                visit = f"{day}-{round_}"
                house.receive(house.request(f"2026-03-{day:02d} 12:00", event("menu_view"), visit=visit))
            house.refresh()
    finally:
        stop.set()
        reader.join()
    assert seen <= {(n, n, n) for n in (0, 3, 6, 9, 12)}


def test_the_command_says_how_many_days_it_counted(house: Any, event: Make) -> None:
    def run(*options: str) -> str:
        return CliRunner().invoke(menulens, ["refresh", "--home", str(house.lake.path.parent), *options]).stdout

    house.receive(house.request("2026-03-10 12:00", event("menu_view"), visit="a"))
    house.receive(house.request("2026-03-11 12:00", event("menu_view"), visit="b"))
    assert run("--last-date", "2026-03-10").startswith("1 local day counted in ")
    assert run().startswith("1 local day counted in ")
    assert run() == "Nothing new.\n"
    house.receive(house.request("2026-03-11 12:00", event("menu_view"), visit="c", variant="preview"))
    assert run().startswith("1 local day of the ledger counted in ")


def test_days_in_the_wrong_order_are_wrong_usage(house: Any) -> None:
    options = ["--first-date", "2026-11-05", "--last-date", "2026-11-01", "--home", str(house.lake.path.parent)]
    outcome = CliRunner().invoke(menulens, ["refresh", *options])
    assert outcome.exit_code == 2
    assert "2026-11-05 is after --last-date 2026-11-01" in outcome.output
