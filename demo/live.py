"""A few simulated guests who read and order through the real endpoint while the demo runs, so that the numbers move.

They are the guests of demo/guests.py, at the pace of people: each request leaves when that guest's phone would send it.
At the end of a menu they are shown what its page is: what lies beside it, as far as it can be had now.

They come as often as the model says for each restaurant at that hour, so that a day on which the demo runs looks like
the seeded ones, but for two kindnesses to who watches: an open restaurant has at least BUSY_HOUR of a day's visits in
an hour (a usual dinner hour's), and the first FIRST_GUESTS follow each other within FIRST_SECONDS, each into the next
restaurant that is open.
"""

import contextlib
import heapq
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.access import Scope
from dashboard.menus.store import open_store
from demo.delivery import deliver, request_rows
from demo.guests import House, World
from demo.offers import ARRIVE_MS, MOST_OFFERS, Offer, takes_in
from demo.reading import GUEST, Floats
from demo.seed import Plan, world_of
from errors import MenulensError
from ingest_stack.lake import Lake
from ingest_stack.ports import ADDRESS

# As a phone would say it: the collector marks what it takes for a robot.
USER_AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari"
)
BUSY_HOUR = 0.15
FIRST_GUESTS = 8
FIRST_SECONDS = 15.0
RETRY_SECONDS = 5.0
TICK_SECONDS = 0.25


@dataclass(order=True)
class _Due:
    at: float
    number: int
    request: dict[str, Any] = field(compare=False)
    clock_ms: int = field(compare=False)


class LiveGuests(threading.Thread):
    """Guests come until `stop()`, and see what is published and sold out at that moment."""

    def __init__(self, home: Path, plan: Plan, port: int) -> None:
        super().__init__(name="guests", daemon=True)
        self._home = home
        self._plan = plan
        self._port = port
        self._store = open_store(home, Lake(home / "lake"), Scope.everything())
        self._world = world_of(home, plan)
        self._versions = self._published()
        self._stopped = threading.Event()
        self._rng = np.random.default_rng()
        self._due: list[_Due] = []
        self._count = 0

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        next_guest, came = time.time(), 0
        while not self._stopped.wait(TICK_SECONDS):
            if time.time() >= next_guest:
                expected = paces(self._world, time.time())
                wait = self._rng.exponential(3600 / expected.sum())
                house = self._rng.choice(len(expected), p=expected / expected.sum())
                if came < FIRST_GUESTS:
                    wait, house = min(wait, FIRST_SECONDS), np.resize(np.flatnonzero(expected), FIRST_GUESTS)[came]
                # A menu that can't be read just now keeps this guest away, not the next.
                with contextlib.suppress(MenulensError):
                    self._come(int(house))
                next_guest, came = time.time() + wait, came + 1
            while self._due and self._due[0].at <= time.time() and not self._stopped.is_set():
                self._send(heapq.heappop(self._due))

    def _come(self, number: int) -> None:
        """One guest enters a restaurant."""
        if (versions := self._published()) != self._versions:
            self._world, self._versions = world_of(self._home, self._plan), versions
        house = self._world.houses[number]
        self._read(house, int(time.time() * 1000), self._offers(house.id))

    def _offers(self, id: str) -> list[Offer]:
        """What a page shows its guests of other restaurants."""
        cards = [(card["restaurant_id"], card["item_id"]) for card in self._store.offers(id)]
        left = [(house, item) for house, item in cards if item not in self._store.sold_out(house)]
        found = [offer for card in left if (offer := self._world.offer(*card))]
        return [offer for offer in found if takes_in(offer.restaurant, np.array([time.time() * 1000]))][:MOST_OFFERS]

    def _read(self, house: House, at: int, offers: list[Offer], **brought: Any) -> None:
        """A guest begins to read a restaurant's menu at an instant (ms), and perhaps follows an offer from there."""
        world = self._world
        card = world.card(house, house.versions[-1].version)
        gone = card.among(self._store.sold_out(house.id))
        crowd = world.crowd(house, card, np.array([at]), np.array([GUEST]), gone[None, :], self._rng, offers, **brought)
        for who, opened_at, offer in crowd.opened():
            other = next(other for other in world.houses if other.id == offer.restaurant.id)
            self._read(other, opened_at + ARRIVE_MS, [], who=np.array([who]), source=[house.id])
        delivery = deliver(crowd, self._rng)
        rows = request_rows(delivery)["request"].to_pylist()
        for row, sent_at, clock_ms in zip(rows, delivery.sent_at.tolist(), delivery.clock_ms.tolist(), strict=True):
            self._count += 1
            events = [_said(event) for event in row.pop("events")]
            heapq.heappush(self._due, _Due(sent_at / 1000, self._count, _said(row) | {"events": events}, clock_ms))

    def _published(self) -> list[list[int]]:
        return [self._store.versions(house.id) for house in self._world.houses]

    def _send(self, due: _Due) -> None:
        body = due.request | {"sent_at": int(time.time() * 1000) + due.clock_ms}
        headers = {"content-type": "application/json", "user-agent": USER_AGENT}
        connection = http.client.HTTPConnection(ADDRESS, self._port, timeout=10)
        try:
            connection.request("POST", "/v1/events", json.dumps(body), headers)
            again = connection.getresponse().status in (429, 503)
        except (OSError, http.client.HTTPException):
            again = True
        finally:
            connection.close()
        if again:
            due.at = time.time() + RETRY_SECONDS
            heapq.heappush(self._due, due)


def paces(world: World, now: float) -> Floats:
    """Guests an hour to each restaurant at an instant (seconds since the epoch); if all the world sleeps, to any."""
    least = max(BUSY_HOUR * world.visits_per_day, 1.0)
    model = np.array([world.pace(house, now) for house in world.houses])
    return np.where(model > 0, np.maximum(model, least), 0.0 if model.any() else least)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
