from datetime import date, timedelta

import numpy as np
import pytest

from demo.delivery import deliver, request_rows
from demo.guests import World
from demo.reading import GUEST, ITEM_OPEN, ITEM_ORDER, ITEM_PASS, ITEM_VIEW, ORDER_PLACED, stream
from demo.restaurants import moved_items
from demo.seed import Plan, invent_houses

PLAN = Plan(
    restaurants=4, days=28, visits_per_day=150, seed=5, first_date=date(2026, 3, 20), change_date=date(2026, 4, 5)
)
DAYS = [PLAN.first_date + timedelta(days=n) for n in range(28)]


@pytest.fixture(scope="module")
def world():
    return World(invent_houses(PLAN), PLAN.visits_per_day, PLAN.seed)


@pytest.fixture(scope="module")
def crowds(world):
    return {house.id: [crowd for day in DAYS for crowd in world.day(house, day)] for house in world.houses}


def rows(world, house, day):
    return [request_rows(deliver(crowd, stream("delivery", day))) for crowd in world.day(house, day)]


def shares(crowds, house, version, type):
    """Of the visits to a version, the share that did this to each item."""
    card = next(crowd.card for crowd in crowds if crowd.card.menu.version == version)
    did, visits = np.zeros(len(card.ids)), 0
    for crowd in crowds:
        if crowd.card is card:
            guests = crowd.kind == GUEST
            visits += guests.sum()
            chosen = (crowd.type == type) & guests[crowd.visit]
            pairs = np.unique(np.stack([crowd.visit[chosen], crowd.item[chosen]]), axis=1)
            did += np.bincount(pairs[1], minlength=len(card.ids))
    return dict(zip(card.ids, did / visits, strict=True))


def test_the_same_seed_gives_the_same_requests_and_another_seed_others(world):
    again = World(invent_houses(PLAN), PLAN.visits_per_day, PLAN.seed)
    other = World(invent_houses(PLAN), PLAN.visits_per_day, PLAN.seed + 1)
    house = world.houses[0]
    assert rows(world, house, DAYS[3]) == rows(again, house, DAYS[3])
    assert rows(world, house, DAYS[3]) != rows(other, house, DAYS[3])


def test_a_day_is_the_same_whether_other_days_or_restaurants_are_asked_before_or_not(world):
    alone = rows(world, world.houses[1], DAYS[9])
    for day in DAYS[5:9]:
        rows(world, world.houses[0], day)
    assert rows(world, world.houses[1], DAYS[9]) == alone


def test_the_pace_says_how_many_come_and_is_nothing_while_the_restaurant_is_closed(world, crowds):
    for house in world.houses:
        began = np.concatenate([crowd.began_at[crowd.kind == GUEST] for crowd in crowds[house.id]])
        hours = np.arange(began.min() // 3_600_000, began.max() // 3_600_000 + 1)
        expected = np.mean(
            [[world.pace(house, 3600 * (hour + part)) for hour in hours] for part in (0.25, 0.75)], axis=0
        )
        assert expected.sum() == pytest.approx(len(began), rel=0.05)
        assert all(world.pace(house, instant / 1000) > 0 for instant in began[::50])


def test_guests_come_only_when_the_restaurant_is_open(world):
    for house in world.houses:
        for day in DAYS[:14]:
            guests = sum(int((crowd.kind == GUEST).sum()) for crowd in world.day(house, day))
            assert bool(guests) == bool(house.restaurant.hours[day.weekday()])


def test_attention_decays_with_position(world, crowds):
    for house in world.houses:
        reached = list(shares(crowds[house.id], house, 1, ITEM_PASS).values())
        viewed = list(shares(crowds[house.id], house, 1, ITEM_VIEW).values())
        assert reached == sorted(reached, reverse=True)
        assert np.mean(viewed[:5]) > 1.5 * np.mean(viewed[-5:])


def test_moving_an_item_up_gets_it_more_views_and_moving_it_down_fewer(world, crowds):
    for house in world.houses:
        before, after = (shares(crowds[house.id], house, version, ITEM_VIEW) for version in (1, 2))
        was, now = ({item.id: position for position, _, item in menu.placed} for menu in house.versions)
        for id in moved_items(*house.versions):
            assert (after[id] > before[id]) == (now[id] < was[id])


def test_what_appeals_is_opened_or_ordered_more_often_once_viewed(world, crowds):
    for house in world.houses:
        viewed, opened, wanted = (
            shares(crowds[house.id], house, 1, type) for type in (ITEM_VIEW, ITEM_OPEN, ITEM_ORDER)
        )
        card = world.card(house, 1)
        enough = [n for n, id in enumerate(card.ids) if viewed[id] > 0.05 and id not in house.scarce]
        seen = [max(opened[card.ids[n]], wanted[card.ids[n]]) / viewed[card.ids[n]] for n in enough]
        assert np.corrcoef(world.appeal(house, card)[enough], seen)[0, 1] > 0.8


def test_dwell_is_log_normal_above_one_second(crowds):
    dwell = np.concatenate([crowd.dwell_ms[crowd.type == ITEM_VIEW] for each in crowds.values() for crowd in each])
    logs = np.log(np.maximum(dwell - 1000, 1))
    middle = (logs - logs.mean()) / logs.std()
    assert dwell.min() >= 1000
    assert abs((middle**3).mean()) < 0.2


def test_orders_have_one_to_six_lines_at_prices_that_the_menu_can_have(crowds):
    for each in crowds.values():
        for crowd in each:
            line = crowd.type == ORDER_PLACED
            sizes = np.unique(np.stack([crowd.visit[line], crowd.order[line]]), axis=1, return_counts=True)[1]
            assert sizes.size == 0 or (sizes.min() >= 1 and sizes.max() <= 6)
            assert (crowd.price_minor[line] >= crowd.card.prices[crowd.item[line]]).all()
            assert crowd.available[line].all()


def test_guests_return_and_visit_several_restaurants_but_some_carry_no_id(crowds):
    houses = {}
    visits, unknown = 0, 0
    for id, each in crowds.items():
        for crowd in each:
            for guest, kind in zip(crowd.guest_id, crowd.kind, strict=True):
                visits += kind == GUEST
                unknown += kind == GUEST and guest is None
                houses.setdefault(guest, set()).add(id)
    assert max(len(found) for guest, found in houses.items() if guest) > 1
    assert 0.08 < unknown / visits < 0.25
