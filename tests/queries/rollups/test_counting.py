"""The counting rules, one by one: what guests sent, and the rows that must come of it."""

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., dict[str, Any]]
HOURS = "local_date local_hour"
LEDGER = "received kept duplicates late bots previews lost"


def test_a_visit_carries_what_its_first_event_said_and_the_sum_of_the_rest(house: Any, event: Make) -> None:
    said = {"guest_id": "g", "table_id": "t7", "locale": "de", "viewport_width": 390}
    house.receive(
        house.request("2026-03-10 12:00:00", event("menu_view"), event("item_view", "soup", dwell_ms=1500), **said),
        house.request("2026-03-10 12:01:00", event("item_open", "soup"), event("item_pass", "tea"), menu_version=2),
        house.request(
            "2026-03-10 12:02:00",
            event("order_placed", "soup", quantity=2, price_minor=450, currency="EUR", order_id="o1"),
            event("order_placed", "tea", quantity=1, price_minor=300, currency="EUR", order_id="o1"),
            event("order_placed", "tea", quantity=1, price_minor=300, currency="EUR", order_id="o2"),
        ),
    )
    house.refresh()
    assert house.rows("visits", f"visit_id menu_version guest_id table_id locale viewport_width {HOURS}") == [
        "v1 1 g t7 de 390 2026-03-10 13"
    ]
    assert house.rows("visits", "viewed opened intent ordered orders lines quantity revenue_minor currency") == [
        "1 1 0 1 2 3 4 1500 EUR"
    ]
    assert house.rows("visits", "dwell_ms lost began_at source_restaurant_id") == ["1500 0 1773144000000 -"]
    assert house.rows("visit_hours", "menu_version visits viewed opened intents ordered orders lines currency") == [
        "1 1 1 1 1 1 2 3 EUR"
    ]


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("item_pass", "1 0 0 0 0"),
        ("item_view", "1 1 0 0 0"),
        ("item_open", "1 1 1 0 0"),
        ("item_order", "1 1 0 1 0"),
        ("order_placed", "1 1 0 0 1"),
    ],
)
def test_any_event_of_an_item_reaches_it_and_whoever_opens_or_orders_has_viewed(
    house: Any, event: Make, kind: str, steps: str
) -> None:
    house.receive(house.request("2026-03-10 12:00", event(kind, "soup", section_id="starters", position=3)))
    house.refresh()
    assert house.rows("visit_items", "reached viewed opened intent ordered") == [steps]
    skipped = "1" if steps == "1 0 0 0 0" else "0"
    for table in ("item_hours", "section_hours"):
        assert house.rows(table, "reached viewed opened intents ordered skipped section_id") == [
            f"{steps} {skipped} starters"
        ]


@pytest.mark.parametrize("kind", ["menu_view", "recommendation_view", "recommendation_open"])
def test_an_item_that_is_only_named_is_not_reached(house: Any, event: Make, kind: str) -> None:
    house.receive(house.request("2026-03-10 12:00", event(kind, "soup", section_id="starters", position=3)))
    house.refresh()
    assert house.rows("visit_items", "item_id") == []
    assert house.rows("visit_hours", "visits") == ["1"]


def test_a_visit_hour_counts_a_step_for_whoever_took_a_later_one(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:00", event("item_pass", "soup"), visit="a"),
        house.request("2026-03-10 12:00", event("item_view", "soup"), visit="b"),
        house.request("2026-03-10 12:00", event("item_open", "soup"), visit="c"),
        house.request("2026-03-10 12:00", event("item_order", "soup"), visit="d"),
        house.request("2026-03-10 12:00", event("order_placed", "soup", order_id="o"), visit="e"),
    )
    house.refresh()
    assert house.rows("visit_hours", "visits viewed opened intents ordered") == ["5 4 3 2 1"]


def test_a_section_is_skipped_only_by_whoever_viewed_none_of_it(house: Any, event: Make) -> None:
    in_section = {"section_id": "mains"}
    house.receive(
        house.request("2026-03-10 12:00", event("item_pass", "a", **in_section), event("item_view", "b", **in_section)),
        house.request("2026-03-10 12:00", event("item_pass", "a", **in_section), visit="v2"),
    )
    house.refresh()
    assert house.rows("section_hours", "section_id reached viewed skipped") == ["mains 2 1 1"]
    assert house.rows("item_hours", "item_id reached viewed skipped") == ["a 2 0 2", "b 1 1 0"]


