"""Files of every form come into the lake; a line that can't be used is set aside with its reason."""

import codecs
import errno
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from errors import StorageError
from ingest_stack import loading
from ingest_stack.contract import ENVELOPE, EVENT
from ingest_stack.conversion import Converter
from ingest_stack.lake import Lake
from ingest_stack.loading import load
from tests.ingest_stack.conftest import in_lake, request

SENT = 1_790_000_001_000


def ndjson(*lines: Any) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def flat_rows(sent: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    envelope = {name: value for name, value in sent.items() if name != "events"}
    return [envelope | event | fields for event in sent["events"]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


def reasons(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in (home / "rejected").iterdir() for line in path.read_text().splitlines()]


def refused_lines(home: Path) -> list[int]:
    rows = duckdb.sql(f"SELECT line FROM ({Lake(home / 'lake').select('rejects')}) ORDER BY line")
    return [line for (line,) in rows.fetchall()]


def test_envelopes_records_and_flat_rows_may_share_a_file(home: Path, file: Path) -> None:
    record = {"received_at": 5, "bot": True, "request": request("record", 2)}
    file.write_bytes(
        ndjson(request("plain", 2), request("marked", received_at=7, bot=True), record, *flat_rows(request("flat", 3)))
    )
    assert load(home, [file]).events == 8
    found = Counter(
        (row["request"]["visit_id"], row["received_at"], row["bot"], len(row["request"]["events"]))
        for row in in_lake(home)
    )
    assert found == {
        ("plain", SENT, False, 2): 1,
        ("marked", 7, True, 1): 1,
        ("record", 5, True, 2): 1,
        ("flat", SENT, False, 1): 3,
    }


def test_rows_of_the_events_view_can_be_loaded(home: Path, file: Path) -> None:
    (row,) = flat_rows(request("exported"), received_at=5, bot=False, dt="1970-01-01")
    everything = dict.fromkeys(("dt", "received_at", "bot", *ENVELOPE, *EVENT)) | {"v": 1} | row
    file.write_bytes(ndjson(everything))
    assert load(home, [file]).events == 1


def test_a_compressed_file_with_strange_line_ends_is_read(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson.gz"
    lines = ndjson(request("a"), b"", request("b")).replace(b"\n", b"\r\n") + json.dumps(request("c")).encode()
    file.write_bytes(gzip.compress(lines))
    read: list[int] = []
    assert load(home, [file], read.append).events == 3
    assert sum(read) == file.stat().st_size


def test_bad_lines_are_set_aside_with_their_number_and_reason(home: Path, file: Path) -> None:
    twice = json.dumps(request("twice")).replace('"menu_version": 1', '"menu_version": 1, "menu_version": 1').encode()
    file.write_bytes(
        ndjson(
            request("good"),
            b"not JSON",
            request("wrong", menu_version="one"),
            twice,
            request("early", sent_at=-1),
            request("also good"),
            *flat_rows(request("flat"), seq=-1),
        )
    )
    loaded = load(home, [file])
    assert (loaded.events, loaded.refused) == (2, 5)
    assert [(row["line"], row["reason"].split(":")[0]) for row in reasons(home)] == [
        (2, "request"),
        (3, "menu_version"),
        (4, '"menu_version" stands twice in one object.'),
        (5, "sent_at"),
        (7, "seq"),
    ]
    assert reasons(home)[0] | {"source": ""} == {
        "source": "",
        "line": 2,
        "reason": "request: is not valid JSON: it goes wrong at byte 4.",
        "text": "not JSON",
    }
    counted = duckdb.sql(f"SELECT restaurant_id, line FROM ({Lake(home / 'lake').select('rejects')}) ORDER BY line")
    assert counted.fetchall() == [(None, 2), ("r1", 3), ("r1", 4), ("r1", 5), ("r1", 7)]


def test_numbers_of_lines_go_on_over_the_chunks(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PIECE_BYTES", 1000)
    monkeypatch.setattr(loading, "CHUNK_BYTES", 2000)
    monkeypatch.setattr(loading, "LINE_BYTES", 5000)
    file.write_bytes(
        ndjson(*(request(f"v{n}") for n in range(9)), b"x" * 40_000, request("v10"), b"bad", request("v12"))
    )
    loaded = load(home, [file])
    assert (loaded.events, loaded.refused) == (11, 2)
    assert [row["line"] for row in reasons(home)] == [10, 12]
    assert all(len(row["text"]) <= 7000 for row in reasons(home))


@pytest.mark.parametrize("piece", [10, 300, 1 << 18])
def test_each_line_is_one_object_wherever_the_file_is_cut(
    home: Path, file: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PIECE_BYTES", piece)
    good = ndjson(request("good"))
    two_in_one = good.strip() * 2 + b"\n"
    over_two = good.replace(b', "visit_id"', b',\n"visit_id"')
    file.write_bytes(codecs.BOM_UTF8 + (good + two_in_one + over_two + b"\r\n \n" + good).replace(b"}\n", b"}\r\n"))
    assert load(home, [file]).events == 2
    assert [row["line"] for row in reasons(home)] == [2, 3, 4]


def test_a_file_that_is_loaded_again_counts_its_refused_lines_once(home: Path, file: Path) -> None:
    file.write_bytes(ndjson(b"bad", request("good"), b"worse"))
    for _ in range(2):
        assert load(home, [file]).refused == 2
    assert refused_lines(home) == [1, 3]
    file.write_bytes(ndjson(b"bad", request("good"), b"something else"))
    load(home, [file])
    assert refused_lines(home) == [1, 1, 3, 3]


def test_a_file_without_a_good_line_is_all_set_aside(home: Path, file: Path) -> None:
    file.write_bytes(ndjson(b"{}", b"[1]", b"\xff\x00"))
    assert load(home, [file]).refused == 3
    assert in_lake(home) == []


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n", codecs.BOM_UTF8, gzip.compress(b"", mtime=0)])
def test_a_file_without_a_line_loads_nothing(home: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    loaded = load(home, [file])
    assert (loaded.events, loaded.refused) == (0, 0)


def test_days_are_kept_apart(home: Path, file: Path) -> None:
    file.write_bytes(ndjson(*(request(f"v{n}", received_at=n * 86_400_000) for n in range(5))))
    load(home, [file])
    assert len(Lake(home / "lake").days()) == 5


def test_a_missing_file_is_one_sentence(home: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(StorageError, match="There is no file"):
            load(home, [path])


def test_of_a_file_that_breaks_off_what_came_before_is_loaded(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PIECE_BYTES", 1000)
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(ndjson(*(request(f"v{n}") for n in range(2000))))[:-20])
    with pytest.raises(StorageError, match="can't be read to its end"):
        load(home, [broken])
    assert len(in_lake(home)) > 1000


def test_a_full_disk_keeps_what_came_before(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(ndjson(request("first")))
    full = file.with_name("full")
    full.write_bytes(ndjson(request("second")))

    class Full(Converter):
        def write(self, lines: Iterable[bytes]) -> Path:
            given = list(lines)
            if b"second" in given[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(given)

    monkeypatch.setattr(loading, "Converter", Full)
    with pytest.raises(StorageError, match=r"The lake can't be kept in .*: No space left on device"):
        load(home, [file, full])
    assert [row["request"]["visit_id"] for row in in_lake(home)] == ["first"]
    assert not list((home / "lake").glob(".*.tmp"))


def test_an_interrupted_load_keeps_what_came_before(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PIECE_BYTES", 100)
    monkeypatch.setattr(loading, "CHUNK_BYTES", 100)
    file.write_bytes(ndjson(*(request(f"v{n}") for n in range(20))))
    told: list[int] = []

    def interrupt(count: int) -> None:
        told.append(count)
        if len(told) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(home, [file], interrupt)
    assert 0 < len(in_lake(home)) < 20
    assert not list((home / "lake").glob(".*.tmp"))


def test_a_pipe_can_be_loaded(home: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writer:
        writer.submit(pipe.write_bytes, gzip.compress(ndjson(request("piped"))))
        assert load(home, [pipe]).events == 1
