"""What is advised on menus of which the truth is known: invented guests, and pure noise."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard.insights.advice import Advice, Advised, advise, gained, headline, rule
from dashboard.menus.store import dimensions
from demo.guests import House, World
from demo.reading import (
    APPEAL_SPREAD,
    ELASTICITY,
    GUEST,
    INTENT_OPENED,
    ITEM_OPEN,
    ITEM_PASS,
    ITEM_VIEW,
    OPEN,
    ORDER_PLACED,
    TASTE,
    logistic,
)
from demo.restaurants import invent_menus, moved_items

CHANGE, DAYS = date(2026, 2, 1), 28


def menu(sections: list[str], prices: list[int] | None = None, costs: list[int | None] | None = None) -> pd.DataFrame:
    """The report `menus`: an item a section's name, in that order."""
    count = len(sections)
    return pd.DataFrame(
        {
            "restaurant_id": "r1",
            "menu_version": 1,
            "item_id": [f"i{n}" for n in range(1, count + 1)],
            "item_name": [f"Item {n}" for n in range(1, count + 1)],
            "section_id": [name.lower() for name in sections],
            "section_name": sections,
            "position": range(1, count + 1),
            "price_minor": prices or [1000] * count,
            "food_cost_minor": costs or [300] * count,
        }
    ).convert_dtypes(dtype_backend="pyarrow")


def told(
    menus: pd.DataFrame,
    reached: list[int],
    opened: list[float],
    bought: list[float],
    visits: int = 4000,
    sold_out: tuple[str, ...] = (),
    missed: tuple[int, ...] = (),
) -> Advised:
    """The advice where half of those who reach an item view it, a share of these opens it, and a share of these
    orders it."""
    viewed = np.array(reached) // 2
    counts = {"viewed": viewed, "opened": (viewed * opened).astype(int)}
    counts["ordered"] = (counts["opened"] * np.array(bought)).astype(int)
    placed = menus[["restaurant_id", "menu_version", "item_id", "section_id", "position"]].assign(
        reached=reached, **counts
    )
    counted = placed.assign(visits=visits, skipped=placed["reached"] - placed["viewed"], dwell_ms=0)
    counted["opened_sold_out"] = missed or 0
    return advise(menus, 1, counted, placed, None, 2.0, sold_out)


def test_an_item_that_draws_most_where_few_get_to_moves_up_before_one_that_it_beats() -> None:
    menus = menu(["Mains"] * 6)
    advised = told(menus, [3900, 3500, 3100, 2700, 2300, 1900], [0.3, 0.18, 0.2, 0.19, 0.2, 0.5], [0.5] * 6)
    [card] = [card for card in advised.advice if card.kind == "up"]
    assert (card.item_id, card.before) == ("i6", ("i1", "i2", "i3", "i4", "i5"))
    assert card.title == "Move Item 6 up to number 1 in Mains"
    assert 0 < card.gain[0] < card.gain[1]
    assert advised.unit == "margin"


def test_an_item_that_draws_least_in_a_prime_place_moves_down() -> None:
    advised = told(
        menu(["Mains"] * 6), [3900, 3500, 3100, 2700, 2300, 1900], [0.05, 0.3, 0.3, 0.31, 0.29, 0.3], [0.5] * 6
    )
    [card] = advised.advice
    assert (card.kind, card.item_id, card.before, card.is_move) == ("down", "i1", (), True)


def test_where_all_get_to_everything_nothing_moves_but_words_may_be_wanting() -> None:
    [card] = told(menu(["Mains"] * 6), [3900] * 6, [0.05, 0.3, 0.3, 0.31, 0.29, 0.3], [0.5] * 6).advice
    assert (card.kind, card.item_id) == ("words", "i1")


def test_an_item_opened_like_others_and_ordered_less_asks_for_its_price_unless_it_is_sold_out_or_cheap() -> None:
    dear = menu(["Mains"] * 6, prices=[1000, 1000, 1000, 1800, 1000, 1000])
    given = ([3900] * 6, [0.3] * 6, [0.5, 0.5, 0.5, 0.2, 0.5, 0.5])
    [card] = told(dear, *given).advice
    assert (card.kind, card.item_id) == ("price", "i4")
    assert "It costs 80% more than the middle there." in card.why
    assert told(menu(["Mains"] * 6), *given).advice == ()
    assert [card.kind for card in told(dear, *given, sold_out=("i4",)).advice] == ["sold_out"]