def test_dwell_is_capped_at_120_seconds_a_visit_and_item(house: Any, event: Make) -> None:
    long, short = event("item_view", "soup", dwell_ms=90_000), event("item_view", "tea", dwell_ms=5_000)
    house.receive(house.request("2026-03-10 12:00", long, event("item_view", "soup", dwell_ms=90_000), short))
    house.refresh()
    assert house.rows("visit_items", "item_id dwell_ms") == ["soup 120000", "tea 5000"]
    assert house.rows("visits", "dwell_ms") == ["125000"]


def test_place_and_section_are_those_of_the_items_first_event(house: Any, event: Make) -> None:
    later = event("item_open", "soup", section_id="z", position=9, at="2026-03-10 12:00:30")
    first = event("item_view", "soup", section_id="a", position=2, at="2026-03-10 12:00:10")
    house.receive(house.request("2026-03-10 12:01", later, first))
    house.refresh()
    assert house.rows("visit_items", "section_id position") == ["a 2"]


def test_the_menu_says_the_section_of_an_event_that_does_not(house: Any, event: Make) -> None:
    house.publish("r1", {1: {"soup": ("starters", 3), "stew": ("mains", 4)}})
    house.receive(house.request("2026-03-10 12:00", event("item_view", "soup"), event("item_pass", "tea")))
    house.refresh()
    assert house.rows("visit_items", "item_id section_id position") == ["soup starters 3", "tea - -"]
    assert house.rows("section_hours", "section_id reached viewed") == ["- 1 0", "starters 1 1"]


def test_an_items_first_event_that_says_a_place_says_it_for_all(house: Any, event: Make) -> None:
    later = event("item_open", "soup", section_id="a", position=2)
    house.receive(house.request("2026-03-10 12:00", event("item_view", "soup"), later))
    house.refresh()
    assert house.rows("visit_items", "section_id position") == ["a 2"]


def test_a_copy_counts_once_and_the_first_received_is_kept(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:00:09", event("item_view", "soup", seq=0, dwell_ms=2000)),
        house.request("2026-03-10 12:00:05", event("item_view", "soup", seq=0, dwell_ms=1000)),
    )
    house.receive(house.request("2026-03-10 12:00:11", event("item_view", "soup", seq=0, dwell_ms=3000)))
    house.refresh()
    assert house.rows("visit_items", "reached dwell_ms") == ["1 1000"]
    assert house.rows("ledger_hours", f"{HOURS} {LEDGER}") == ["2026-03-10 13 3 1 2 0 0 0 0"]


def test_bots_and_previews_are_never_counted_but_have_their_columns(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:00", event("menu_view"), visit="bot", bot=True),
        house.request("2026-03-10 12:00", event("menu_view"), event("menu_view"), visit="staff", variant="preview"),
        house.request("2026-03-10 12:00", event("menu_view"), visit="both", bot=True, variant="preview"),
        house.request("2026-03-10 12:00", event("menu_view"), visit="guest", variant="b"),
    )
    house.refresh()
    assert house.rows("visits", "visit_id") == ["guest"]
    assert house.rows("ledger_hours", LEDGER) == ["5 1 0 0 2 2 0"]


def test_a_gap_in_seq_is_a_loss_where_the_visit_began(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:59:50", event("menu_view", seq=0)),
        house.request("2026-03-10 13:00:10", event("item_pass", "soup", seq=4)),
    )
    house.refresh()
    assert house.rows("visits", "lost") == ["3"]
    assert house.rows("ledger_hours", f"{HOURS} received lost") == ["2026-03-10 13 1 3", "2026-03-10 14 1 0"]


def test_a_wrong_clock_is_set_right_by_when_it_was_received(house: Any, event: Make) -> None:
    an_hour_fast = event("item_view", "soup", at="2026-03-10 13:00:00")
    house.receive(house.request("2026-03-10 13:00:20", an_hour_fast, received="2026-03-10 12:00:20"))
    from_tomorrow = event("item_view", "soup", at="2026-03-11 09:00:00")
    house.receive(house.request("2026-03-10 09:00:00", from_tomorrow, visit="v2", received="2026-03-10 09:00:01"))
    house.refresh()
    assert house.rows("visits", f"visit_id {HOURS} began_at") == [
        "v1 2026-03-10 13 1773144000000",
        "v2 2026-03-10 10 1773133201000",
    ]


