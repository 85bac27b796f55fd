"""The Trino adapter's own: what goes wrong in words, what nobody waits for cancelled, many asking at once."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import queries
from dashboard.access import Scope
from dashboard.warehouse import Warehouse, open_warehouse
from dashboard.warehouse.trino import Cluster
from dashboard.warehouse.waiting import waited_for
from errors import EngineError, SettingError
from tests.trino import wild
from tests.trino.tables import SCHEMA, Shown

ALL = Scope.everything()
SETTINGS = {"user": "may", "password": "", "catalog": "hive", "schema": "menulens", "timeout_seconds": 60}


def opened(url: str, **settings: Any) -> Warehouse:
    return open_warehouse("trino", Path(), SETTINGS | {"url": url} | settings)


def said(warehouse: Warehouse) -> str:
    with pytest.raises(EngineError) as problem:
        warehouse.ask("funnel", ALL)
    return str(problem.value)


@pytest.fixture(scope="module")
def shown(trino: str, wild_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return Shown(trino, "own", wild_home, tmp_path_factory.mktemp("own") / "shown")


@pytest.fixture
def pretended() -> Iterator[Callable[..., str]]:
    """The URL of a cluster that answers every statement with this status, and with this error of Trino's."""
    servers = []

    def pretend(status: int = 200, **error: str) -> str:
        class Cluster(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                reply = {"id": "q1", "infoUri": "", "stats": {"state": "FAILED"}, "error": {"errorCode": 1, **error}}
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(reply).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield pretend
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("url", ["trino.example", "ftp://trino.example", "http://", "https://trino.example:many"])
def test_what_can_be_no_address_is_refused(url: str) -> None:
    with pytest.raises(SettingError, match=r"is no address of a Trino\..*MENULENS_TRINO_URL"):
        opened(url)


def test_a_password_never_travels_over_http() -> None:
    with pytest.raises(SettingError, match="readable for all over http"):
        opened("http://127.0.0.1:1", password="secret")


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Cluster("https://trino.example", "may", "secret", "hive", "menulens", 60))
    for url in ("https://may:secret@trino.example:many", "may:secret@trino.example"):
        with pytest.raises(SettingError, match="MENULENS_TRINO_PASSWORD") as refused:
            opened(url)
        assert "secret" not in str(refused.value)


def test_a_cluster_that_is_not_there_is_said_in_a_sentence() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        assert said(opened(url)) == (
            f"Trino at {url} can't be reached: [Errno 111] Connection refused."
            " Check that it runs, and MENULENS_TRINO_URL."
        )


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "does not know may. Check MENULENS_TRINO_USER and MENULENS_TRINO_PASSWORD."),
        (403, "does not let may in."),
        (429, "is asked too often at the moment. Try again in a minute."),
        (500, """can't be reached: error 500: b'{"id": "q1","""),
        (503, "is too busy, or still starting. Try again in a minute."),
    ],
)
def test_a_cluster_that_turns_one_away_is_said_in_a_sentence(
    pretended: Callable[..., str], monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    monkeypatch.setattr("trino.client._DelayExponential.__call__", lambda *_: 0.0)
    assert says in said(opened(pretended(status)))


@pytest.mark.parametrize(
    ("name", "kind", "message", "says"),
    [
        ("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES", 'Too many queued queries for "global"', "Trino is too busy"),
        ("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES", "Query exceeded maximum time limit of 1m", "fewer days"),
        ("USER_CANCELED", "USER_ERROR", "Query was canceled", "Somebody cancelled what is new on the cluster."),
        ("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR", "Oh\nno", "Trino could not answer what is new: Oh. Try again"),
        ("HIVE_CURSOR_ERROR", "EXTERNAL", "Read failed", "Trino could not answer what is new: Read failed."),
    ],
)
def test_what_a_cluster_cannot_do_is_said_in_a_sentence(
    pretended: Callable[..., str], name: str, kind: str, message: str, says: str
) -> None:
    assert says in said(opened(pretended(errorName=name, errorType=kind, message=message)))


@pytest.mark.trino
def test_a_place_without_tables_is_said_in_a_sentence(trino: str, shown: Shown) -> None:
    assert said(opened(trino, catalog="nowhere")) == (
        f"Trino at {trino} has no catalog nowhere."
        " MENULENS_TRINO_CATALOG and MENULENS_TRINO_SCHEMA say where the tables are."
    )
    assert said(opened(trino, catalog="own", schema="nowhere")).startswith("Trino's catalog own has no schema nowhere.")
    shown.run("CREATE SCHEMA own.bare")
    words = said(opened(trino, catalog="own", schema="bare"))
    assert words.startswith("Table 'own.bare.")
    assert "does not exist. It comes with the first events" in words


@pytest.mark.trino
def test_what_one_may_not_see_is_said_in_a_sentence(trino: str, shown: Shown, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"tables": [{"user": "may", "privileges": []}, {"privileges": ["SELECT"]}]}))
    shown.create_catalog("guarded", {"hive.security": "file", "security.config-file": str(rules)})
    words = said(opened(trino, catalog="guarded", schema=SCHEMA))
    assert words.startswith("Trino does not allow may to see what is new: Cannot select from ")
    assert words.endswith("Whoever looks after the cluster can allow it to the user that Menulens signs in as.")
    assert len(opened(trino, user="other", catalog="guarded", schema=SCHEMA).ask("directory", ALL).frame) > 0


