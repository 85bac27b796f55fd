"""A few simulated guests who read and order through the real endpoint while the demo runs, so that the numbers move.

They are the guests of demo/guests.py, at the pace of people: each request leaves when that guest's phone would send it.
"""

import contextlib
import heapq
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.menus.model import Restaurant
from dashboard.menus.store import FolderStore
from demo.delivery import deliver, request_rows
from demo.guests import GUEST, House
from demo.seed import Plan, world_of
from errors import MenulensError
from ingest_stack.lake import Lake
from ingest_stack.ports import ADDRESS

# As a phone would say it: the collector marks what it takes for a robot.
USER_AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari"
)
SECONDS_BETWEEN_GUESTS = 5.0
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
        self._store = FolderStore(home, Lake(home / "lake"))
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
        next_guest = time.time()
        while not self._stopped.wait(TICK_SECONDS):
            if time.time() >= next_guest:
                # A menu that can't be read just now keeps this guest away, not the next.
                with contextlib.suppress(MenulensError):
                    self._come()
                next_guest = time.time() + self._rng.exponential(SECONDS_BETWEEN_GUESTS)
            while self._due and self._due[0].at <= time.time() and not self._stopped.is_set():
                self._send(heapq.heappop(self._due))

    def _come(self) -> None:
        """One guest enters a restaurant that is open; if all the world sleeps, any."""
        if (versions := self._published()) != self._versions:
            self._world, self._versions = world_of(self._home, self._plan), versions
        world, now = self._world, time.time()
        houses = [house for house in world.houses if is_open(house.restaurant, now)] or list(world.houses)
        house: House = houses[int(self._rng.integers(len(houses)))]
        card = world.card(house, house.versions[-1].version)
        began_at = np.array([int(now * 1000)])
        gone = card.among(self._store.sold_out(house.id))
        crowd = world.crowd(house, card, began_at, np.array([GUEST]), gone[None, :], self._rng)
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


def is_open(restaurant: Restaurant, instant: float) -> bool:
    """Whether guests may sit there at this instant (seconds since the epoch); openings past midnight count too."""
    if not restaurant.hours:
        return True
    local = datetime.fromtimestamp(instant, ZoneInfo(restaurant.time_zone))
    minute = local.hour * 60 + local.minute
    today, yesterday = restaurant.hours[local.weekday()], restaurant.hours[local.weekday() - 1]
    return any(o.opens <= minute < o.closes for o in today) or any(minute + 1440 < o.closes for o in yesterday)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
