"""From what guests did to what a collector received: batches, wrong clocks, lost connections, repeats and losses.

A page sends what it has every ten seconds, and at once when an order is placed. On the way (rates are of visits unless
said otherwise):
    CLOCK     4 %    the phone's clock is wrong by 1 s to 11 days (log-uniform); `at` and `sent_at` share the error
    OFFLINE   2 %    from some request on, nothing is received for 10 minutes to 2.8 days: late, and counted
    TOO_LATE  0.3 %  the same for 3.05 to 4.5 days: later than the rollups count
    LOST      0.4 %  one request never arrives: a gap in seq
    REPEAT    1.5 %  of requests arrive twice, the copy 1 s to 9 hours later
What is lost or too late is never a visit's first request and holds no order, so the number of visits and orders that
counting must find is exactly what the guests did. Bots and previews are as they are, only on time.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from demo.guests import Crowd
from demo.reading import GUEST, ORDER_PLACED, PREVIEW, TYPES, Bools, Floats, Ints
from ingest_stack.contract import ENVELOPE, EVENT

CLOCK, OFFLINE, TOO_LATE, LOST, REPEAT = 0.04, 0.02, 0.003, 0.004, 0.015
FLUSH_MS = 10_000
DAY_MS = 86_400_000
# No request arrives later than this after its day of business began: what a later seed must look back.
LONGEST_DAYS = 7

_ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


@dataclass
class Delivery:
    """The requests of a crowd, in the order in which they were received: arrays over requests.

    A request holds the crowd's events first[n] … first[n] + size[n] − 1. `counts` is False for repeats, for what comes
    too late, and for bots and previews; `clock_ms` is the phone's error.
    """

    crowd: Crowd
    visit: Ints
    first: Ints
    size: Ints
    sent_at: Ints
    received_at: Ints
    clock_ms: Ints
    repeat: Bools
    too_late: Bools

    @property
    def counts(self) -> Bools:
        kept: Bools = ~self.repeat & ~self.too_late & (self.crowd.kind[self.visit] == GUEST)
        return kept

    def received(self, after: int, until: int) -> "Delivery":
        """Only what was received after one instant (ms), up to another."""
        chosen = (self.received_at > after) & (self.received_at <= until)
        arrays = ("visit", "first", "size", "sent_at", "received_at", "clock_ms", "repeat", "too_late")
        return Delivery(self.crowd, **{name: getattr(self, name)[chosen] for name in arrays})

    def events(self) -> tuple[Ints, Ints]:
        """The event indices of all requests in turn, and for each the request that brings it."""
        request = np.repeat(np.arange(len(self.size)), self.size)
        before = np.cumsum(self.size) - self.size
        return (self.first - before)[request] + np.arange(len(request)), request


def deliver(crowd: Crowd, rng: np.random.Generator) -> Delivery:
    """What a collector receives of a crowd, sooner or later."""
    bucket = (crowd.at - crowd.began_at[crowd.visit]) // FLUSH_MS
    starts = np.flatnonzero(np.diff(crowd.visit, prepend=-1) | np.diff(bucket, prepend=-1))
    visit = crowd.visit[starts]
    size = np.diff(starts, append=len(crowd.visit))
    visits, requests = len(crowd.began_at), len(starts)
    sent_at = np.maximum.reduceat(crowd.at, starts) + rng.integers(20, 1_500, requests)
    latency = (90 * np.exp(0.7 * rng.normal(size=requests))).astype(np.int64) + 15
    person = crowd.kind == GUEST

    number = np.arange(requests) - np.searchsorted(visit, np.arange(visits))[visit]
    total = np.bincount(visit, minlength=visits)
    ordering = np.maximum.reduceat((crowd.type == ORDER_PLACED).astype(np.int64), starts) > 0
    last_order = np.zeros(visits, np.int64)
    np.maximum.at(last_order, visit, np.where(ordering, number, 0))
    # Only the requests after the first and after the last order may get lost or come too late.
    spare = total - 1 - last_order
    pick = last_order + 1 + (rng.random(visits) * np.maximum(spare, 1)).astype(np.int64)
    luck = rng.random(visits)
    luck = np.where(person, luck, 1.0)
    offline = luck < OFFLINE
    too_late = (luck >= OFFLINE) & (luck < OFFLINE + TOO_LATE) & (spare > 0)
    lost = (luck >= OFFLINE + TOO_LATE) & (luck < OFFLINE + TOO_LATE + LOST) & (spare > 0)

    from_request = np.where(offline, (rng.random(visits) * total).astype(np.int64), pick)
    delay = np.where(offline, _log_uniform(600, 2.8 * 86_400, visits, rng), rng.uniform(3.05, 4.5, visits) * 86_400)
    delayed = (offline | too_late)[visit] & (number >= from_request[visit])
    sent_at = sent_at + np.where(delayed, delay[visit] * 1000, 0).astype(np.int64)
    gone = lost[visit] & (number == pick[visit])
    wrong = np.where(rng.random(visits) < CLOCK, _log_uniform(1, 10**6, visits, rng), 0.0)
    clock = (wrong * np.where(rng.random(visits) < 0.5, -1000, 1000)).astype(np.int64)

    again = np.flatnonzero((rng.random(requests) < REPEAT) & ~delayed & ~gone & person[visit])
    wait = (_log_uniform(1, 32_000, len(again), rng) * 1000).astype(np.int64)
    once = np.flatnonzero(~gone)
    which = np.concatenate([once, again])
    sent = np.concatenate([sent_at[once], sent_at[again] + wait])
    received_at = sent + np.concatenate([latency[once], latency[again]])
    order = np.argsort(received_at, kind="stable")
    which = which[order]
    return Delivery(
        crowd=crowd,
        visit=visit[which],
        first=starts[which],
        size=size[which],
        sent_at=sent[order],
        received_at=received_at[order],
        clock_ms=clock[visit[which]],
        repeat=order >= len(once),
        too_late=(too_late[visit] & delayed)[which],
    )


def _log_uniform(low: float, high: float, size: int, rng: np.random.Generator) -> Floats:
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def request_rows(delivery: Delivery) -> pa.Table:
    """The requests as rows of the lake's `requests` table."""
    crowd, card = delivery.crowd, delivery.crowd.card
    restaurant = card.menu.restaurant
    index, request = delivery.events()
    size, visit = len(delivery.size), delivery.visit
    item = crowd.item[index]
    has_item, offer = item >= 0, crowd.offer[index]
    of_offer = pa.array(offer, mask=offer < 0)
    # A recommendation's place is among those shown, an item's on the menu.
    position = np.where(offer < 0, np.append(card.positions, 0)[item], offer + 1)
    places = pa.array(item, mask=~has_item)

    def positive(column: Ints) -> pa.Array:
        return pa.array(column[index], mask=column[index] < 0)

    has_price = crowd.price_minor[index] >= 0
    event = {
        "seq": pa.array(crowd.seq[index]),
        "type": pa.array(TYPES).take(pa.array(crowd.type[index])),
        "at": pa.array(crowd.at[index] + delivery.clock_ms[request]),
        "item_id": pa.array(card.ids, pa.string()).take(places),
        "section_id": pa.array(card.sections, pa.string()).take(places),
        "position": pa.array(position, mask=~has_item & (offer < 0)),
        "dwell_ms": positive(crowd.dwell_ms),
        "visible_rate": pa.array(crowd.visible_rate[index], from_pandas=True),
        "quantity": positive(crowd.quantity),
        "price_minor": positive(crowd.price_minor),
        "currency": _constant(restaurant.currency, len(index), mask=~has_price),
        "order_id": _order_ids(crowd, index),
        "available": pa.array(np.zeros(len(index), bool), mask=crowd.available[index]),
        "recommended_restaurant_id": pa.array([o.restaurant.id for o in crowd.offers], pa.string()).take(of_offer),
        "recommended_item_id": pa.array([o.item_id for o in crowd.offers], pa.string()).take(of_offer),
    }
    envelope = {
        "v": pa.array(np.ones(size, np.int64)),
        "restaurant_id": _constant(restaurant.id, size),
        "menu_version": pa.array(np.full(size, card.menu.version, np.int64)),
        "visit_id": pa.array(crowd.visit_id, pa.string()).take(pa.array(visit)),
        "guest_id": pa.array(crowd.guest_id, pa.string()).take(pa.array(visit)),
        "table_id": pa.array(crowd.table_id, pa.string()).take(pa.array(visit)),
        "source_restaurant_id": pa.array(crowd.source_id, pa.string()).take(pa.array(visit)),
        "variant": pa.array(["preview", "holdout"]).take(
            pa.array(crowd.held[visit].astype(np.int64), mask=~crowd.held[visit] & (crowd.kind[visit] != PREVIEW))
        ),
        "locale": pa.array(crowd.locale, pa.string()).take(pa.array(visit)),
        "viewport_width": pa.array(crowd.width).take(pa.array(visit)),
        "sent_at": pa.array(delivery.sent_at + delivery.clock_ms),
    }
    offsets = np.concatenate([[0], np.cumsum(delivery.size)]).astype(np.int32)
    events = pa.ListArray.from_arrays(pa.array(offsets), _struct(event, EVENT, len(index)))
    fields = ENVELOPE | {"events": {}}
    requests = _struct(envelope | {"events": events}, fields, size)
    bots = pa.array(crowd.kind[visit] > PREVIEW)
    return pa.table({"received_at": pa.array(delivery.received_at), "bot": bots, "request": requests})


def _struct(columns: dict[str, pa.Array], fields: dict[str, dict[str, object]], size: int) -> pa.StructArray:
    """The columns in the contract's order; those that guests never fill are NULL."""
    arrays = [columns[name] if name in columns else pa.nulls(size, _kind(field)) for name, field in fields.items()]
    return pa.StructArray.from_arrays(arrays, names=list(fields))


def _kind(field: dict[str, object]) -> pa.DataType:
    named = field["type"]
    return _ARROW[named if isinstance(named, str) else next(name for name in named if name != "null")]  # type: ignore[attr-defined]


def _constant(value: str, size: int, mask: Bools | None = None) -> pa.Array:
    nothing = np.zeros(size, bool) if mask is None else mask
    return pa.array([value]).take(pa.array(np.zeros(size, np.int64), mask=nothing))


def _order_ids(crowd: Crowd, index: Ints) -> pa.Array:
    names = [f"{visit[:8]}-{number}" for visit in crowd.visit_id for number in (1, 2)]
    number = crowd.visit[index] * 2 + crowd.order[index] - 1
    return pa.array(names, pa.string()).take(pa.array(number, mask=crowd.order[index] == 0))
