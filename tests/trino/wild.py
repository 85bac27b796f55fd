"""A small lake of all that guests, clocks and networks do, the same at each run: what engines could disagree on."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ingest_stack.contract import EVENT
from ingest_stack.lake import DAY_MS, Lake
from ingest_stack.rollups import refresh
from tests.queries.rollups.conftest import as_relation, instant

FIRST, LAST = date(2026, 3, 26), date(2026, 4, 2)
EMPTY_DAY = date(2026, 3, 31)
"""Nobody comes anywhere on it. Berlin's clocks go forward on the 29th; New York's have, Kathmandu's never do."""
LARGEST = 2**53
VISITS = 420

_RESTAURANTS = {  # id → time zone, currency; the last one is not known to the lake
    "uno": ("Europe/Berlin", "EUR"),
    "ครัวมาลี": ("Asia/Kathmandu", "NPR"),
    "tres 'n more": ("America/New_York", "USD"),
    "quattro": ("Asia/Kathmandu", "NPR"),
    "nobody-knows": None,
}
_ITEMS = ["soup", "ต้มยำกุ้ง", "O'Brien; --", 'a\nb\t"c"', " ", "NULL", "👨‍👩‍👧 étage", "Soup", "soup "]
_RULES = [
    ("uno", "pin", "quattro", "ต้มยำกุ้ง"),
    ("ครัวมาลี", "block", "tres 'n more", "NULL"),
    ("quattro", "silent", None, None),
]
_GUESTS = ["g1", "ง", *(f"g{n}" for n in range(2, 14))]
"""So few that many of them go to the same places."""
_SECTIONS = ["starters", "ของหวาน", None]
_KINDS: list[str] = EVENT["type"]["enum"]


def write_lake(home: Path) -> None:
    """Fill the home's lake with requests, rejects and dimensions, and bring its derived tables up to date."""
    lake = Lake(home / "lake")
    for restaurant, known in _RESTAURANTS.items():
        if known:
            _write_dimensions(lake, restaurant, *known)
    for restaurant, rule, house, item in _RULES:
        named = {"recommended_restaurant_id": house, "recommended_item_id": item}
        lake.write_rules(restaurant, [{"restaurant_id": restaurant, "rule": rule} | named])
    draw = random.Random(4)
    requests = [request for n in range(VISITS) for request in _visit(draw, n)]
    lake.append("requests", as_relation(requests), "wild")
    noon = instant(f"{FIRST + timedelta(2)} 12:00")
    refused = {"received_at": noon, "source": "wild.ndjson", "reason": "seq: is missing."}
    lake.reject([refused | {"restaurant_id": r, "line": n} for n, r in enumerate(["uno", "uno", None])], "wild")
    refresh(lake.path)


def _write_dimensions(lake: Lake, restaurant: str, zone: str, currency: str) -> None:
    row = {"restaurant_id": restaurant, "restaurant_name": f"{restaurant} – ร้าน", "time_zone": zone}
    items = [
        {"restaurant_id": restaurant, "menu_version": version, "published_at": instant("2026-03-20") + version * 77_777}
        | {"item_id": item, "item_name": f"{item} {version}" if place else "", "section_id": section}
        | {"section_name": section.title(), "section_position": 1 + place % 2, "position": place + 1}
        | {"price_minor": 450 + place, "food_cost_minor": None if place % 2 else 120}
        for version in (1, 2)
        for place, item in enumerate(_ITEMS[version:])
        for section in [_SECTIONS[place % 2] or ""]
    ]
    area = {"uno": None, "quattro": " ย่าน 'x' "}.get(restaurant, "ย่าน 'x'")
    lake.write_dimensions(row | {"area": area, "currency": currency}, items)


