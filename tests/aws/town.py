"""A small town that lives through three days: houses of the demo, and what guests' phones send when they get to it.

Whoever takes requests stamps them, so they can't come from long ago: phones that were offline send late, up to three
days, which is what the contract lets them do.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from dashboard.menus.model import Menu
from demo.restaurants import MENUS, read_house

HOUSES = ("daliyah", "kaede-und-kohle", "grano-sette", "gato-pardo")
"""Three of one area, and one of another country and clock."""
GUESTS = 9
HOUR = 3_600_000
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass(frozen=True)
class Sent:
    """A request on its way, by which kind of phone, and how often it is sent until an answer is heard."""

    request: dict[str, Any]
    agent: str = PHONE
    times: int = 1


@cache
def menus() -> dict[str, Menu]:
    return {house: read_house(MENUS / f"{house}.md")[0] for house in HOUSES}


def visits(now: datetime) -> list[Sent]:
    """What all guests send at `now`, each of a visit of its own."""
    draw, sent_at = random.Random(11), int(now.timestamp() * 1000)
    sent = [each for guest in range(GUESTS) for each in _evenings(draw, guest, sent_at)]
    odd = [
        Sent(_visit(draw, "daliyah", "seen-by-a-bot", sent_at, hours=5), BOT),
        Sent(_visit(draw, "daliyah", "previewed", sent_at, hours=5) | {"variant": "preview"}),
        Sent(_visit(draw, "grano-sette", "sent-thrice", sent_at, hours=7), times=3),
        Sent(_visit(draw, "gato-pardo", "too-late", sent_at, hours=80)),
        Sent(_visit(draw, "gato-pardo", "no-guest", sent_at, hours=9) | {"guest_id": None}),
        Sent(_visit(draw, "nobody-knows", "elsewhere", sent_at, hours=9)),
        Sent(_by_a_wrong_clock(_visit(draw, "kaede-und-kohle", "wrong-clock", sent_at, hours=11), -400 * 24 * HOUR)),
        Sent(_with_a_gap(_visit(draw, "kaede-und-kohle", "lost-some", sent_at, hours=13))),
        Sent(_visit(draw, "daliyah", "in-the-holdout", sent_at, hours=15) | {"variant": "holdout"}),
        Sent(_followed(_visit(draw, "daliyah", "followed", sent_at, hours=17), "grano-sette")),
        Sent(_visit(draw, "grano-sette", "came-from", sent_at, hours=16) | {"source_restaurant_id": "daliyah"}),
    ]
    return sent + odd


def _evenings(draw: random.Random, guest: int, sent_at: int) -> Iterator[Sent]:
    """A guest goes to three houses, mostly of the same area, and takes what most take."""
    for evening, house in enumerate(draw.sample(HOUSES, 3)):
        hours = 4 + 22 * evening + draw.randrange(8)
        request = _visit(draw, house, f"guest{guest}-{evening}", sent_at, hours)
        yield Sent(request | {"guest_id": f"guest{guest}", "table_id": draw.choice([None, "3", "โต๊ะ 2"])})


def _visit(draw: random.Random, house: str, visit_id: str, sent_at: int, hours: int) -> dict[str, Any]:
    menu = menus().get(house)
    places = [(section.id, item.id, item.price_minor) for _, section, item in menu.placed] if menu else [("a", "b", 9)]
    currency, at = menu.restaurant.currency if menu else "EUR", sent_at - hours * HOUR - draw.randrange(HOUR)
    events: list[dict[str, Any]] = [{"type": "menu_view", "at": at}]
    for position, (section, item, price) in enumerate(places[:12], start=1):
        at += draw.randrange(500, 4_000)
        shown = {"item_id": item, "section_id": section, "position": position}
        events.append({"type": "item_pass", "at": at, **shown})
        if draw.random() < 0.7:
            dwell = draw.randrange(1_000, 9_000)
            events.append({"type": "item_view", "at": at + dwell, "dwell_ms": dwell, "visible_rate": 0.5, **shown})
        if position <= 2 or draw.random() < 0.1:
            events.append({"type": "item_open", "at": at + 200, **shown})
            priced = {"quantity": draw.randint(1, 3), "price_minor": price, "currency": currency}
            events.append({"type": "item_order", "at": at + 300, **shown, **priced})
            if draw.random() < 0.8:
                events.append({"type": "order_placed", "at": at + 400, "order_id": "o1", **shown, **priced})
    envelope = {"restaurant_id": house, "menu_version": 1, "visit_id": visit_id, "sent_at": sent_at, "locale": "de-AT"}
    return envelope | {"viewport_width": 390, "events": [{"seq": n, **event} for n, event in enumerate(events)]}


def _by_a_wrong_clock(request: dict[str, Any], wrong_by: int) -> dict[str, Any]:
    events = [event | {"at": event["at"] + wrong_by} for event in request["events"]]
    return request | {"sent_at": request["sent_at"] + wrong_by, "events": events}


def _with_a_gap(request: dict[str, Any]) -> dict[str, Any]:
    return request | {"events": request["events"][:3] + request["events"][6:]}


def _followed(request: dict[str, Any], house: str) -> dict[str, Any]:
    """It showed a dish of another house, which was tapped."""
    last, item = request["events"][-1], menus()[house].placed[0][2].id
    shown = {"at": last["at"] + 1_000, "position": 1, "recommended_restaurant_id": house, "recommended_item_id": item}
    kinds = ("recommendation_view", "recommendation_open")
    more = [{"seq": last["seq"] + n, "type": kind, **shown} for n, kind in enumerate(kinds, start=1)]
    return request | {"events": request["events"] + more}
