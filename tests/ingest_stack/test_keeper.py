"""Every acknowledged request once in the lake, wherever the collector and the keeper are killed."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import ContractError, StorageError
from ingest_stack import contract, keeper
from ingest_stack.keeper import Keeper
from ingest_stack.lake import Lake
from ingest_stack.loading import load
from ingest_stack.spool import _Segment
from tests.ingest_stack.conftest import ROOT, Server, body, in_lake


def segment(home: Path, *bodies: bytes, name: str = "1790000000000-aa", received_at: int = 1_790_000_000_000) -> Path:
    """A closed segment as the spool leaves it, one batch a body."""
    folder = home / "spool"
    folder.mkdir(exist_ok=True)
    file = _Segment(folder, lambda _: None)
    for sent in bodies:
        file.append(b'{"received_at":%d,"bot":false,"request":%b}\n' % (received_at, sent))
    file.close()
    (written,) = folder.glob(f"{file.path.stem}.ndjson")
    return written.rename(folder / f"{name}.ndjson")


def visits(home: Path) -> Counter[str]:
    return Counter(row["request"]["visit_id"] for row in in_lake(home))


def rejects(home: Path) -> list[tuple[Any, ...]]:
    columns = "received_at, restaurant_id, source, line, reason"
    return duckdb.sql(f"SELECT {columns} FROM ({Lake(home / 'lake').select('rejects')})").fetchall()


def test_a_segment_becomes_rows_and_goes(home: Path) -> None:
    segment(home, body("a"), body("b", events=3))
    assert [str(day) for day in Keeper(home).convert()] == ["2026-09-21"]
    assert visits(home) == {"a": 1, "b": 1}
    assert not list((home / "spool").glob("*.ndjson"))
    assert in_lake(home)[0]["request"]["events"][0]["item_id"] == "soup"


def test_a_request_that_cannot_be_converted_goes_to_errors_alone(home: Path) -> None:
    twice = body("bad").replace(b'{"restaurant_id"', b'{"menu_version": 2, "restaurant_id"')
    contract.read_request(twice)
    segment(home, body("a"), twice, body("b"))
    Keeper(home).convert()
    assert visits(home) == {"a": 1, "b": 1}
    (kept,) = (home / "lake" / "errors").iterdir()
    assert twice in kept.read_bytes()
    why = '"menu_version" stands twice in one object.'
    assert rejects(home) == [(1_790_000_000_000, "r1", "spool/1790000000000-aa.ndjson", 1, why)]


def test_an_error_can_be_replayed(home: Path) -> None:
    twice = body("bad").replace(b'{"restaurant_id"', b'{"menu_version": 2, "restaurant_id"')
    segment(home, twice)
    Keeper(home).convert()
    (kept,) = (home / "lake" / "errors").iterdir()
    assert load(home, [kept]).refused == 1
    kept.write_bytes(kept.read_bytes().replace(b'"menu_version": 2, ', b""))
    assert load(home, [kept]).events == 1
    assert visits(home) == {"bad": 1}


def test_a_damaged_batch_is_set_apart_and_counted(home: Path) -> None:
    file = segment(home, body("first"), body("second"))
    file.write_bytes(file.read_bytes().replace(b"first", b"f1rst"))
    Keeper(home).convert()
    assert visits(home) == {"second": 1}
    assert [why for *_, why in rejects(home)] == ["The batch does not match its checksum."]
    assert b"f1rst" in next((home / "lake" / "errors").iterdir()).read_bytes()


def test_small_files_of_a_day_are_merged(home: Path) -> None:
    for number in range(keeper.MERGE_COUNT):
        segment(home, body(f"v{number}"), name=f"1790000000000-{number:02}")
    Keeper(home).convert()
    assert len(list((home / "lake" / "requests").rglob("*.parquet"))) == 1
    assert len(visits(home)) == keeper.MERGE_COUNT


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def test_killed_before_any_step_on_disk_each_request_is_in_the_lake_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die_at(step: int) -> bool:
        """Convert in a fresh home, dying before that step on disk, then again. False: there is no such step."""
        home = tmp_path / str(step)
        home.mkdir()
        twice = body("bad").replace(b'"menu_version": 1', b'"menu_version": 1, "menu_version": 1')
        for number in range(2):
            segment(home, body(f"v{number}"), twice, name=f"1790000000000-{number:02}")
        steps = 0

        def counted(call: Any) -> Any:
            def stand_in(*arguments: Any, **named: Any) -> Any:
                nonlocal steps
                steps += 1
                if steps == step:
                    raise Killed
                return call(*arguments, **named)

            return stand_in

        died = False
        with monkeypatch.context() as patch:
            patch.setattr(keeper, "MERGE_COUNT", 2)
            patch.setattr(os, "fsync", counted(lambda _: None))
            patch.setattr(Path, "replace", counted(Path.replace))
            unlink = Path.unlink
            patch.setattr(Path, "unlink", lambda path, missing_ok=False: counted(unlink)(path, missing_ok=missing_ok))
            try:
                Keeper(home).convert()
            except Killed:
                died = True
        Keeper(home).convert()
        assert visits(home) == {"v0": 1, "v1": 1}, f"killed before step {step}"
        assert len(rejects(home)) == 2
        return died

    step = 1
    while die_at(step):
        step += 1
    assert step > 30


def test_killed_again_and_again_nothing_acknowledged_is_lost_or_doubled(server: Server) -> None:
    server.rotate_seconds = 0.1
    home, acknowledged, refused, lock = server.home, set[str](), set[int](), threading.Lock()
    stopped = threading.Event()

    def guest(number: int) -> None:
        sent = 0
        while not stopped.is_set():
            visit = f"g{number}-{sent}"
            sent += 1
            try:
                status = server.post(body(visit)).status
            except OSError:
                time.sleep(0.01)
                continue
            with lock:
                (acknowledged.add(visit) if status == 202 else refused.add(status))

    command = "import sys, pathlib, ingest_stack.keeper as k\nwhile True: k.Keeper(pathlib.Path(sys.argv[1])).convert()"

    def start_keeper() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", command, str(home)], cwd=ROOT)

    guests = [threading.Thread(target=guest, args=[number]) for number in range(4)]
    server.start()
    converting = start_keeper()
    try:
        for thread in guests:
            thread.start()
        for round in range(6):
            time.sleep(0.4)
            server.end(signal.SIGTERM if round == 3 else signal.SIGKILL)
            if round % 2:
                converting.kill()
                converting.wait()
                converting = start_keeper()
            server.start()
        time.sleep(0.3)
    finally:
        stopped.set()
        for thread in guests:
            thread.join()
        server.end()
        converting.kill()
        converting.wait()
    Keeper(home).convert()
    kept = visits(home)
    assert acknowledged
    assert acknowledged - set(kept) == set()
    assert max(kept.values()) == 1
    assert refused <= {503}


texts = st.text(min_size=1, max_size=12)
wholes = st.integers(0, 2**53)
optional = st.none() | texts
events = st.fixed_dictionaries(
    {"seq": wholes, "type": st.sampled_from(contract.EVENT["type"]["enum"]), "at": st.integers(-(2**53), 2**53)},
    optional={
        "item_id": optional,
        "dwell_ms": st.none() | wholes,
        "visible_rate": st.none() | st.floats(0, 1),
        "available": st.none() | st.booleans(),
    },
)
requests = st.fixed_dictionaries(
    {
        "restaurant_id": texts,
        "menu_version": wholes,
        "visit_id": texts,
        "sent_at": wholes,
        "events": st.lists(events, min_size=1, max_size=3),
    },
    optional={"guest_id": optional, "table_id": optional, "v": st.just(1)},
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(requests, min_size=1, max_size=8), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_the_lake_holds_the_values_that_the_gate_read(
    tmp_path_factory: pytest.TempPathFactory, sent: list[dict[str, Any]], ascii_only: bool, indent: int | None
) -> None:
    home = tmp_path_factory.mktemp("home")
    bodies = [json.dumps(one, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass") for one in sent]
    passed = []
    for one in bodies:
        try:
            passed.append((contract.read_request(one), one))
        except ContractError:  # a lone surrogate
            continue
    segment(home, *(one.replace(b"\n", b" ") for _, one in passed))
    Keeper(home).convert()
    expected = [
        {name: getattr(read, name) for name in contract.ENVELOPE if name != "v"}
        | {"events": [{name: getattr(event, name) for name in contract.EVENT} for event in read.events]}
        for read, _ in passed
    ]
    found = [{name: value for name, value in row["request"].items() if name != "v"} for row in in_lake(home)]
    key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
    assert sorted(found, key=key) == sorted(expected, key=key)


def test_trouble_is_said_once_and_tried_again(home: Path) -> None:
    said: list[str] = []
    stopped = threading.Event()
    tries = 0

    def refresh(_: Path) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise StorageError("The tables can't be read.")
        stopped.set()

    keeper.keep(home, 0.01, refresh, stopped, said.append)
    assert len(said) == 2
    assert re.search("tables can't be read", said[0])
    assert "again" in said[1]


def test_what_was_taken_before_the_end_is_in_the_lake(home: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    segment(home, body("last"))
    keeper.keep(home, 60, lambda _: None, stopped, print)
    assert visits(home) == {"last": 1}
