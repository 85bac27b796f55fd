"""How guests meet dishes of other restaurants at the end of a menu: the part of the model that follows the reading.

Shown. A guest in ten is held out (HOLDOUT) and sees none. The others who read as far as the last item see up to three:
while a home is seeded nobody has recommended anything yet, so of each house in the area, the nearest in taste first,
the item with the highest true appeal; live guests are shown what lies beside the menu. A house that takes no more
guests in is left out.

Followed. Each of them is seen with SEEN, and opened with logit FOLLOW + 0.8 z + taste, as an item of the menu is; one
at most, for it leads away. Who opens one reads the other house's menu two seconds later as its own guests do, without a
table, and meets no further dishes there.

Lift. Who has seen one, and opened and ordered none, looks at this menu once more, and with SPARK orders of the dishes
viewed the one that appeals most. Nothing else differs between the held out and the others, so what recommending adds to
the share of visits that order is known: those sparked ÷ those shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.menus.model import Restaurant
from demo.reading import (
    APPEAL_SPREAD,
    GUEST,
    ITEM_ORDER,
    ITEM_PASS,
    ITEM_VIEW,
    ORDER_PLACED,
    RECOMMENDATION_OPEN,
    RECOMMENDATION_VIEW,
    TASTE,
    Bools,
    Card,
    Floats,
    Ints,
    in_order,
    logistic,
    part,
)

MOST_OFFERS = 3
HOLDOUT, SEEN, FOLLOW, SPARK = 0.10, 0.9, -4.6, 0.5
LAST_SEATING = 30
SEEN_MS, NEXT_MS, ARRIVE_MS = 1_200, 300, 2_000


@dataclass(frozen=True)
class Offer:
    """An item of another restaurant, as the model sees it."""

    restaurant: Restaurant
    item_id: str
    z: float
    taste: Floats


@dataclass
class Met:
    """What became of it: all events of the visits, who was held out, and who ordered because of what was shown."""

    events: dict[str, Any]
    held: Bools
    sparked: Bools


def offer(card: Card, item_id: str) -> Offer:
    """An item of a card as other restaurants offer it."""
    place = card.ids.index(item_id)
    return Offer(card.menu.restaurant, item_id, float(card.z[place]), card.tastes[place])


def meet(
    card: Card,
    offers: Sequence[Offer],
    tastes: Floats,
    kind: Ints,
    events: dict[str, Any],
    rng: np.random.Generator,
) -> Met:
    """The visits of a crowd that has read a card, once those who came to its end met the offers (as many as are shown).

    `tastes` and `kind` are the visits', `events` what they did by themselves.
    """
    visits = len(kind)
    held = (kind == GUEST) & (rng.random(visits) < HOLDOUT)
    shape = (visits, len(offers))
    visit, at, type, item = (events[name] for name in ("visit", "at", "type", "item"))
    ended = np.zeros(visits, np.int64)
    reading = type <= ITEM_VIEW
    np.maximum.at(ended, visit[reading], at[reading])
    at_end = np.zeros(visits, bool)
    at_end[visit[(type == ITEM_PASS) & (item == len(card.ids) - 1)]] = True
    meets = at_end & (kind == GUEST) & ~held

    seats = np.array([takes_in(each.restaurant, ended) for each in offers], bool).reshape(shape[::-1]).T
    seen = meets[:, None] & seats & (rng.random(shape) < SEEN)
    appeal = np.array([APPEAL_SPREAD * each.z + TASTE * tastes @ each.taste for each in offers]).reshape(shape[::-1]).T
    opened = seen & (rng.random(shape) < logistic(FOLLOW + appeal))
    opened &= np.cumsum(opened, axis=1) == 1
    seen_at = ended[:, None] + SEEN_MS + NEXT_MS * np.arange(len(offers))[None, :]
    opened_at = seen_at + rng.integers(1_500, 9_000, shape)

    ordered = np.zeros(visits, bool)
    ordered[visit[type == ORDER_PLACED]] = True
    favourite = _favourite(card, tastes, events, visits)
    sparked = seen.any(axis=1) & ~opened.any(axis=1) & ~ordered & (favourite >= 0) & (rng.random(visits) < SPARK)
    who = np.flatnonzero(sparked)
    what = favourite[who]
    wanted_at = ended[who] + rng.integers(5_000, 25_000, len(who))
    line = {"quantity": 1, "price_minor": card.choices[what, rng.integers(0, 8, len(who))]}

    def of_offers(type: int, mask: Bools, when: Ints) -> dict[str, Any]:
        rows, cells = np.nonzero(mask)
        return part(type, rows, np.full(len(rows), -1), when[rows, cells], offer=cells)

    more = [
        of_offers(RECOMMENDATION_VIEW, seen, seen_at),
        of_offers(RECOMMENDATION_OPEN, opened, opened_at),
        part(ITEM_ORDER, who, what, wanted_at, **line),
        part(ORDER_PLACED, who, what, wanted_at + rng.integers(6_000, 40_000, len(who)), **line, order=1),
    ]
    return Met(in_order([events, *more], visits), held, sparked)


def takes_in(restaurant: Restaurant, instants: Ints) -> Bools:
    """Whether a restaurant takes guests in at these instants (ms)."""
    local = pd.DatetimeIndex(pd.to_datetime(instants, unit="ms", utc=True)).tz_convert(restaurant.time_zone)
    minute, weekday = (local.hour * 60 + local.minute).to_numpy(), local.day_of_week.to_numpy()
    open_now = np.full(len(instants), not restaurant.hours)
    for day, openings in enumerate(restaurant.hours):
        for each in openings:
            last = each.closes - LAST_SEATING - 1
            open_now |= (weekday == day) & (each.opens <= minute) & (minute < last)
            open_now |= (weekday == (day + 1) % 7) & (each.opens <= minute + 1440) & (minute + 1440 < last)
    return open_now


def _favourite(card: Card, tastes: Floats, events: dict[str, Any], visits: int) -> Ints:
    """Of what each visit viewed and could have ordered the item that appeals most; −1: nothing."""
    viewed = (events["type"] == ITEM_VIEW) & events["available"]
    visit, item = events["visit"][viewed], events["item"][viewed]
    wish = APPEAL_SPREAD * card.z[item] + TASTE * np.einsum("vt,vt->v", tastes[visit], card.tastes[item])
    best = np.full(visits, -1)
    order = np.argsort(wish, kind="stable")
    best[visit[order]] = item[order]  # the last one stays
    return best
