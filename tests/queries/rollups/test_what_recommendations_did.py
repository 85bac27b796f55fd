"""What recommendations did: who saw and opened them, who came of them and ordered, and who was held out."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.access import Scope, scope_of
from dashboard.people import Person
from dashboard.warehouse import open_warehouse

Make = Callable[..., dict[str, Any]]
SHOWN = "recommended_restaurant_id recommended_item_id"
NOON = "2026-03-10 12:00"
MARCH = {"first_date": "2026-03-01", "last_date": "2026-03-31"}


def curry(item: str | None = "curry", house: str = "r2") -> dict[str, Any]:
    return {"recommended_restaurant_id": house, "recommended_item_id": item}


def order(event: Make, item: str) -> dict[str, Any]:
    return event("order_placed", item, price_minor=450, order_id="o1", currency="EUR")


def test_a_visit_sees_and_opens_a_recommendation_once_however_often(house: Any, event: Make) -> None:
    seen, opened = event("recommendation_view", **curry()), event("recommendation_open", **curry())
    house.receive(
        house.request(NOON, seen, {**seen}, opened, {**opened}, visit="a"),
        house.request(NOON, event("recommendation_view", **curry()), visit="b"),
        house.request(NOON, event("recommendation_open", **curry("rice")), visit="b"),  # who opens one has seen it
    )
    house.refresh()
    # The restaurant as a whole, too: visit b saw two of its items.
    assert house.rows("recommendation_hours", f"restaurant_id {SHOWN} viewed opened local_hour") == [
        "r1 r2 - 2 2 13",
        "r1 r2 curry 2 1 13",
        "r1 r2 rice 1 1 13",
    ]
    assert house.rows("visit_hours", "visits recommendation_viewed recommendation_opened") == ["2 2 2"]


def test_nobody_is_counted_who_is_counted_nowhere_else(house: Any, event: Make) -> None:
    for visit, more in (("bot", {"bot": True}), ("staff", {"variant": "preview"}), ("guest", {}), ("guest", {})):
        seen = event("recommendation_view", seq=0, **curry())
        house.receive(house.request(NOON, seen, visit=visit, source_restaurant_id="r2", **more))
    late = event("recommendation_view", at="2026-03-07 11:59:59", **curry())
    house.receive(house.request(NOON, late, visit="late"))
    house.refresh()
    assert house.rows("recommendation_hours", "recommended_item_id viewed") == ["- 1", "curry 1"]
    assert house.rows("crossing_hours", f"from_restaurant_id {SHOWN} viewed arrived") == [
        "r1 r2 - 1 0",
        "r1 r2 curry 1 0",
        "r2 r1 - 0 1",
    ]


def test_a_recommendation_of_a_whole_restaurant_or_of_nothing(house: Any, event: Make) -> None:
    nothing = event("recommendation_view", recommended_item_id="curry")
    house.receive(house.request(NOON, event("recommendation_view", **curry(None)), nothing))
    house.refresh()
    assert house.rows("recommendation_hours", f"{SHOWN} viewed") == ["r2 - 1"]


def test_who_came_of_a_recommendation_arrived_and_at_the_items_that_they_took(house: Any, event: Make) -> None:
    came = {"restaurant_id": "r2", "source_restaurant_id": "r1"}
    house.receive(
        house.request(NOON, event("item_open", "curry"), event("item_pass", "rice"), visit="opened", **came),
        house.request(NOON, order(event, "rice"), visit="ordered", **came),
        house.request(NOON, event("menu_view"), visit="looked", **came),
        house.request(NOON, order(event, "curry"), visit="of itself", restaurant_id="r2"),
        house.request(NOON, order(event, "curry"), visit="own", restaurant_id="r2", source_restaurant_id="r2"),
    )
    house.refresh()
    assert house.rows("crossing_hours", f"restaurant_id from_restaurant_id {SHOWN} local_hour arrived ordered") == [
        "- r1 r2 - 17 3 1",  # the hour in Kathmandu
        "- r1 r2 curry 17 1 0",
        "- r1 r2 rice 17 1 1",
    ]


def test_a_visit_that_begins_as_a_holdout_stays_one(house: Any, event: Make) -> None:
    house.receive(
        house.request(NOON, event("menu_view"), visit="out", variant="holdout"),
        house.request("2026-03-10 12:01", order(event, "soup"), visit="out"),
        house.request(NOON, event("menu_view"), visit="in"),
        house.request("2026-03-10 12:01", event("menu_view"), visit="in", variant="holdout"),
    )
    house.refresh()
    assert house.rows("visits", "visit_id holdout ordered") == ["in 0 0", "out 1 1"]
    assert house.rows("visit_hours", "holdout visits ordered") == ["0 1 0", "1 1 1"]


def test_who_looked_at_what_was_sold_out_is_counted_and_who_wanted_it(house: Any, event: Make) -> None:
    def see(visit: str, *kinds: str, available: bool | None = False) -> dict[str, Any]:
        return house.request(NOON, *[event(kind, "soup", available=available) for kind in kinds], visit=visit)

    house.receive(
        see("passed", "item_pass"),
        see("viewed", "item_view", "item_view"),
        see("opened", "item_view", "item_open"),
        see("wanted", "item_order"),
        see("there", "item_view", "item_open", available=None),
    )
    house.refresh()
    assert house.rows("item_hours", "item_id viewed viewed_sold_out opened_sold_out") == ["soup 4 3 2"]


def asked(house: Any, report: str, *restaurants: str) -> list[dict[str, Any]]:
    """A report's rows for who has these restaurants; for who sees all where none is named."""
    warehouse = open_warehouse("duckdb", house.lake.path.parent, once=True)
    scope = Scope.everything()
    if restaurants:
        scope = scope_of(Person(id="may", role="manager", restaurants=restaurants))
    frame = warehouse.ask(report, scope, **MARCH).frame.astype(object)
    rows: list[dict[str, Any]] = frame.where(frame.notna(), None).to_dict("records")
    return rows