def test_more_than_three_days_late_by_the_guests_clock_is_late(house: Any, event: Make) -> None:
    just = event("menu_view", at="2026-03-07 12:00:00")
    beyond = event("menu_view", at="2026-03-07 11:59:59")
    house.receive(
        house.request("2026-03-10 12:00", just, visit="a"), house.request("2026-03-10 12:00", beyond, visit="b")
    )
    house.refresh()
    assert house.rows("visits", f"visit_id {HOURS}") == ["a 2026-03-07 13"]
    assert house.rows("ledger_hours", f"{HOURS} {LEDGER}") == ["2026-03-10 13 2 1 0 1 0 0 0"]


def test_what_comes_24_hours_after_the_beginning_is_late(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:00:00", event("menu_view")),
        house.request("2026-03-11 12:00:00", event("item_view", "soup")),
        house.request("2026-03-11 12:00:01", event("item_view", "tea")),
    )
    house.refresh()
    assert house.rows("visit_items", "item_id local_date") == ["soup 2026-03-10"]
    assert house.rows("ledger_hours", f"{HOURS} kept late") == ["2026-03-10 13 1 0", "2026-03-11 13 1 1"]


def test_a_visit_id_that_comes_back_after_30_hours_begins_no_second_visit(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view")))
    house.refresh()
    house.receive(house.request("2026-03-11 18:00", event("item_view", "soup")))
    house.receive(house.request("2026-03-13 18:00", event("item_view", "soup")))
    house.refresh()
    assert house.rows("visits", "local_date lost") == ["2026-03-10 0"]
    assert house.rows("ledger_hours", "local_date late") == ["2026-03-10 0", "2026-03-11 1", "2026-03-13 1"]


def test_a_visit_id_that_stayed_away_for_more_than_three_days_begins_anew(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("menu_view", seq=0)))
    house.receive(house.request("2026-03-13 12:00:01", event("menu_view", seq=0)))
    house.refresh()
    assert house.rows("visits", "visit_id local_date lost") == ["v1 2026-03-10 0", "v1 2026-03-13 0"]


def test_a_visit_over_midnight_is_counted_once_on_the_day_it_began(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 22:59:00", event("item_view", "soup")),
        house.request("2026-03-10 23:01:00", event("item_view", "soup"), event("item_view", "tea")),
    )
    house.refresh()
    assert house.rows("visits", HOURS) == ["2026-03-10 23"]
    assert house.rows("item_hours", f"item_id {HOURS} reached") == ["soup 2026-03-10 23 1", "tea 2026-03-10 23 1"]
    assert house.rows("ledger_hours", f"{HOURS} kept") == ["2026-03-10 23 1", "2026-03-11 0 2"]


def test_a_copy_over_midnight_does_not_count_its_visit_on_two_days(house: Any, event: Make) -> None:
    # The copy that came second says an earlier time: it is no kept event, so the visit begins after midnight.
    house.receive(
        house.request("2026-03-10 23:00:01", event("menu_view", seq=0), received="2026-03-10 23:00:02"),
        house.request(
            "2026-03-10 23:00:09", event("menu_view", seq=0, at="2026-03-10 23:00:00"), received="2026-03-10 23:00:03"
        ),
    )
    house.refresh()
    assert house.rows("visits", f"{HOURS} began_at") == ["2026-03-11 0 1773183602000"]
    assert house.rows("ledger_hours", f"{HOURS} {LEDGER}") == ["2026-03-11 0 2 1 1 0 0 0 0"]


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-03-29 00:59:59", "2026-03-29 1"),
        ("2026-03-29 01:00:00", "2026-03-29 3"),
        ("2026-10-25 00:30:00", "2026-10-25 2"),
        ("2026-10-25 01:30:00", "2026-10-25 2"),
        ("2026-10-25 02:00:00", "2026-10-25 3"),
        ("2026-10-24 21:59:59", "2026-10-24 23"),
        ("2026-10-25 23:00:00", "2026-10-26 0"),
    ],
)
def test_clocks_that_go_forward_or_back_are_read_as_the_restaurant_reads_them(
    house: Any, event: Make, utc: str, local: str
) -> None:
    house.receive(house.request(utc, event("menu_view")))
    house.refresh()
    assert house.rows("visits", HOURS) == [local]
    assert house.rows("ledger_hours", HOURS) == [local]