SLOW = """-- name: slow
-- question: How many are all visits, times themselves, again and again?
-- grain: one row
-- columns: fivefold
-- reads: visits
SELECT count(*) AS fivefold
FROM visits AS a CROSS JOIN visits AS b CROSS JOIN visits AS c CROSS JOIN visits AS d CROSS JOIN visits AS e
"""


@pytest.mark.trino
def test_what_takes_too_long_or_nobody_waits_for_is_cancelled_on_the_cluster(shown: Shown, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "slow.sql"
    path.parent.mkdir()
    path.write_text(SLOW)
    slow = queries.read(path)
    warehouse = open_warehouse("trino", Path(), shown.settings | {"timeout_seconds": 3})
    warehouse.generation()
    with pytest.raises(EngineError, match=r"Trino had no answer to slow after 3 seconds, so it was cancelled\."):
        warehouse.ask(slow, ALL)
    polls = count()
    token = waited_for.set(lambda: next(polls) < 3)
    try:
        with pytest.raises(EngineError, match=r"slow was cancelled: nobody waits for it any longer\."):
            warehouse.ask(slow, ALL)
    finally:
        waited_for.reset(token)
    seen = "SELECT state, error_code FROM system.runtime.queries WHERE source = 'menulens' AND query LIKE '%fivefold%'"
    assert shown.run(seen) == [["FAILED", "USER_CANCELED"]] * 2


@pytest.mark.trino
def test_many_may_ask_at_once(shown: Shown) -> None:
    warehouse = open_warehouse("trino", Path(), shown.settings)
    alone = warehouse.ask("directory", ALL).frame
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: warehouse.ask("directory", ALL).frame, range(8)))
    assert all(frame.equals(alone) for frame in answers)


@pytest.mark.trino
def test_a_question_costs_what_it_reads_and_no_dollars(shown: Shown) -> None:
    warehouse = open_warehouse("trino", Path(), shown.settings)
    warehouse.generation()
    warehouse.ask("directory", ALL)  # pays for the look at what is new
    dates = {"first_date": wild.FIRST, "last_date": wild.LAST}
    whole, day = (
        warehouse.ask("funnel", ALL, **dates | {"first_date": first}).cost for first in (wild.FIRST, wild.LAST)
    )
    assert whole.bytes_scanned is not None
    assert day.bytes_scanned is not None
    assert whole.bytes_scanned > day.bytes_scanned > 0
    assert (whole.engine, whole.dollars, whole.reused, whole.cached) == ("trino", 0.0, False, False)
    assert whole.seconds >= whole.queued_seconds >= 0