@pytest.fixture
def used(house: Any, event: Make) -> Any:
    """At r1 four visits saw r2's curry and one was held out; two came to r2 of it, and one of those ordered it."""
    for visit in "abcd":
        house.receive(house.request(NOON, event("recommendation_view", **curry()), visit=visit))
    house.receive(
        house.request(NOON, event("recommendation_open", **curry()), visit="a"),
        house.request(NOON, order(event, "soup"), visit="held", variant="holdout"),
        house.request(NOON, order(event, "curry"), visit="e", restaurant_id="r2", source_restaurant_id="r1"),
        house.request(NOON, event("item_open", "tea"), visit="f", restaurant_id="r2", source_restaurant_id="r1"),
        house.request("2026-03-11 12:00", order(event, "soup"), visit="long ago"),  # nothing was shown that day
    )
    house.refresh()
    return house


def test_the_effect_compares_who_may_see_some_with_who_was_held_out(used: Any) -> None:
    columns = ("restaurant_id", "group", "visits", "ordering_visits", "orders", "revenue_minor", "views", "opens")
    rows = asked(used, "recommendation_effect", "r1")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("r1", "shown", 4, 0, 0, 0, 4, 1),
        ("r1", "holdout", 1, 1, 1, 450, 0, 0),
    ]
    assert [row["conversion_rate"] for row in rows] == [0, 1]


def test_what_followed_elsewhere_is_told_to_who_sees_all_and_to_nobody_else(used: Any) -> None:
    columns = ("recommended_item_id", "views", "opens", "open_rate", "arrivals", "ordering_visits")

    def told(*restaurants: str) -> list[tuple[Any, ...]]:
        return [tuple(row[name] for name in columns) for row in asked(used, "recommendation_views", *restaurants)]

    # Their tea was shown to nobody.
    assert told() == [(None, 4, 1, 0.25, 2, 1), ("curry", 4, 1, 0.25, 1, 1)]
    for own in (("r1",), ("r1", "r2")):
        assert told(*own) == [(None, 4, 1, 0.25, None, None), ("curry", 4, 1, 0.25, None, None)]
    assert told("r2") == []


def test_the_network_is_drawn_for_who_sees_all_alone(used: Any) -> None:
    [row] = asked(used, "recommendation_network")
    assert {name: row[name] for name in row if not name.endswith("name")} == {
        "restaurant_id": "r1",
        "recommended_restaurant_id": "r2",
        "guests": 0,
        "views": 4,
        "opens": 1,
        "arrivals": 2,
        "ordering_visits": 1,
    }
    for own in (("r1",), ("r2",), ("r1", "r2")):
        assert asked(used, "recommendation_network", *own) == []


def test_nothing_that_happens_at_another_restaurant_changes_what_one_is_told(used: Any, event: Make) -> None:
    reports = ("recommendation_views", "recommendation_effect", "recommendation_network")
    before = [asked(used, report, "r1") for report in reports]
    for number in range(3):
        came = {"visit": f"more {number}", "restaurant_id": "r2", "source_restaurant_id": "r1"}
        used.receive(
            used.request(NOON, order(event, "curry"), event("recommendation_open", **curry(house="r1")), **came)
        )
    used.refresh()
    assert [asked(used, report, "r1") for report in reports] == before
    assert asked(used, "recommendation_views")[0]["arrivals"] == 5