@pytest.mark.parametrize(("utc", "local"), [("18:14:59", "2026-03-10 23"), ("18:15:00", "2026-03-11 0")])
def test_nepals_day_begins_at_a_quarter_past(house: Any, event: Make, utc: str, local: str) -> None:
    house.receive(house.request(f"2026-03-10 {utc}", event("menu_view"), restaurant_id="r2"))
    house.refresh()
    assert house.rows("visits", f"{HOURS} currency") == [f"{local} NPR"]


def test_a_restaurant_nobody_knows_counts_in_utc_until_it_is_known(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 23:30", event("menu_view"), restaurant_id="new"))
    house.refresh()
    assert house.rows("visits", f"restaurant_id {HOURS} currency") == ["new 2026-03-10 23 -"]
    house.open("new", "Asia/Bangkok", "THB")
    house.refresh()
    assert house.rows("visits", f"restaurant_id {HOURS} currency") == ["new 2026-03-11 6 THB"]
    assert house.rows("ledger_hours", f"{HOURS} received kept") == ["2026-03-11 6 1 1"]


def test_the_same_visit_id_at_two_restaurants_is_two_visits(house: Any, event: Make) -> None:
    house.receive(
        house.request("2026-03-10 12:00", event("item_view", "soup", seq=0)),
        house.request("2026-03-10 12:00", event("item_view", "soup", seq=0), restaurant_id="r2"),
    )
    house.refresh()
    assert house.rows("visits", "restaurant_id visit_id") == ["r1 v1", "r2 v1"]
    assert house.rows("ledger_hours", f"restaurant_id {LEDGER}") == ["r1 1 1 0 0 0 0 0", "r2 1 1 0 0 0 0 0"]


def test_refused_lines_stand_in_the_ledger_by_their_hour(house: Any, event: Make) -> None:
    from_file = {"received_at": 1773144000000, "source": "dump.ndjson", "line": 3, "reason": "not JSON"}
    house.lake.reject([from_file | {"restaurant_id": "r1"}, from_file | {"restaurant_id": None}], "dump")
    house.refresh()
    assert house.rows("ledger_hours", f"restaurant_id {HOURS} received rejected newest_at") == [
        "- 2026-03-10 12 0 1 -",
        "r1 2026-03-10 13 0 1 -",
    ]


def test_numbers_that_no_guest_can_mean_stop_nothing(house: Any, event: Make) -> None:
    huge = 2**53
    line = {"quantity": huge, "price_minor": huge, "order_id": "o", "currency": "EUR"}
    house.receive(
        house.request("2026-03-10 12:00", *[event("order_placed", "soup", seq=huge - n, **line) for n in range(3)]),
        house.request("2026-03-10 12:00", event("item_view", "soup", seq=0, dwell_ms=huge, position=huge)),
    )
    house.refresh()
    assert house.rows("visits", "quantity revenue_minor dwell_ms lost") == ["3000000 3000000000000 120000 10000"]


def test_an_order_line_without_a_quantity_is_one_portion(house: Any, event: Make) -> None:
    house.receive(house.request("2026-03-10 12:00", event("order_placed", "soup", price_minor=450)))
    house.refresh()
    assert house.rows("visits", "ordered orders lines quantity revenue_minor") == ["1 1 1 1 450"]


def test_money_is_never_added_across_currencies(house: Any, event: Make) -> None:
    paid = {"quantity": 1, "price_minor": 1000, "order_id": "o"}
    for visit, currencies in (
        ("euro", ["EUR", "EUR"]),
        ("kuna", ["HRK"]),
        ("both", ["EUR", "HRK"]),
        ("unsaid", [None]),
    ):
        lines = [event("order_placed", "soup", currency=currency, **paid) for currency in currencies]
        house.receive(house.request("2026-03-10 12:00", *lines, visit=visit))
    house.refresh()
    assert house.rows("visits", "visit_id revenue_minor currency") == [
        "both 1000 EUR",
        "euro 2000 EUR",
        "kuna 1000 HRK",
        "unsaid 1000 EUR",
    ]
    assert house.rows("item_hours", "quantity revenue_minor") == ["6 4000"]
