"""What is recommended, from who took what: by the formula, after the filters, and never from too few guests."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import product
from math import isclose
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import queries
from dashboard.warehouse.tables import COLUMNS
from ingest_stack import lake

DAY = date(2026, 11, 2)
MENUS = {"a": ["soup", "tea"], "b": ["curry", "tea", "rice"], "c": ["pasta", "cake"], "d": ["bread"]}
"""Restaurant → items of its menu. All are in one area, but for d."""
Row = dict[str, Any]
Takes = Iterable[tuple[str, str]]
"""Guest, and what they ordered, as in `a soup`."""


@cache
def rendered() -> dict[str, queries.Rendered]:
    """The rollups, each after those that it reads."""
    names = ("offers", "takes", "takers", "crossings", "recommendations", "item_pairs")
    return {name: queries.load(name, "rollup").render("duckdb") for name in names}


class Area:
    """The rollups of recommendations over a few takes, each in a table that a test may look into."""

    def __init__(self, takes: Takes, menus: Mapping[str, list[str]] = MENUS, **parameters: float) -> None:
        self._given = {"first_date": DAY - timedelta(days=1), "last_date": DAY, **parameters}
        self._connection = duckdb.connect()
        queries.prepare(self._connection)
        for table in ("visit_items", "menu_items", "restaurants", "recommendation_rules"):
            columns = ", ".join(f"{name} {kind}" for name, kind in (COLUMNS | lake.COLUMNS)[table].items())
            self._connection.execute(f"CREATE TABLE {table} ({columns})")
        for restaurant, items in menus.items():
            area = "Hill" if restaurant == "d" else "Harbour"
            self.insert("restaurants", restaurant_id=restaurant, restaurant_name=restaurant.upper(), area=area)
            for item in items:
                self.publish(restaurant, item)
        for guest, taken in takes:
            restaurant, item = taken.split()
            self.take(guest, restaurant, item)

    def insert(self, table: str, **row: Any) -> None:
        values = ", ".join(f"${name}" for name in row)
        self._connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})", row)

    def publish(self, restaurant: str, item: str, name: str | None = None, version: int = 1) -> None:
        row = {"restaurant_id": restaurant, "menu_version": version, "item_id": item}
        self.insert("menu_items", **row, item_name=name or f"{item.title()} of {restaurant.upper()}")

    def take(self, guest: str | None, restaurant: str, item: str, **more: Any) -> None:
        row = {"guest_id": guest, "restaurant_id": restaurant, "item_id": item, "local_date": DAY}
        self.insert("visit_items", **row | {"opened": 0, "ordered": 1} | more)

    def rule(self, restaurant: str, rule: str, named: str = "") -> None:
        """`a`, `pin`, and what it names: `b curry`, or all of `b`."""
        house, _, item = named.partition(" ")
        row = {"recommended_restaurant_id": house or None, "recommended_item_id": item or None}
        said = self._connection.sql("FROM recommendation_rules").shape[0]
        self.insert("recommendation_rules", restaurant_id=restaurant, place=said + 1, rule=rule, **row)

    def rows(self, table: str, **more: float) -> list[Row]:
        for name, made in rendered().items():
            values = {key: {**self._given, **more}.get(key) for key in made.parameters}
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {made.sql}", values)
        found: list[Row] = self._connection.sql(f"FROM {table}").to_arrow_table().to_pylist()
        return found

    def listed(self, table: str, columns: str, where: str = "true", order: str = "rank") -> list[str]:
        """Rows as text: the named columns, `-` for NULL."""
        self.rows(table.split()[0])
        rows = self._connection.sql(f"SELECT {', '.join(columns.split())} FROM {table} WHERE {where} ORDER BY {order}")
        return [" ".join("-" if value is None else str(value) for value in row) for row in rows.fetchall()]


def guests(start: int, count: int, *taken: str) -> list[tuple[str, str]]:
    """As many guests, each of whom took all of that."""
    return [(f"g{n:03d}", one) for n in range(start, start + count) for one in taken]


def crossings_by_hand(takes: Takes, gamma: float, h: float, a: float, b: float, least: int) -> dict[Any, Any]:
    """(from, to) → score and guests, as the formula says it, for what at least as many guests took together."""
    found = {}
    for grain in ("restaurant", "item"):
        took: dict[str, set[str]] = defaultdict(set)
        for guest, taken in takes:
            if taken[0] != "d":
                took[guest].add(taken if grain == "item" else taken[0])
        offers = {offer for taken in took.values() for offer in taken}
        by = {offer: [guest for guest, taken in took.items() if offer in taken] for offer in offers}
        for i, j in product(offers, offers):
            both = [guest for guest in by[i] if guest in by[j]]
            if i[0] != j[0] and len(both) >= least and not (i[2:] and i[2:] == j[2:]):
                c = sum(len(took[guest]) ** -gamma for guest in both)
                r = sum(len(took[guest]) ** (1 - gamma) for guest in by[i])
                q = (len(by[j]) // least * least + (least - 1) / 2) / len(took)
                found[i, j] = ((c + h * q) / ((r + h) ** a * q**b), len(both))
    return found


@settings(max_examples=15, deadline=None)
@given(
    takes=st.sets(
        st.tuples(
            st.sampled_from([f"g{n}" for n in range(9)]),
            st.sampled_from([f"{restaurant} {item}" for restaurant, items in MENUS.items() for item in items]),
        ),
        max_size=40,
    ),
    gamma=st.sampled_from([0.5, 1.0]),
    power=st.sampled_from([0.0, 0.1]),
    least=st.sampled_from([1, 2]),
)
def test_scores_are_those_of_the_formula(takes: set[tuple[str, str]], gamma: float, power: float, least: int) -> None:
    # The items' names differ by restaurant, so the tea is two dishes unless they are called the same.
    menus = {restaurant: [] for restaurant in MENUS}
    area = Area((), menus, least=least, keep=99, gamma=gamma, share_power=power, prior=2)
    for restaurant, items in MENUS.items():
        for item in items:
            area.publish(restaurant, item, item)
    for guest, taken in takes:
        area.take(guest, *taken.split())
    rows = area.rows("crossings")
    found = {
        tuple(f"{row[f'{side}_restaurant_id']} {row[item] or ''}".strip() for side, item in SIDES): row
        for row in rows
        if row["guests"]
    }
    expected = crossings_by_hand(takes, gamma, 2, 1, power, least)
    assert found.keys() == expected.keys()
    for pair, (score, count) in expected.items():
        assert found[pair]["guests"] == count
        assert isclose(found[pair]["score"], score, rel_tol=1e-6)
    for ordered in {(row["from_restaurant_id"], row["item_id"]) for row in rows}:
        mine = sorted((r for r in rows if (r["from_restaurant_id"], r["item_id"]) == ordered), key=lambda r: r["rank"])
        assert [row["rank"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["score"] for row in mine] == sorted((row["score"] for row in mine), reverse=True)


SIDES = (("from", "item_id"), ("recommended", "recommended_item_id"))
OF_SOUP = "from_restaurant_id = 'a' AND item_id = 'soup'"


def test_what_may_not_be_recommended_is_gone_before_the_cut() -> None:
    everything = guests(0, 9, "a soup", "a tea", "b curry", "b old", "c soup", "d bread") + guests(0, 6, "c cake")
    area = Area(everything, keep=1)
    area.publish("b", "old", version=0)  # no longer on the menu
    area.publish("c", "soup", "SOUP, of-a")  # the same dish, written otherwise
    # Their own tea, what is off the menu, the same soup, another area's bread: curry is what is left, and wins.
    assert area.listed("crossings", "recommended_restaurant_id recommended_item_id rank guests", OF_SOUP) == [
        "b curry 1 9"
    ]


def test_whoever_opens_or_orders_an_item_took_it_once_and_whoever_has_no_id_took_nothing() -> None:
    area = Area((), least=1)
    area.take("g1", "a", "soup", opened=1, ordered=0)
    area.take("g1", "a", "soup")
    area.take("g2", "a", "soup", opened=0, ordered=0)
    area.take(None, "a", "soup")
    area.take("g3", "a", "soup", local_date=date(2026, 11, 3))  # after the last day asked for
    where = "offer = (SELECT offer FROM offers WHERE item_id = 'soup')"
    assert area.listed("takers", "guests pool_guests", where, "offer") == ["1 1"]


def test_of_a_guest_count_what_they_ordered_most_then_came_back_to_then_took_last() -> None:
    area = Area((), {"a": ["soup", "tea"], "b": ["curry", "rice"]}, least=1, most=3)
    for restaurant, item, more in (
        ("a", "soup", {"opened": 1, "ordered": 0}),
        ("a", "tea", {"opened": 1, "ordered": 0}),
        ("a", "tea", {"opened": 1, "ordered": 0}),
        ("b", "rice", {"opened": 1, "ordered": 0, "local_date": date(2026, 11, 1)}),
        ("b", "curry", {}),
    ):
        area.take("g1", restaurant, item, **more)
    taken = "takes JOIN offers USING (offer)"
    assert area.listed(taken, "item_id degree", "item_id IS NOT NULL", "item_id") == ["curry 3", "soup 3", "tea 3"]


def test_too_few_guests_are_none_and_what_is_popular_nearby_stands_there() -> None:
    four = (
        guests(0, 4, "a soup", "b curry") + guests(10, 6, "b rice") + guests(20, 7, "c cake") + guests(30, 5, "a tea")
    )
    # Both on the same step, so that not their guests but their ids order them.
    assert Area(four).listed("recommendations", "recommended_item_id support reason", "item_id = 'soup'") == [
        "rice - Popular nearby",
        "cake - Popular nearby",
    ]


def test_what_is_popular_nearby_is_told_of_three_restaurants_or_of_none() -> None:
    two = guests(0, 9, "a soup") + guests(10, 9, "b curry") + guests(20, 4, "c cake")
    assert Area(two).rows("recommendations") == []
    three = [*two, *guests(30, 5, "c pasta")]
    assert len(Area(three).rows("recommendations")) > 0


def test_behind_the_favourites_the_others_take_turns_so_that_each_stands_on_some_list() -> None:
    menus = {f"r{n}": ["dish"] for n in range(9)}
    liked = [(f"g{n}{house}", f"{house} dish") for house in menus for n in range({"r0": 20, "r1": 15}.get(house, 5))]

    def on_lists(**parameters: float) -> dict[str, set[str]]:
        found = defaultdict(set)
        for row in Area(liked, menus, keep=4, **parameters).rows("crossings"):
            if row["item_id"] is None:
                found[row["from_restaurant_id"]].add(row["recommended_restaurant_id"])
        return found

    turning, still = on_lists(favourites=2), on_lists(favourites=9)
    assert set.union(*still.values()) == {"r0", "r1", "r2", "r3", "r4"}  # the rest stands on no list
    assert set.union(*turning.values()) == {*menus}
    favourites = {"r0", "r1"}
    assert all(favourites - {house} <= found for house, found in turning.items())  # they stay
    assert turning["r0"] == still["r0"]  # what most guests read is left alone


def test_a_new_restaurant_and_a_new_item_get_what_is_popular_nearby() -> None:
    busy = guests(0, 9, "a soup", "b curry", "c cake")
    area = Area(busy, MENUS | {"new": ["stew"]})
    for where in ("restaurant_id = 'new' AND item_id = 'stew'", "restaurant_id = 'a' AND item_id = 'tea'"):
        reasons = area.listed("recommendations", "reason", where)
        assert set(reasons) == {"Popular nearby"}
    assert area.listed("recommendations", "recommended_restaurant_id", "restaurant_id = 'new' AND item_id IS NULL") == [
        "a",
        "b",
        "c",
    ]


def test_a_reason_is_said_in_words() -> None:
    area = Area(guests(0, 7, "a soup", "b curry") + guests(10, 13, "a soup"))
    assert area.listed("recommendations", "support share_rate reason", "item_id = 'soup'") == [
        "5 0.33 About a third of the guests who went for Soup of A here also went for Curry of B at B"
    ]
    assert area.listed("recommendations", "recommended_item_id reason", "restaurant_id = 'a' AND item_id IS NULL") == [
        "curry About a third of the guests here also went to B"
    ]


def test_in_buckets_it_is_the_same() -> None:
    area = Area(guests(0, 9, "a soup", "b curry", "c cake") + guests(20, 6, "a tea", "b curry", "c pasta"))
    whole = area.rows("crossings")
    parts = [row for bucket in range(3) for row in area.rows("crossings", bucket=bucket, buckets=3)]
    key = ("from_restaurant_id", "item_id", "rank")
    assert sorted(parts, key=lambda row: [str(row[name]) for name in key]) == sorted(
        whole, key=lambda row: [str(row[name]) for name in key]
    )


def test_what_goes_well_together_has_support_attach_rate_and_lift() -> None:
    menu = {"a": ["soup", "tea", "cake"]}
    area = Area(guests(0, 6, "a soup", "a tea") + guests(10, 4, "a soup", "a cake") + guests(20, 10, "a cake"), menu)
    said = "other_item_id support item_guests other_guests restaurant_guests attach_rate round(lift,9) reason"
    assert area.listed("item_pairs", said, "item_id = 'soup'") == [
        "cake - 10 14 20 - - Popular here",  # four guests are too few
        "tea 6 10 6 20 0.6 2.0 About two thirds of the guests who went for Soup of A also went for Tea of A",
    ]


WELL_KNOWN = guests(0, 9, "a soup", "b curry", "c cake") + guests(20, 6, "b rice", "c pasta")
OF_A = "from_restaurant_id = 'a' AND item_id IS NULL"


def recommended(area: Area, where: str = OF_SOUP) -> list[str]:
    return area.listed("crossings", "recommended_restaurant_id recommended_item_id", where)


def test_a_restaurant_that_wants_to_be_shown_nowhere_isnt_and_still_shows_others() -> None:
    area = Area(WELL_KNOWN)
    area.rule("b", "hidden")
    everywhere = area.listed("crossings", "recommended_restaurant_id", order="1")
    assert set(everywhere) == {"a", "c"}
    assert "c cake" in recommended(area, "from_restaurant_id = 'b' AND item_id = 'curry'")


def test_a_restaurant_that_shows_no_others_gets_none_and_is_still_shown() -> None:
    area = Area(WELL_KNOWN)
    area.rule("a", "silent")
    assert recommended(area, "from_restaurant_id = 'a'") == []
    assert "a soup" in recommended(area, "from_restaurant_id = 'b' AND item_id = 'curry'")


def test_what_is_blocked_is_gone_before_the_cut_for_that_restaurant_alone() -> None:
    area = Area(WELL_KNOWN, keep=1)
    assert recommended(area) == ["b curry"]
    area.rule("a", "block", "b curry")
    assert recommended(area) == ["c cake"]
    assert recommended(area, OF_A) == ["b -"]  # with another of its items, or none
    assert area.listed("recommendations", "recommended_item_id", "restaurant_id = 'a' AND item_id IS NULL") == ["-"]
    assert recommended(area, "from_restaurant_id = 'c' AND item_id = 'cake'") == ["a soup"]
    area.rule("a", "block", "b")
    assert recommended(area, OF_A) == ["c -"]


def test_however_much_is_blocked_what_is_popular_nearby_fills_the_list() -> None:
    dishes = [f"dish{n}" for n in range(12)]
    menus = {"a": ["new"], "b": dishes, "c": dishes, "e": dishes, "f": dishes}
    liked = [(f"g{n}{house}", f"{house} {dish}") for n in range(5) for house in "bcef" for dish in dishes]
    area = Area(liked, menus, keep=10)
    for house in "bce":
        area.rule("a", "block", house)
    assert len(recommended(area, "from_restaurant_id = 'a' AND item_id = 'new'")) == 10


def test_what_is_pinned_comes_first_in_its_order_even_from_another_area_and_says_so() -> None:
    area = Area(WELL_KNOWN, keep=2)
    area.rule("a", "pin", "d bread")
    rows = "recommended_restaurant_id recommended_item_id rank support reason"
    words = "About three quarters of the guests here also went to B"
    assert area.listed("recommendations", rows, "restaurant_id = 'a' AND item_id IS NULL") == [
        "d bread 1 - Pinned",
        f"b curry 2 5 {words}",
    ]
    area.rule("a", "pin", "b rice")
    assert area.listed("recommendations", rows, "restaurant_id = 'a' AND item_id IS NULL") == [
        "d bread 1 - Pinned",
        f"b rice 2 5 {words}",
    ]
    assert "d" not in "".join(recommended(area, "from_restaurant_id = 'c'"))


@pytest.mark.parametrize("named", ["a soup", "d old", "nobody", "d", "d bread"])
def test_a_pin_puts_nothing_there_that_may_not_be(named: str) -> None:
    area = Area(WELL_KNOWN)
    area.rule("a", "pin", named)
    area.rule("a", "block", "d bread")
    area.rule("d", "hidden")
    assert set(recommended(area, OF_A)) == {"b -", "c -"}


def test_few_guests_take_a_strong_prior() -> None:
    rows = Area(guests(0, 9, "a soup")).rows("takers")
    assert {(row["prior"], row["source_power"], row["share_power"]) for row in rows} == {(30, 1, 0.3)}


# Whoever has restaurant a tries to learn of the others what is theirs.
SEEN = "item_id recommended_restaurant_id recommended_item_id support share_rate reason"
MINE = "restaurant_id = 'a'"


@settings(max_examples=15, deadline=None)
@given(
    own=st.lists(st.sampled_from([("a soup", "b curry"), ("a soup", "c cake"), ("a tea", "b rice")]), max_size=25),
    others=st.lists(st.sampled_from([("b curry",), ("c cake", "b rice"), ("c pasta",)]), max_size=40),
)
def test_guests_who_never_came_here_change_no_number_that_is_told_here(own: list[Any], others: list[Any]) -> None:
    mine = [(f"own{n}", one) for n, taken in enumerate(own) for one in taken]
    theirs = [(f"other{n}", one) for n, taken in enumerate(others) for one in taken]
    shown = [
        Area([*mine, *more], keep=99).listed("recommendations", SEEN, f"{MINE} AND support > 0")
        for more in ([], theirs)
    ]
    # The item that stands for a whole restaurant is chosen by the score's order; it isn't a number either.
    assert sorted(row for row in shown[0] if not row.startswith("-")) == sorted(
        row for row in shown[1] if not row.startswith("-")
    )
    for row in Area([*mine, *theirs]).rows("recommendations"):
        assert row["score"] == round(10 / (row["rank"] + 9), 2)  # the order, and nothing else
        assert not re.search(r"\d", row["reason"])
        if row["support"] is None:
            assert (row["reason"], row["share_rate"]) == ("Popular nearby", None)


@pytest.mark.parametrize(("first", "last"), [(5, 9), (10, 14), (95, 99), (100, 109), (200, 224)])
def test_one_guest_more_between_two_refreshes_shows_only_where_a_step_ends(first: int, last: int) -> None:
    """What differs between two refreshes says no more than one: on which step a count lies, of five guests or more."""

    def shown(both: int) -> list[str]:
        takes = guests(0, both, "a soup", "b curry") + guests(both, 300 - both, "a soup")
        return Area(takes).listed("recommendations", SEEN, MINE)

    assert shown(first) == shown((first + last) // 2) == shown(last)
    assert shown(first - 1) != shown(first)
    assert shown(last + 1) != shown(last)


def test_what_another_restaurant_sells_most_is_told_in_steps_too() -> None:
    def order(curry: int, cake: int) -> list[str]:
        takes = guests(0, curry, "b curry") + guests(100, cake, "c cake") + guests(200, 9, "a tea")
        return Area(takes).listed("recommendations", "recommended_item_id", "item_id = 'soup'")

    assert order(9, 5) == order(5, 9) == order(7, 7) == ["curry", "cake"]
    assert order(9, 10) == ["cake", "curry"]