def test_what_is_sold_out_and_not_wanted_is_not_missed() -> None:
    opened = [0.3, 0.3, 0.3, 0.3, 0.3, 0.04]
    cards = told(menu(["Mains"] * 6), [3900] * 6, opened, [0.5] * 6, sold_out=("i6",)).advice
    assert "sold_out" not in [card.kind for card in cards]


def test_what_was_sold_out_at_times_and_wanted_then_is_missed_if_by_enough() -> None:
    given = (menu(["Mains"] * 6), [3900] * 6, [0.3, 0.3, 0.3, 0.3, 0.3, 0.04], [0.5] * 6)
    cards = {card.item_id: card for card in told(*given, missed=(40, 9, 0, 0, 0, 40)).advice if card.kind == "sold_out"}
    assert [*cards] == ["i1"]  # i2's are too few, and i6 draws nobody
    assert "40 guests opened it then" in cards["i1"].why
    # 40 visits in two weeks, of which half order, at a margin of 700.
    assert cards["i1"].gain[0] < 20 * 0.5 * 700 < cards["i1"].gain[1]
    [now] = [card for card in told(*given, sold_out=("i1",), missed=(40,) + (0,) * 5).advice if card.kind == "sold_out"]
    assert now.title == "Have Item 1 again"


def test_a_section_that_most_give_up_on_is_too_long_and_a_short_one_is_not() -> None:
    reached = [3900, 3500, 3000, 2500, 2000, 1600, 1300, 1100, 900]
    [card] = told(menu(["Mains"] * 9), reached, [0.3] * 9, [0.5] * 9).advice
    assert (card.kind, card.item_id) == ("long", "i6")
    assert card.gain[0] > 0
    assert told(menu(["Mains"] * 5), reached[::2], [0.3] * 5, [0.5] * 5).advice == ()


def test_without_food_costs_gains_are_revenue_and_without_prices_orders() -> None:
    given = ([3900] * 6, [0.05, 0.3, 0.3, 0.31, 0.29, 0.3], [0.5] * 6)
    costs = [300, None, 300, 300, 300, 300]
    assert told(menu(["Mains"] * 6, costs=costs), *given).unit == "revenue"
    unpriced = menu(["Mains"] * 6).assign(price_minor=pd.array([None] * 6, dtype="int64[pyarrow]"))
    assert told(unpriced, *given).unit == "orders"


def test_a_title_says_how_many_changes_bring_how_much() -> None:
    advised = told(menu(["Mains"] * 6), [3900] * 6, [0.05, 0.3, 0.3, 0.31, 0.29, 0.3], [0.5] * 6)
    assert headline(advised, "EUR").startswith("One change could bring €")
    assert headline(advised, "EUR").endswith("more margin a week")
    assert (
        headline(Advised((), "margin", "plain", advised.items), "EUR")
        == "Nothing to change: no item stands out beyond chance"
    )
    assert "all 6 items at once" in rule(advised)
    assert gained(-500, 24_000, "margin", "EUR") == "−€5 to +€240"
    assert gained(3.2, 8.8, "orders", "EUR") == "+3 to +9"


def noise(seed: int, visits: int) -> Advised:
    """Forty items alike in everything but how far down guests read: five sections, read to an exponential depth."""
    rng = np.random.default_rng(seed)
    menus = menu([f"Section {n // 8}" for n in range(40)], prices=rng.integers(500, 2000, 40).tolist())
    reached = np.arange(40) <= rng.exponential(25, visits)[:, None] + 1
    viewed = reached & (rng.random((visits, 40)) < 0.6)
    opened = viewed & (rng.random((visits, 40)) < 0.2)
    ordered = viewed & (rng.random((visits, 40)) < np.where(opened, 0.5, 0.03))
    steps = {"reached": reached, "viewed": viewed, "opened": opened, "ordered": ordered}
    counts = {name: step.sum(axis=0) for name, step in steps.items()}
    placed = menus[["restaurant_id", "menu_version", "item_id", "section_id", "position"]].assign(**counts)
    counted = placed.assign(visits=visits, skipped=placed["reached"] - placed["viewed"], dwell_ms=0, opened_sold_out=0)
    return advise(menus, 1, counted, placed, None, 2.0)


@pytest.mark.parametrize("visits", [150, 1500])
def test_a_menu_of_pure_noise_gets_no_advice(visits: int) -> None:
    cards = [card.title for seed in range(80) for card in noise(seed, visits).advice]
    assert cards == []


