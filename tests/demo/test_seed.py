import json
import shutil
from datetime import UTC, date, datetime

import duckdb
import pandas as pd
import pytest

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.store import open_store
from dashboard.people import People
from dashboard.warehouse import open_warehouse
from demo import seed as seeding
from errors import SettingError, StorageError
from ingest_stack.lake import Lake

WINDOW = {"first_date": date(2026, 3, 26), "last_date": date(2026, 3, 30)}


def ask(home, report, **parameters):
    warehouse = open_warehouse("duckdb", home, once=True)
    return warehouse.ask(report, Scope.everything(), **WINDOW | parameters).frame


def truth(home, name):
    return pd.concat([pd.read_parquet(path) for path in sorted((home / "truth" / name).glob("*.parquet"))])


def lake_bytes(home):
    files = sorted(path for path in (home / "lake").rglob("*.parquet") if "derived" not in path.parts)
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def requests(home):
    rows = duckdb.connect().sql(f"SELECT received_at, request FROM read_parquet('{home}/lake/requests/*/*.parquet')")
    return sorted(map(str, rows.fetchall()))


def test_the_same_seed_and_last_day_give_the_same_bytes(home, fill, tmp_path):
    fill(tmp_path / "again", now=datetime(2026, 7, 15, tzinfo=UTC))
    assert lake_bytes(home) == lake_bytes(tmp_path / "again")


def test_daily_counts_what_guests_did_whatever_happened_on_the_way(home):
    days = truth(home, "visits").assign(ordering=lambda visits: visits.orders > 0)
    days = days.groupby(["restaurant_id", "local_date"]).agg(
        visits=("visit_id", "size"),
        orders=("orders", "sum"),
        ordering=("ordering", "sum"),
        money=("revenue_minor", "sum"),
    )
    said = ask(home, "daily")
    found = [tuple(row) for row in said[["visits", "orders", "ordering_visits", "revenue_minor"]].to_numpy().tolist()]
    assert found == [tuple(row) for row in days.to_numpy().tolist()]
    assert [str(day)[:10] for day in said.local_date] == [str(day)[:10] for _, day in days.index]


def test_item_attention_counts_what_guests_did_at_each_version(home):
    measures = ["reached", "viewed", "opened", "intents", "ordered", "quantity"]
    for version in (1, 2):
        items = truth(home, "item_days").query("menu_version == @version")
        true = items.groupby(["restaurant_id", "item_id"])[measures].sum()
        said = ask(home, "item_attention", menu_version=version).set_index(["restaurant_id", "item_id"])[measures]
        assert said.sort_index().astype(int).to_dict() == true.to_dict()


def test_the_ledger_knows_the_repeats_the_late_the_bots_and_the_previews(home):
    measures = ["received", "kept", "duplicates", "late", "bots", "previews"]
    true = truth(home, "ledger").groupby("restaurant_id")[measures].sum()
    said = ask(home, "ledger", first_date=date(2026, 3, 20), last_date=date(2026, 4, 10))
    assert said.groupby("restaurant_id")[[*measures, "lost"]].sum()[measures].astype(int).to_dict() == true.to_dict()
    assert (true[["duplicates", "bots", "previews"]] > 0).all(axis=None)
    assert said.lost.sum() == truth(home, "visits").lost.sum()


def test_moving_an_item_up_shows_in_the_report(fill, tmp_path):
    fill(tmp_path, restaurants=1, days=8, visits_per_day=150)
    model = json.loads((tmp_path / "truth/model.json").read_text())["restaurants"]
    before, after = (
        ask(tmp_path, "item_attention", menu_version=version, first_date=date(2026, 3, 20)).set_index("item_id")
        for version in (1, 2)
    )
    for id in model["sen-and-sai"]["moved"]:
        seen = [frame.viewed[id] / frame.visits[id] for frame in (before, after)]
        assert (seen[1] > seen[0]) == (after.position[id] < before.position[id])


def test_menus_people_and_pages_are_there(home):
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    assert len(store.restaurants()) == 3
    assert all(store.versions(id) == [1, 2] for id in store.restaurants())
    assert any(store.sold_out(id) for id in store.restaurants())
    assert {person.role for person in People(FolderBlobs(home)).read().people} == {"manager", "product", "admin"}
    assert (home / "site/r/zur-goldenen-wachtel/en/index.html").exists()


def test_nothing_is_received_after_now_and_going_on_later_ends_the_same_as_seeding_later(fill, tmp_path):
    noon, night = (datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (12, 20))
    fill(tmp_path / "one", now=night, last_date=None)
    fill(tmp_path / "two", now=noon, last_date=None)
    received = duckdb.connect().sql(
        f"SELECT max(received_at) FROM read_parquet('{tmp_path}/two/lake/requests/*/*.parquet')"
    )
    assert received.fetchall()[0][0] <= noon.timestamp() * 1000
    fill(tmp_path / "two", now=night, last_date=None)
    assert requests(tmp_path / "two") == requests(tmp_path / "one")
    assert len(truth(tmp_path / "two", "visits")) == ask(tmp_path / "two", "daily").visits.sum()


def test_hours_in_which_live_guests_came_get_no_others(fill, tmp_path):
    noon, evening, night = (datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (12, 18, 20))
    record = fill(tmp_path, now=noon, last_date=None)
    before = requests(tmp_path)
    seeding.lived_on(tmp_path, record, evening)
    fill(tmp_path, now=night, last_date=None)
    times = [int(row.split(",")[0].strip("(")) for row in set(requests(tmp_path)) - set(before)]
    assert evening.timestamp() * 1000 < min(times) <= max(times) <= night.timestamp() * 1000


def test_a_later_run_fills_the_days_since(home, fill, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    before = requests(home)
    record = fill(tmp_path / "home", now=datetime(2026, 4, 1, 12, tzinfo=UTC), last_date=None)
    assert record.last_date is None
    assert set(before) < set(requests(tmp_path / "home"))
    said = ask(tmp_path / "home", "daily", last_date=date(2026, 4, 1))
    assert str(said.local_date.max())[:10] == "2026-04-01"
    assert said.visits.sum() == len(truth(tmp_path / "home", "visits"))


def test_a_seeded_home_is_kept_as_it_is(home, fill):
    before = lake_bytes(home)
    fill(home, restaurants=None, days=None, visits_per_day=None)
    assert lake_bytes(home) == before


def test_an_interrupted_seed_is_begun_anew(home, fill, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seeding, "_refresh", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fill(tmp_path, visits_per_day=10)
    fill(tmp_path)
    assert lake_bytes(tmp_path) == lake_bytes(home)


def test_a_home_that_was_seeded_otherwise_says_with_what(home, fill):
    with pytest.raises(SettingError, match=r"was seeded with --restaurants 3, --seed 2026\."):
        fill(home, restaurants=5, seed=1)


def test_a_home_with_other_data_is_left_alone(fill, tmp_path):
    (tmp_path / "lake").mkdir()
    with pytest.raises(SettingError, match="holds 'lake', which the demo did not make"):
        fill(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_a_broken_record_or_a_file_in_place_of_the_home_is_said_in_a_sentence(fill, tmp_path):
    (tmp_path / "demo.json").write_text('{"state": "rea')
    with pytest.raises(StorageError, match=r"demo\.json is broken"):
        fill(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        fill(tmp_path / "file")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        fill(tmp_path / "file" / "below")
