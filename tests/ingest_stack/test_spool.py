"""Acknowledged means on disk: what the spool promises, and what it does when the disk breaks its word."""

import asyncio
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from errors import BusyError, StorageError
from ingest_stack import spool as spool_module
from ingest_stack.spool import Spool, closed_segments, read_segment
from tests.ingest_stack.conftest import Server, body


def lines_of(folder: Path) -> list[bytes]:
    return [line for segment in closed_segments(folder) for line in read_segment(segment).lines.splitlines()]


def in_spool(act: Callable[[Spool], Awaitable[None]], folder: Path, **options: object) -> None:
    """Run `act` with a spool, then close it."""

    async def run() -> None:
        spool = Spool(folder, 60, **options)  # type: ignore[arg-type]
        try:
            await act(spool)
        finally:
            await spool.close()

    asyncio.run(run())


def test_a_request_is_acknowledged_only_after_its_bytes_were_synced(tmp_path: Path) -> None:
    synced: list[bytes] = []

    def sync(descriptor: int) -> None:
        os.fdatasync(descriptor)
        synced.append(Path(f"/proc/self/fd/{descriptor}").read_bytes())

    async def act(spool: Spool) -> None:
        for visit in ("a", "b", "c"):
            sent = body(visit)
            await spool.keep(1, False, sent)
            assert sent in synced[-1]

    in_spool(act, tmp_path, sync=sync)


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace found: install it to watch the system calls")
def test_the_kernel_sees_the_sync_before_the_answer(server: Server, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    server.start("strace", "-f", "-s", "64", "-e", "trace=write,writev,sendto,fdatasync", "-o", str(trace))
    assert server.post(body()).status == 202
    children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True).stdout  # type: ignore[union-attr]
    os.kill(int(children.split()[0]), signal.SIGTERM)
    server.end()
    calls = re.sub(r" <unfinished ...>", "", trace.read_text())
    wrote, synced, answered = (
        calls.index('{\\"batch_bytes\\"'),
        calls.index("fdatasync("),
        calls.index("HTTP/1.1 202"),
    )
    assert wrote < synced < answered
    assert re.search(r"fdatasync.*= 0", calls[:answered])


def test_requests_that_wait_together_share_one_sync(tmp_path: Path) -> None:
    syncs: list[int] = []

    async def act(spool: Spool) -> None:
        await asyncio.gather(*(spool.keep(n, False, body(f"v{n}")) for n in range(200)))

    in_spool(act, tmp_path, sync=lambda descriptor: syncs.append(descriptor))
    assert len(syncs) <= 3
    assert len(lines_of(tmp_path)) == 200


def test_a_failed_sync_refuses_its_requests_and_the_next_segment_takes_over(tmp_path: Path) -> None:
    broken = [False, True, False]

    def sync(descriptor: int) -> None:
        if broken.pop(0):
            raise OSError(errno.EIO, "Input/output error")

    async def act(spool: Spool) -> None:
        await spool.keep(1, False, body("before"))
        with pytest.raises(StorageError, match="Input/output error"):
            await spool.keep(2, False, body("refused"))
        assert spool.problem
        await spool.keep(3, False, body("after"))
        assert spool.problem is None

    in_spool(act, tmp_path, sync=sync)
    assert len(closed_segments(tmp_path)) == 2
    assert [re.search(rb'"visit_id": "(\w+)"', line)[1] for line in lines_of(tmp_path)] == [b"before", b"after"]  # type: ignore[index]


def test_a_full_disk_refuses_and_recovers_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "PROBE_SECONDS", 0.05)
    reserve = 1 << 62

    async def act(spool: Spool) -> None:
        with pytest.raises(StorageError, match="No space left"):
            await spool.keep(1, False, body())
        spool._reserve_bytes = 0
        while spool.problem:
            await asyncio.sleep(0.01)
        await spool.keep(2, False, body())

    in_spool(act, tmp_path, reserve_bytes=reserve)
    assert len(lines_of(tmp_path)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_server_on_a_disk_that_fills_answers_503_and_takes_events_again(server: Server) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(server.home)]).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        server.start()
        assert server.post(body("before")).status == 202
        ballast = server.home / "ballast"
        ballast.write_bytes(b"x" * (20 << 20))
        reply = server.post(body("full"))
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (503, "*")
        assert int(reply.headers["retry-after"]) > 0
        assert server.ask("GET", "/readyz").status == 503
        assert server.ask("GET", "/healthz").status == 200
        ballast.unlink()
        assert server.post(body("after")).status == 202
        assert server.ask("GET", "/readyz").status == 200
        server.end()
        assert [b"before" in line or b"after" in line for line in lines_of(server.home / "spool")] == [True, True]
    finally:
        if server.process:
            server.end(signal.SIGKILL)
        subprocess.run(["umount", str(server.home)], check=True)