def _visit(draw: random.Random, number: int) -> list[dict[str, Any]]:
    """The requests of one guest, as they came in: some twice, some days late, some by a wrong clock."""
    restaurant = draw.choice(list(_RESTAURANTS))
    known = _RESTAURANTS[restaurant]
    days = [day for n in range((LAST - FIRST).days) if (day := FIRST + timedelta(n)) != EMPTY_DAY]
    # Near local midnights and changes of clocks, or anywhen; never so near the empty day that it would be another's.
    began = instant(f"{draw.choice(days)} 06:00") + draw.choice([0, 3 * 3_600_000, draw.randrange(10 * 3_600_000)])
    if draw.random() < 0.3:
        began = draw.choice(_EDGES) + draw.choice([-1, 0, 1, -900_000, 899_999])
    skew = draw.choice([0, 0, 0, 5_000, -5_000, 7 * 3_600_000, -400 * DAY_MS])
    envelope: dict[str, Any] = {"restaurant_id": restaurant, "visit_id": f"v{number if draw.random() < 0.9 else 7}"}
    envelope |= {"guest_id": draw.choice([None, *_GUESTS]), "table_id": draw.choice([None, "t1", "โต๊ะ 2"])}
    envelope |= {"source_restaurant_id": draw.choice([None, "uno"]), "locale": draw.choice([None, "th", "de-CH"])}
    envelope |= {"viewport_width": draw.choice([None, 0, 390, LARGEST])}
    envelope |= {"variant": draw.choice([None, None, "holdout", "b", "preview"])}
    requests, seq, at = [], 0, began
    for _ in range(draw.randint(1, 4)):
        events = []
        for _ in range(draw.randint(1, 6)):
            events.append(_event(draw, seq, at + skew, known[1] if known else draw.choice(["EUR", "THB"])))
            seq += draw.choice([1, 1, 1, 1, 0, 2, 61])
            at += draw.choice([0, 1, 1_500, 40_000])
        if draw.random() < 0.03:
            events[-1]["seq"] = LARGEST
        late = draw.choice([0, 0, 0, 0, 700, 3_600_000, 30 * 3_600_000, 3 * DAY_MS - 9, 3 * DAY_MS + 400_000])
        sent = at + skew + late
        said = envelope | {"menu_version": draw.choice([1, 1, 2, 2, 2, 3, 0, LARGEST]), "sent_at": sent}
        received = at + late + draw.choice([0, 20, 900, -3_000])
        bot = draw.choice([False, False, False, False, None, True])
        requests.append({"received_at": received, "bot": bot, "request": said | {"events": events}})
        for again in range(draw.choice([0, 0, 0, 1, 2])):
            copy = said | {"sent_at": sent + again * 800, "events": events}
            requests.append({"received_at": received + again * 1_100, "bot": bot, "request": copy})
    return requests


_EDGES = [
    instant(text)
    for text in ("2026-03-28 23:00", "2026-03-29 01:00", "2026-03-29 22:00", "2026-03-27 18:15", "2026-03-28 04:00")
]
"""Midnight in Berlin, its clocks forward, midnight again; midnights in Kathmandu and in New York."""


def _event(draw: random.Random, seq: int, at: int, currency: str) -> dict[str, Any]:
    kind = draw.choice(_KINDS)
    event: dict[str, Any] = {"seq": seq, "type": kind, "at": at}
    if draw.random() < 0.02:
        event["at"] = draw.choice([LARGEST, -LARGEST])
    if kind == "menu_view" and draw.random() < 0.9:
        return event
    event["item_id"] = draw.choice([*_ITEMS, None])
    event["section_id"] = draw.choice(_SECTIONS)
    event["position"] = draw.choice([None, 1, 2, 9, LARGEST])
    event["dwell_ms"] = draw.choice([None, 0, 1_000, 70_000, LARGEST])
    event["visible_rate"] = draw.choice([None, 0.0, 0.1, 1.0])
    event["quantity"] = draw.choice([None, 1, 2, 2, LARGEST if draw.random() < 0.1 else 3])
    event["price_minor"] = draw.choice([None, 0, 450, 450, LARGEST if draw.random() < 0.1 else 1])
    event["currency"] = draw.choice([None, currency, currency, currency, "XXX"])
    event["order_id"] = draw.choice([None, "o1", "o1", "o2"])
    event["available"] = draw.choice([None, True, False])
    event["recommended_restaurant_id"] = draw.choice([None, "uno"])
    event["recommended_item_id"] = draw.choice([None, "ต้มยำกุ้ง"])
    return event
