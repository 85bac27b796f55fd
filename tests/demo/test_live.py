import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from demo.guests import World
from demo.live import BUSY_HOUR, LiveGuests, paces
from demo.seed import Record, Wishes, invent_houses
from ingest_stack.collector import is_bot
from ingest_stack.contract import read_request


@pytest.fixture
def collector():
    """Something that answers like the collector, 503 at first, and remembers what it took."""
    taken = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((time.time(), self.headers["user-agent"], body))
            self.send_response(503 if len(taken) == 1 else 202)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, taken
    server.shutdown()


def test_live_guests_send_what_the_contract_takes_as_people_do(home, collector, monkeypatch):
    monkeypatch.setattr("demo.delivery.OFFLINE", 0.0)
    port, taken = collector
    plan = Record.model_validate_json((home / "demo.json").read_bytes()).plan
    guests = LiveGuests(home, plan, port)
    guests.start()
    patience = time.monotonic() + 60
    while len(taken) < 2 and time.monotonic() < patience:
        time.sleep(0.1)
    guests.stop()
    assert len(taken) >= 2
    for _, user_agent, body in taken:
        request = read_request(body)
        assert request.menu_version == 2
        assert request.variant in (None, "holdout")
        assert not is_bot(user_agent)


def test_live_guests_come_where_it_is_open_and_as_often_as_the_model_says_or_a_little_more():
    plan = Wishes(restaurants=12).plan(datetime(2026, 11, 30, tzinfo=UTC))
    world = World(invent_houses(plan), plan.visits_per_day, plan.seed)
    for hour in range(24):
        now = datetime(2026, 11, 20, hour, 30, tzinfo=UTC).timestamp()
        model = [world.pace(house, now) for house in world.houses]
        assert any(model)
        least = BUSY_HOUR * plan.visits_per_day
        assert paces(world, now).tolist() == [max(pace, least) if pace else 0 for pace in model]


def test_when_all_the_world_sleeps_somebody_comes_to_any_restaurant():
    plan = Wishes(restaurants=12).plan(datetime(2026, 11, 30, tzinfo=UTC))
    awake = [house for house in invent_houses(plan) if house.id == "gato-pardo"]
    world = World(awake, plan.visits_per_day, plan.seed)
    assert paces(world, datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp()).tolist() == [BUSY_HOUR * plan.visits_per_day]
