"""When the recommendations are made anew: daily by the keeper, at once by whoever asks for a refresh, all in one go."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.access import Scope, scope_of
from dashboard.people import Person
from dashboard.warehouse import open_warehouse
from ingest_stack.derived import WHOLE, Derived
from ingest_stack.rollups import refresh

Make = Callable[..., dict[str, Any]]
DAY_SECONDS = 86_400.0
TABLES = {
    "recommendations": "restaurant_id item_id recommended_restaurant_id recommended_item_id rank support",
    "crossings": "from_restaurant_id item_id recommended_item_id rank score guests item_guests area_guests",
    "item_pairs": "restaurant_id item_id other_item_id rank score support attach_rate lift",
}


@pytest.fixture
def street(house: Any) -> Any:
    """Three restaurants of one area: soup and tea at r1, curry at r2, cake at r3."""
    for restaurant, items in (("r1", ("soup", "tea")), ("r2", ("curry",)), ("r3", ("cake",))):
        house.houses.setdefault(restaurant, {"time_zone": "UTC", "currency": "EUR"})["area"] = "Harbour"
        house.publish(restaurant, {1: {item: ("all", place) for place, item in enumerate(items, 1)}})
    return house


def visits(house: Any, event: Make, guests: range, *taken: str, day: int = 10) -> list[dict[str, Any]]:
    """Requests in which each of these guests opened all of that, each at its restaurant."""
    return [
        house.request(
            f"2026-03-{day} 12:00",
            event("item_open", item),
            visit=f"{guest} {one} {day}",
            guest_id=f"guest-{guest}",
            restaurant_id=restaurant,
        )
        for guest in guests
        for one in taken
        for restaurant, item in [one.split()]
    ]


def recommended(house: Any) -> list[list[str]]:
    return [house.rows(table, columns) for table, columns in TABLES.items()]


def test_a_refresh_brings_them_and_one_without_news_leaves_them(street: Any, event: Make) -> None:
    street.receive(*visits(street, event, range(6), "r1 soup", "r1 tea", "r2 curry"))
    street.refresh()
    assert street.rows("recommendations", TABLES["recommendations"])[:3] == [
        "r1 - r2 curry 1 5",
        "r1 soup r2 curry 1 5",
        "r1 tea r2 curry 1 5",
    ]
    assert street.rows("item_pairs", "restaurant_id item_id other_item_id support") == [
        "r1 soup tea 6",
        "r1 tea soup 6",
    ]
    manifest = (Derived(street.lake.path).path / "manifest.json").read_bytes()
    street.refresh()
    assert (Derived(street.lake.path).path / "manifest.json").read_bytes() == manifest


def test_the_keeper_makes_them_once_a_day_and_a_refresh_at_once(
    street: Any, event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> list[str]:
        refresh(street.lake.path, recommend_after=DAY_SECONDS)
        return street.rows("crossings", "from_restaurant_id item_id guests")

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    street.receive(*visits(street, event, range(6), "r1 soup", "r2 curry"))
    assert kept()[1] == "r1 soup 6"
    street.receive(*visits(street, event, range(6, 9), "r1 soup", "r2 curry"))
    now += DAY_SECONDS - 1
    assert kept()[1] == "r1 soup 6"
    assert len(street.rows("visits", "visit_id")) == 18  # all else keeps up
    now += 1
    assert kept()[1] == "r1 soup 9"
    street.receive(*visits(street, event, range(9, 10), "r1 soup", "r2 curry"))
    street.refresh()
    assert street.rows("crossings", "from_restaurant_id item_id guests")[1] == "r1 soup 10"


def test_other_rules_make_them_anew_at_the_next_refresh_without_waiting_a_day(street: Any, event: Make) -> None:
    def kept() -> list[str]:
        refresh(street.lake.path, recommend_after=DAY_SECONDS)
        return street.rows("recommendations", "restaurant_id recommended_restaurant_id")

    hidden: dict[str, Any] = {"restaurant_id": "r2", "rule": "hidden"}
    street.receive(*visits(street, event, range(6), "r1 soup", "r2 curry"))
    assert kept() == ["r1 r2", "r1 r2", "r2 r1", "r2 r1"]
    street.lake.write_rules("r2", [hidden])
    assert kept() == ["r2 r1", "r2 r1"]
    manifest = (Derived(street.lake.path).path / "manifest.json").read_bytes()
    street.lake.write_rules("r2", [hidden])  # said again
    kept()
    assert (Derived(street.lake.path).path / "manifest.json").read_bytes() == manifest
    street.lake.write_rules("r2", [])
    assert kept() == ["r1 r2", "r1 r2", "r2 r1", "r2 r1"]


def test_however_the_refreshes_were_cut_they_end_the_same(house_at: Any, event: Make, tmp_path: Any) -> None:
    ended, draw = [], random.Random(3)
    for turn in range(3):
        house = house_at(tmp_path / str(turn))
        for restaurant, items in (("r1", ("soup", "tea")), ("r2", ("curry",)), ("r3", ("cake",))):
            house.houses.setdefault(restaurant, {"time_zone": "UTC", "currency": "EUR"})["area"] = "Harbour"
            house.publish(restaurant, {1: {item: ("all", place) for place, item in enumerate(items, 1)}})
        requests = visits(house, event, range(8), "r1 soup", "r2 curry", day=10)
        requests += visits(house, event, range(3, 11), "r1 tea", "r3 cake", "r2 curry", day=11)
        if turn:
            draw.shuffle(requests)
        for start in range(0, len(requests), len(requests) if turn == 0 else 11):
            house.receive(*requests[start : start + (len(requests) if turn == 0 else 11)])
            refresh(house.lake.path, recommend_after=DAY_SECONDS * (turn == 2))
        house.refresh()
        ended.append(recommended(house))
    assert ended[0] == ended[1] == ended[2]
    assert all(ended[0])


def test_a_menu_without_the_item_a_new_area_and_another_least_make_them_stale(street: Any, event: Make) -> None:
    street.receive(*visits(street, event, range(6), "r1 soup", "r1 tea", "r2 curry"))
    street.refresh()
    street.publish("r1", {1: {"soup": ("all", 1), "tea": ("all", 2)}, 2: {"soup": ("all", 1)}})
    street.refresh()
    assert street.rows("item_pairs", "item_id") == []
    street.houses["r2"]["area"] = "Hill"
    street.publish("r2", {1: {"curry": ("all", 1)}})
    street.refresh()
    assert street.rows("recommendations", "restaurant_id") == []
    street.houses["r2"]["area"] = "Harbour"
    street.publish("r2", {1: {"curry": ("all", 1)}})
    refresh(street.lake.path, least_guests=7)
    assert street.rows("recommendations", "restaurant_id") == []
    refresh(street.lake.path, least_guests=6)
    assert street.rows("recommendations", "support")[0] == "6"


def test_they_appear_with_the_days_that_they_were_made_of(street: Any, event: Make) -> None:
    derived = Derived(street.lake.path)
    street.receive(*visits(street, event, range(6), "r1 soup", "r1 tea", "r2 curry"))
    street.refresh()
    before = derived.manifest()
    street.receive(*visits(street, event, range(6, 12), "r1 soup", "r1 tea", "r2 curry", day=12))
    street.refresh()
    after = derived.manifest()
    for table in WHOLE:
        assert [str(day) for day in before.files[table]] == ["2026-03-10"]
        assert [str(day) for day in after.files[table]] == ["2026-03-12"]
        assert all(file.exists() for file in before.files[table].values())  # a reader may still hold them


def test_one_visit_from_the_future_doesnt_end_all_others_days(street: Any, event: Make) -> None:
    street.receive(*visits(street, event, range(6), "r1 soup", "r2 curry"))
    far = street.request("2099-01-01 12:00", event("item_open", "soup"), visit="far", guest_id="guest-99")
    street.receive(far)
    street.refresh()
    assert street.rows("crossings", "from_restaurant_id guests")[0] == "r1 6"


def test_a_manifest_from_before_there_were_any_is_read_and_brought_up_to_date(street: Any, event: Make) -> None:
    street.receive(*visits(street, event, range(6), "r1 soup", "r2 curry"))
    street.refresh()
    derived = Derived(street.lake.path)
    state = derived.state()
    for table in WHOLE:
        del state.tables[table]
    state.recommended = ""
    derived.publish(state)
    assert derived.manifest().files["recommendations"] == {}
    assert street.refresh().days == ()
    assert street.rows("crossings", "from_restaurant_id guests")[0] == "r1 6"


def test_counts_of_two_restaurants_are_seen_by_who_sees_all_and_by_nobody_else(street: Any, event: Make) -> None:
    street.receive(*visits(street, event, range(7), "r1 soup", "r2 curry"))
    street.refresh()
    warehouse = open_warehouse("duckdb", street.lake.path.parent, once=True)

    def told(scope: Scope) -> list[tuple[Any, ...]]:
        frame = warehouse.ask("recommendations", scope).frame
        soup = frame[(frame["restaurant_id"] == "r1") & frame["item_id"].notna()]
        return list(soup[["score", "support", "reason"]].itertuples(index=False, name=None))

    assert [support for _, support, _ in told(Scope.everything())] == [7]
    for restaurants in (("r1",), ("r1", "r2"), ("r1", "r2", "r3")):
        manager = scope_of(Person(id="may", role="manager", restaurants=restaurants))
        words = "Most of the guests who went for soup here also went for curry at r2"
        assert told(manager) == [(1.0, 5, words)]
    other = scope_of(Person(id="bo", role="manager", restaurants=("r2",)))
    assert set(warehouse.ask("recommendations", other).frame["restaurant_id"]) == {"r2"}
