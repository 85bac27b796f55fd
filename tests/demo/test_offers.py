"""Guests meet other restaurants' dishes as the model says: seen at the end, followed by some, and a known help."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from demo.delivery import deliver, request_rows
from demo.guests import World
from demo.offers import ARRIVE_MS, HOLDOUT, MOST_OFFERS, NEXT_MS, SEEN_MS, takes_in
from demo.reading import GUEST, ITEM_PASS, ORDER_PLACED, RECOMMENDATION_OPEN, RECOMMENDATION_VIEW, stream
from demo.seed import Plan, invent_houses
from ingest_stack.contract import read_request

PLAN = Plan(
    restaurants=12, days=6, visits_per_day=400, seed=7, first_date=date(2026, 3, 27), change_date=date(2026, 3, 30)
)
DAYS = [PLAN.first_date + timedelta(days=n) for n in range(PLAN.days)]


@pytest.fixture(scope="module")
def world():
    return World(invent_houses(PLAN), PLAN.visits_per_day, PLAN.seed)


@pytest.fixture(scope="module")
def days(world):
    return [{house.id: world.day(house, day) for house in world.houses} for day in DAYS]


@pytest.fixture(scope="module")
def crowds(days):
    return [crowd for day in days for crowds in day.values() for crowd in crowds]


def visits_with(crowd, chosen):
    has = np.zeros(len(crowd.began_at), bool)
    has[crowd.visit[chosen]] = True
    return has


def test_a_tenth_is_held_out_and_sees_none(crowds):
    guests = sum(int((crowd.kind == GUEST).sum()) for crowd in crowds)
    held = sum(int(crowd.held.sum()) for crowd in crowds)
    assert held / guests == pytest.approx(HOLDOUT, abs=3 * np.sqrt(HOLDOUT * (1 - HOLDOUT) / guests))
    for crowd in crowds:
        assert not (crowd.held & (visits_with(crowd, crowd.offer >= 0) | (crowd.kind != GUEST))).any()


def test_only_who_read_to_the_end_sees_any_of_houses_nearby_that_take_guests_in(crowds):
    seen = 0
    for crowd in crowds:
        assert len(crowd.offers) <= MOST_OFFERS
        at_end = visits_with(crowd, (crowd.type == ITEM_PASS) & (crowd.item == len(crowd.card.ids) - 1))
        assert not (visits_with(crowd, crowd.type == RECOMMENDATION_VIEW) & ~at_end).any()
        for number, offer in enumerate(crowd.offers):
            assert offer.restaurant.area == crowd.card.menu.restaurant.area
            assert offer.restaurant.id != crowd.card.menu.restaurant.id
            at = crowd.at[(crowd.offer == number) & (crowd.type == RECOMMENDATION_VIEW)]
            seen += len(at)
            assert takes_in(offer.restaurant, at - SEEN_MS - NEXT_MS * number).all()
    assert seen > 1000


def test_a_house_that_closes_soon_or_is_closed_takes_nobody_in(world):
    house = next(house for house in world.houses if house.id == "daliyah").restaurant  # Vienna; closed on Tuesdays
    noon, nearly, tuesday = (
        int(datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp() * 1000)
        for day, hour, minute in ((25, 12, 0), (25, 21, 45), (24, 12, 0))
    )
    assert takes_in(house, np.array([noon, nearly, tuesday])).tolist() == [True, False, False]


def test_every_opening_brings_its_guest_to_the_other_house(days):
    for day in days:
        opened = sorted(
            (offer.restaurant.id, crowd.card.menu.restaurant.id, at + ARRIVE_MS, crowd.guest_id[visit])
            for crowds in day.values()
            for crowd in crowds
            for visit, (_, at, offer) in zip(
                crowd.visit[crowd.type == RECOMMENDATION_OPEN], crowd.opened(), strict=True
            )
        )
        arrived = sorted(
            (id, source, int(at), guest)
            for id, crowds in day.items()
            for crowd in crowds
            for source, at, guest in zip(crowd.source_id, crowd.began_at, crowd.guest_id, strict=True)
            if source
        )
        assert [each[:3] for each in opened] == [each[:3] for each in arrived]
        assert {each[3] for each in opened} == {each[3] for each in arrived}
        assert opened


def test_what_the_holdout_measures_is_what_is_true(crowds):
    ordering = np.concatenate([visits_with(crowd, crowd.type == ORDER_PLACED)[crowd.kind == GUEST] for crowd in crowds])
    held, sparked = (
        np.concatenate([getattr(crowd, name)[crowd.kind == GUEST] for crowd in crowds]) for name in ("held", "sparked")
    )
    rates = ordering[~held].mean(), ordering[held].mean()
    lift = sparked[~held].mean()
    error = np.sqrt(sum(rate * (1 - rate) / n for rate, n in zip(rates, ((~held).sum(), held.sum()), strict=True)))
    assert lift > 0.01
    assert rates[0] - rates[1] == pytest.approx(lift, abs=2.5 * error)


def test_requests_say_all_this_in_the_contracts_words(days):
    said = []
    for id in ("daliyah", "grano-sette"):
        for crowd in days[0][id]:
            for row in request_rows(deliver(crowd, stream("delivery", id)))["request"].to_pylist():
                request = {name: value for name, value in row.items() if value is not None}
                request["events"] = [{k: v for k, v in event.items() if v is not None} for event in row["events"]]
                read_request(json.dumps(request).encode())
                said.append(request)
    assert {request.get("variant") for request in said} == {None, "preview", "holdout"}
    assert {request.get("source_restaurant_id") for request in said} > {None}
    views = [event for request in said for event in request["events"] if event["type"] == "recommendation_view"]
    assert {view["position"] for view in views} == {1, 2, 3}
    assert all(view.keys() >= {"recommended_restaurant_id", "recommended_item_id"} for view in views)
    assert not any("item_id" in view for view in views)