def test_more_than_the_disk_takes_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "WAITING_BYTES", 1000)

    async def act(spool: Spool) -> None:
        waiting = [spool.keep(1, False, b"{" + b" " * 2000 + b"}") for _ in range(2)]
        with pytest.raises(BusyError):
            spool.keep(1, False, b"{}")
        await asyncio.gather(*waiting)
        await spool.keep(1, False, b"{}")

    in_spool(act, tmp_path)


def test_a_torn_end_is_dropped_and_a_damaged_batch_is_set_apart(tmp_path: Path) -> None:
    async def act(spool: Spool) -> None:
        for visit in ("first", "second", "third"):
            await spool.keep(1, False, body(visit))

    in_spool(act, tmp_path)
    (segment,) = closed_segments(tmp_path)
    whole = segment.read_bytes()
    assert read_segment(segment).whole
    for cut in range(whole.rindex(b'{"batch_bytes"') + 1, len(whole)):
        segment.write_bytes(whole[:cut])
        contents = read_segment(segment)
        assert (contents.lines.count(b"\n"), contents.damaged, contents.whole) == (2, [], False)
    segment.write_bytes(whole.replace(b"second", b"sekond"))
    contents = read_segment(segment)
    assert (contents.lines.count(b"\n"), len(contents.damaged), contents.whole) == (2, 1, False)


@pytest.mark.parametrize("length", [b"x", b"1", b"150", b"250", b"999999"])
def test_a_damaged_header_costs_its_own_batch_only(tmp_path: Path, length: bytes) -> None:
    async def act(spool: Spool) -> None:
        for visit in ("first", "second", "third"):
            await spool.keep(1, False, body(visit))

    in_spool(act, tmp_path)
    (segment,) = closed_segments(tmp_path)
    first, second, third = segment.read_bytes().split(b'{"batch_bytes":')[1:]
    second = length + second[second.index(b",") :]
    segment.write_bytes(b"".join(b'{"batch_bytes":' + batch for batch in (first, second, third)))
    contents = read_segment(segment)
    assert b"first" in contents.lines
    assert b"third" in contents.lines
    assert (contents.lines.count(b"\n"), contents.whole) == (2, False)
    assert [b"second" in batch for batch in contents.damaged] == [True]


def test_a_segment_is_closed_when_it_is_old_or_large_and_an_empty_one_leaves_nothing(tmp_path: Path) -> None:
    async def old(spool: Spool) -> None:
        spool._rotate_seconds = 0.05
        await spool.keep(1, False, body())
        while not closed_segments(tmp_path):
            await asyncio.sleep(0.01)

    async def large(spool: Spool) -> None:
        for _ in range(3):
            await spool.keep(1, False, body())

    in_spool(old, tmp_path)
    in_spool(large, tmp_path, rotate_bytes=1)
    assert len(closed_segments(tmp_path)) == 4
    assert not list(tmp_path.glob("*.open"))


def test_a_spool_has_one_writer(tmp_path: Path) -> None:
    async def act(_: Spool) -> None:
        with pytest.raises(BusyError, match="Another collector"):
            Spool(tmp_path, 60)

    in_spool(act, tmp_path)


def test_a_segment_that_a_crash_left_open_is_handed_over(tmp_path: Path) -> None:
    (tmp_path / "1790000000000-aa.open").write_bytes(b"")

    async def act(_: Spool) -> None:
        assert [path.name for path in closed_segments(tmp_path)] == ["1790000000000-aa.ndjson"]

    in_spool(act, tmp_path)


def test_sigterm_answers_what_was_taken_and_closes_the_segment(server: Server) -> None:
    server.rotate_seconds = 60
    server.start()
    assert server.post(body("last")).status == 202
    assert server.end() == 0
    assert len(lines_of(server.home / "spool")) == 1


def test_a_guest_who_never_finishes_sending_does_not_delay_the_end(server: Server) -> None:
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.send(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n{")
        assert server.post(body()).status == 202
        assert server.end() == 0


def test_a_guest_who_goes_away_in_the_middle_does_no_harm(server: Server) -> None:
    server.start()
    for length in (b"Content-Length: 99", b"Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", server.port)) as gone:
            gone.send(
                b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n" + length + b"\r\n\r\n1\r\n{"
            )
    assert server.post(body()).status == 202
