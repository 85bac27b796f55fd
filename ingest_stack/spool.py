"""Acknowledged bytes on disk: a request is answered with 202 only after the batch that holds it is synced.

The event loop fills one batch while one thread writes the other: write, fdatasync, one callback for all its requests.

    spool/<milliseconds>-<random>.open      the segment being written
    spool/<milliseconds>-<random>.ndjson    a closed one, for the keeper

A segment is NDJSON. A line of its own opens each batch, {"batch_bytes": n, "crc32": "…"}, and n bytes of requests
follow, a line each: {"received_at": ms, "bot": …, "request": <the body>}. A batch that was cut off by a crash was never
acknowledged and is dropped by its length.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import queue
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from errors import BusyError, StorageError
from ingest_stack.disk import refusals, sync_folder

ROTATE_BYTES = 64 * 1024 * 1024
# What stays free for the keeper, which must write Parquet before it can remove a segment.
RESERVE_BYTES = 32 * 1024 * 1024
WAITING_BYTES = 16 * 1024 * 1024
PROBE_SECONDS = 1.0

# No request can hold one: its line breaks are taken out.
_HEADER = re.compile(rb'^\{"batch_bytes":(\d{1,12}),"crc32":"([0-9a-f]{8})"\}\n', re.MULTILINE)


@dataclass
class _Batch:
    parts: list[bytes] = field(default_factory=list)
    futures: list[asyncio.Future[None]] = field(default_factory=list)
    size: int = 0


class _Segment:
    """One file being appended to. After a failed write or sync it is never written again."""

    def __init__(self, folder: Path, sync: Callable[[int], None]) -> None:
        self.path = folder / f"{time.time_ns() // 1_000_000:013d}-{secrets.token_hex(4)}.open"
        self.opened = time.monotonic()
        self.synced = 0
        self.holds_requests = False
        self._sync = sync
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        sync_folder(folder)

    def append(self, content: bytes) -> None:
        batch = memoryview(b'{"batch_bytes":%d,"crc32":"%08x"}\n%b' % (len(content), zlib.crc32(content), content))
        written = 0
        while written < len(batch):
            written += os.write(self._descriptor, batch[written:])
        self._sync(self._descriptor)
        self.synced += written
        self.holds_requests |= bool(content)

    def close(self) -> None:
        """Cut off what was never synced and hand the rest to the keeper."""
        try:
            os.ftruncate(self._descriptor, self.synced)
        finally:
            os.close(self._descriptor)
        if self.holds_requests:
            _hand_over(self.path)
        else:
            self.path.unlink()


class Spool:
    """The spool in `folder`, for one event loop. Raises BusyError if another process has it, else StorageError.

    `sync` makes a descriptor's bytes durable.
    """

    def __init__(
        self,
        folder: Path,
        rotate_seconds: float,
        rotate_bytes: int = ROTATE_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self.folder = folder
        self.problem: StorageError | None = None
        self._rotate_seconds = rotate_seconds
        self._rotate_bytes = rotate_bytes
        self._reserve_bytes = reserve_bytes
        self._sync = sync
        self._loop = asyncio.get_running_loop()
        self._filling = _Batch()
        self._writing: _Batch | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._segment: _Segment | None = None
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._lock = self._take()
        self._thread = threading.Thread(target=self._write_batches, name="spool", daemon=True)
        self._thread.start()

    def keep(self, received_at: int, bot: bool, body: bytes) -> asyncio.Future[None]:
        """A future that is done when the request is on disk, and raises StorageError when it can't be.

        Raises BusyError when more waits than the disk takes in time. Call it on the spool's event loop only.
        """
        batch = self._filling
        if batch.size > WAITING_BYTES:
            raise BusyError("More requests are waiting than the disk takes.")
        if b"\n" in body or b"\r" in body:
            # Valid JSON holds line breaks between its tokens only, where a space means the same.
            body = body.replace(b"\n", b" ").replace(b"\r", b" ")
        batch.parts += (
            b'{"received_at":%d,"bot":%b,"request":' % (received_at, b"true" if bot else b"false"),
            body,
            b"}\n",
        )
        batch.size += len(body)
        future = self._loop.create_future()
        batch.futures.append(future)
        if self._writing is None:
            self._pass_on()
        return future

    async def close(self) -> None:
        """Finish what was taken, then close the segment."""
        await self._idle.wait()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._lock.close()

    def _take(self) -> IO[str]:
        with refusals("Requests", self.folder, MemoryError):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                raise BusyError(
                    f"Another collector is running on {self.folder.parent}.", "Stop it, or choose another home."
                ) from None
            self._hand_over_stray()
        return lock

    def _pass_on(self) -> None:
        self._idle.clear()
        self._writing, self._filling = self._filling, _Batch()
        self._queue.put(self._writing)

    def _answered(self, problem: StorageError | None) -> None:
        assert self._writing is not None
        for future in self._writing.futures:
            if future.done():
                continue
            if problem is None:
                future.set_result(None)
            else:
                future.set_exception(problem)
        self._writing = None
        if self._filling.futures:
            self._pass_on()
        else:
            self._idle.set()

    # From here on: the writer's thread.

    def _write_batches(self) -> None:
        while True:
            try:
                batch = self._queue.get(timeout=self._patience())
            except queue.Empty:
                if self.problem:
                    # An empty batch finds out whether the disk is back, so that readiness need not wait for a guest.
                    self._write([])
            else:
                if batch is None:
                    break
                self._write(batch.parts)
                self._loop.call_soon_threadsafe(self._answered, self.problem)
            if self._segment and (self._segment.synced >= self._rotate_bytes or self._patience() == 0.0):
                self._close_segment()
        self._close_segment()

    def _patience(self) -> float | None:
        if self.problem:
            return PROBE_SECONDS
        if self._segment is None:
            return None
        return max(0.0, self._segment.opened + self._rotate_seconds - time.monotonic())

    def _write(self, parts: list[bytes]) -> None:
        try:
            with refusals("Requests", self.folder, MemoryError):
                if self._segment is None:
                    self._hand_over_stray()
                    self._segment = _Segment(self.folder, self._sync)
                content = b"".join(parts)
                space = os.statvfs(self.folder)
                if space.f_bavail * space.f_frsize < self._reserve_bytes + len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                self._segment.append(content)
            self.problem = None
        except StorageError as problem:
            self.problem = problem
            self._close_segment()

    def _close_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment:
            # A disk that refuses even this leaves a stray segment, which is handed over once it is back.
            with contextlib.suppress(OSError):
                segment.close()

    def _hand_over_stray(self) -> None:
        for path in self.folder.glob("*.open"):
            _hand_over(path)


@dataclass(frozen=True)
class Contents:
    """What a segment holds: its sound lines, its damaged batches; `whole`: it is all sound, read the file as it is."""

    lines: bytes
    damaged: list[bytes]
    whole: bool


def closed_segments(folder: Path) -> list[Path]:
    """Segments that nobody writes any more, oldest first."""
    return sorted(folder.glob("*.ndjson"))


def opened_at(segment: Path) -> int:
    """When a segment was begun, in milliseconds since the epoch."""
    return int(segment.name.partition("-")[0])


def read_segment(path: Path) -> Contents:
    """A closed segment's lines of sound batches, and the bytes of damaged ones; a cut-off end is left out."""
    content = path.read_bytes()
    sound, damaged, place = [], [], 0
    while place < len(content):
        header = _HEADER.match(content, place)
        start, end = (header.end(), header.end() + int(header[1])) if header else (place, len(content) + 1)
        if header and end <= len(content) and zlib.crc32(content[start:end]) == int(header[2], 16):
            sound.append(content[start:end])
        else:
            if further := _HEADER.search(content, place + 1):
                # Something follows, so this wasn't cut off; its length may be what is damaged.
                end = further.start()
            if end > len(content):
                break
            damaged.append(content[start:end])
        place = end
    return Contents(b"".join(sound), damaged, whole=place == len(content) and not damaged)


def _hand_over(path: Path) -> None:
    path.rename(path.with_suffix(".ndjson"))
    sync_folder(path.parent)
