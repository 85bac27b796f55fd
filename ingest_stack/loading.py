"""`menulens load`: files of requests or events → the lake, for backfill and replay, in bounded memory.

Each line is held against the contract in this thread while another one converts the lines before. A line that is
refused goes to rejected/ with its number and the reason, and stops nothing.
"""

import codecs
import gzip
import hashlib
import json
import os
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from errors import ContractError, StorageError
from ingest_stack.contract import Form, form_of, read_lines
from ingest_stack.conversion import LINE_BYTES, REFUSALS, Converter, restaurant_of
from ingest_stack.disk import refusals
from ingest_stack.lake import DAY_MS, Lake

GZIP = b"\x1f\x8b"
PIECE_BYTES = 256 * 1024
CHUNK_BYTES = 31 * 1024 * 1024
REFUSED_BYTES = 256  # what a refused line takes in memory beside its text
MERGE_BELOW = 1 << 24
MERGE_COUNT = 16


@dataclass
class Loaded:
    """What came of the files: events brought in, lines refused, and where those are written."""

    events: int = 0
    refused: int = 0
    rejected: Path | None = None


@dataclass
class _Passed:
    """Lines of one form: each piece with the numbers of its lines, and when the first and last line was received."""

    pieces: list[bytes] = field(default_factory=list)
    numbers: list[Sequence[int]] = field(default_factory=list)
    first_at: int = sys.maxsize
    last_at: int = 0
    events: int = 0


class _Chunk:
    """Lines of one file that are converted together: by form those that passed the gate, and those that did not."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.passed: defaultdict[Form, _Passed] = defaultdict(_Passed)
        self.refused: list[tuple[int, str, bytes]] = []
        self.size = 0

    def take(self, piece: bytes, first: int) -> int:
        """Hold whole lines, numbered from `first`, against the contract. Returns how many they are."""
        self.size += len(piece)
        lines = piece.split(b"\n")
        numbers = range(first, first + len(lines))
        try:
            self._pass(piece, lines, numbers)
        except ContractError:
            stated = [place for place, line in enumerate(lines) if line and not line.isspace()]
            self._halve([lines[place] for place in stated], [numbers[place] for place in stated])
        return len(lines)

    def _halve(self, lines: list[bytes], numbers: list[int]) -> None:
        """Refuse the lines that can't be used, so that the others pass many at a time."""
        try:
            if lines:
                self._pass(b"\n".join(lines), lines, numbers)
        except ContractError as problem:
            if middle := len(lines) // 2:
                self._halve(lines[:middle], numbers[:middle])
                self._halve(lines[middle:], numbers[middle:])
            else:
                self.refused.append((numbers[0], problem.message, lines[0]))
                self.size += REFUSED_BYTES

    def _pass(self, piece: bytes, lines: list[bytes], numbers: Sequence[int]) -> None:
        if len(piece) > LINE_BYTES:
            raise ContractError(f"request: longer than {LINE_BYTES} bytes.")
        form = form_of(lines[0])
        first_at, last_at, events = read_lines(lines, form)
        passed = self.passed[form]
        passed.pieces.append(piece)
        passed.numbers.append(numbers)
        passed.first_at = min(passed.first_at, first_at)
        passed.last_at = max(passed.last_at, last_at)
        passed.events += events


def load(home: Path, files: Sequence[Path], progress: Callable[[int], None] = lambda _: None) -> Loaded:
    """Bring the files' lines into the lake of `home`; `progress` is called with bytes read since the last call.

    Raises StorageError when a file can't be read to its end, or when nothing can be written.
    """
    for file in files:
        if not os.access(file, os.R_OK) or file.is_dir():
            raise StorageError(f"There is no file {file} that can be read.")
    loading = _Loading(home)
    try:
        with ThreadPoolExecutor(1) as other:
            pending: Future[None] | None = None
            try:
                for file in files:
                    for chunk in _chunks(file, progress):
                        if pending:
                            pending.result()
                        pending = other.submit(loading.bring, chunk)
            finally:
                if pending:
                    pending.result()
    finally:
        loading.finish()
    return loading.loaded


