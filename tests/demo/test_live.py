import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from demo.live import LiveGuests, is_open
from demo.restaurants import invent_menus
from demo.seed import Record
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


def test_live_guests_send_what_the_contract_takes_as_people_do(home, collector):
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
        assert request.variant is None
        assert not is_bot(user_agent)


def test_a_restaurant_is_open_by_its_own_clock_and_past_midnight():
    bar = next(first.restaurant for first, _ in invent_menus(12) if first.restaurant.id == "gato-pardo")
    friday = {hour: datetime(2026, 11, 20, hour, 30, tzinfo=UTC).timestamp() for hour in (1, 15, 16, 23)}
    saturday_at_one = datetime(2026, 11, 21, 1, 30, tzinfo=UTC).timestamp()
    assert [is_open(bar, friday[hour]) for hour in (1, 15, 16, 23)] == [False, False, True, True]
    assert is_open(bar, saturday_at_one)