def houses() -> list[House]:
    found = []
    for first, second in invent_menus(12):
        moved, was = moved_items(first, second), {item.id: position for position, _, item in first.placed}
        proud = {item.id for position, _, item in second.placed if item.id in moved and position < was[item.id]}
        at = [datetime.combine(day, time(4), UTC) for day in (CHANGE - timedelta(60), CHANGE)]
        versions = (menu.model_copy(update={"published_at": on}) for menu, on in zip((first, second), at, strict=True))
        scarce = frozenset(item.id for _, _, item in first.placed if item.sold_out)
        found.append(House(tuple(versions), frozenset(proud), scarce))  # type: ignore[arg-type]
    return found


def guests(world: World, house: House) -> tuple[pd.DataFrame, Counter[int]]:
    """item_positions of two weeks before the change and two after, and the visits to each version."""
    rows, visits = [], Counter[int]()
    for day in range(-DAYS // 2, DAYS // 2):
        for crowd in world.day(house, CHANGE + timedelta(day)):
            card, is_guest = crowd.card, crowd.kind == GUEST
            visits[card.menu.version] += int(is_guest.sum())
            counted = (crowd.item >= 0) & is_guest[crowd.visit]
            cell, type = crowd.visit[counted] * len(card.ids) + crowd.item[counted], crowd.type[counted]
            keys = {"menu_version": card.menu.version, "item_id": card.ids, "section_id": card.sections}
            steps = {"reached": type >= ITEM_PASS, "viewed": type >= ITEM_VIEW, "opened": type == ITEM_OPEN}
            steps["ordered"] = type == ORDER_PLACED
            counts = {
                name: np.bincount(np.unique(cell[which]) % len(card.ids), minlength=len(card.ids))
                for name, which in steps.items()
            }
            rows.append(pd.DataFrame({"restaurant_id": house.id, **keys, "position": card.positions, **counts}))
    by = ["restaurant_id", "menu_version", "item_id", "section_id", "position"]
    return pd.concat(rows).groupby(by, as_index=False, sort=False).sum(), visits


def is_right(advice: Advice, world: World, house: House) -> bool:
    """Whether the guests' true appeal, or what they truly do after opening an item, bears the advice out."""
    card, pool = world.card(house, 2), world._pools[house.restaurant.area]
    at = {id: n for n, id in enumerate(card.ids)}
    true, odds = world.appeal(house, card), pool.odds(world.traits(house).taste)
    wish = APPEAL_SPREAD * card.z + TASTE * pool.tastes @ card.tastes.T
    opens = logistic(OPEN + wish)
    buys = odds @ (opens * logistic(INTENT_OPENED + wish - ELASTICITY * card.dearness)) / (odds @ opens)
    reach = card.reach_rate(world.traits(house).patience)
    rows = [n for n, section in enumerate(card.sections) if section == advice.section_id]
    own = at[advice.item_id]
    match advice.kind:
        case "up":
            other = at[advice.before[0]]
            return bool(true[own] > max(true[rows].mean(), true[other]) and reach[own] < reach[other])
        case "down" | "words":
            return bool(true[own] < true[rows].mean())
        case "price":
            return bool(buys[own] < buys[rows].mean())
        case "sold_out":
            return bool(advice.item_id in house.scarce and true[own] > 0.85 * true[rows].mean())
        case "long":
            return bool(reach[rows[-1]] < reach[rows[0]] / 2)


def test_on_invented_guests_nine_of_ten_cards_are_right() -> None:
    right: dict[str, list[bool]] = {}
    everybody = houses()
    for seed in (1, 2):
        world = World(everybody, 80, seed)
        for house in everybody:
            placed, visits = guests(world, house)
            menus = pd.DataFrame([row for menu in house.versions for row in dimensions(menu)[1]])
            newest = placed[placed["menu_version"] == 2]
            counted = newest.assign(visits=visits[2], skipped=newest["reached"] - newest["viewed"], dwell_ms=0)
            counted["opened_sold_out"] = 0
            advised = advise(menus.astype({"food_cost_minor": float}), 2, counted, placed, None, 2.0, house.scarce)
            for card in advised.advice:
                right.setdefault(card.kind, []).append(is_right(card, world, house))
    cards = [verdict for verdicts in right.values() for verdict in verdicts]
    assert len(cards) > 100
    assert {"up", "down", "words"} <= right.keys()
    assert np.mean(cards) >= 0.9, {kind: (sum(verdicts), len(verdicts)) for kind, verdicts in right.items()}