class _Loading:
    """One run: its files in the lake and in rejected/ carry its name."""

    def __init__(self, home: Path) -> None:
        self.loaded = Loaded()
        self._lake = Lake(home / "lake")
        self._name = f"load-{time.time_ns()}"
        self._rejected = home / "rejected" / f"{self._name}.ndjson"
        self._chunks = 0
        with refusals("The lake", self._lake.path):
            self._lake.path.mkdir(parents=True, exist_ok=True)
        self._converter = Converter(self._lake.path)

    def bring(self, chunk: _Chunk) -> None:
        self._chunks += 1
        with refusals("The lake", self._lake.path, duckdb.IOException):
            for form, passed in chunk.passed.items():
                name = f"{self._name}-{self._chunks:06d}-{form}"
                try:
                    self._append(passed.pieces, form, passed, name)
                except REFUSALS:
                    self._bring_sifted(chunk, form, name)
                self.loaded.events += passed.events
        if chunk.refused:
            self._refuse(chunk.source, sorted(chunk.refused))

    def _bring_sifted(self, chunk: _Chunk, form: Form, name: str) -> None:
        passed = chunk.passed[form]
        lines = b"\n".join(passed.pieces).split(b"\n")
        numbers = list(chain(*passed.numbers))
        refused = self._converter.sift(lines, form)
        for place, why in refused.items():
            chunk.refused.append((numbers[place], why, lines[place]))
            passed.events -= read_lines([lines[place]], form)[-1]
        if len(refused) < len(lines):
            self._append((line for place, line in enumerate(lines) if place not in refused), form, passed, name)

    def _append(self, lines: Iterable[bytes], form: Form, passed: _Passed, name: str) -> None:
        file = self._converter.write(lines)
        day = passed.first_at // DAY_MS
        if day == passed.last_at // DAY_MS:
            # Of one day: straight from JSON to Parquet.
            self._lake.append("requests", self._converter.read(file, form), name, day=day)
        else:
            self._lake.append("requests", self._converter.read_whole(file, form), name)

    def _refuse(self, source: str, refused: list[tuple[int, str, bytes]]) -> None:
        self.loaded.refused += len(refused)
        self.loaded.rejected = self._rejected
        seen = hashlib.blake2b(str(Path(source).absolute()).encode(), digest_size=12)
        with refusals("Refused lines", self._rejected.parent):
            self._rejected.parent.mkdir(parents=True, exist_ok=True)
            with self._rejected.open("a", encoding="utf-8") as out:
                for number, why, line in refused:
                    text = line.decode("utf-8", "replace").rstrip("\r\n")
                    row = json.dumps(
                        {"source": source, "line": number, "reason": why, "text": text}, ensure_ascii=False
                    )
                    out.write(row + "\n")
                    seen.update(b"%d %b\n" % (number, line))
        # Named after the lines: a file that is loaded again counts its refused ones once, when they first came.
        name = f"load-{seen.hexdigest()}"
        if not self._lake.days("rejects", names=name):
            now = time.time_ns() // 1_000_000
            columns = ("received_at", "restaurant_id", "source", "line", "reason")
            rows = ((now, restaurant_of(line), source, number, why) for number, why, line in refused)
            self._lake.reject((dict(zip(columns, row, strict=True)) for row in rows), name)

    def finish(self) -> None:
        self._converter.close()
        names = f"{self._name}-*"
        for day in self._lake.days(names=names):
            self._lake.merge(day, below=MERGE_BELOW, at_least=MERGE_COUNT, names=names)


def _chunks(file: Path, progress: Callable[[int], None]) -> Iterator[_Chunk]:
    """The file's lines, gated, some thirty megabytes at a time."""
    chunk, number = _Chunk(str(file)), 1
    try:
        for piece in _pieces(file, progress):
            number += chunk.take(piece, number)
            if chunk.size >= CHUNK_BYTES:
                yield chunk
                chunk = _Chunk(str(file))
    except StorageError:
        yield chunk
        raise
    yield chunk


def _pieces(file: Path, progress: Callable[[int], None]) -> Iterator[bytes]:
    """Whole lines, without the last line break. An endless line is cut short, not gathered."""
    with _readable(file), file.open("rb") as raw:
        stream: Any = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == GZIP else raw
        # A pipe has no place to tell.
        place = raw.tell if raw.seekable() else int
        told, ignored = 0, codecs.BOM_UTF8
        while piece := stream.read(PIECE_BYTES):
            end = stream.readline(LINE_BYTES + 1)
            piece = piece.removeprefix(ignored)
            whole = b"".join((piece, end.removesuffix(b"\n"))) if end else piece.removesuffix(b"\n")
            while len(end) > LINE_BYTES and not end.endswith(b"\n"):
                end = stream.readline(LINE_BYTES + 1)
            yield whole
            ignored = b""
            progress(place() - told)
            told = place()


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise StorageError(
            f"{file} can't be read to its end: {why}.",
            "What was read before that is in the lake: `menulens refresh` counts it. A whole copy doubles none.",
        ) from None
