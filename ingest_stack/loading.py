"""`menulens load`: files of requests or events → the lake, for backfill and replay, in bounded memory.

Each line is held against the contract in this thread while another one converts the lines before. A line that is
refused goes to rejected/ with its number and the reason, and stops nothing.
"""

import gzip
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import ContractError, StorageError
from ingest_stack.contract import Form, form_of, read_line
from ingest_stack.conversion import LINE_BYTES, REFUSALS, Converter, restaurant_of
from ingest_stack.disk import refusals
from ingest_stack.lake import DAY_MS, Lake

CHUNK_BYTES = 31 * 1024 * 1024
MERGE_BELOW = 1 << 24
MERGE_COUNT = 16


@dataclass
class Loaded:
    """What came of the files: events brought in, lines refused, and where those are written."""

    events: int = 0
    refused: int = 0
    rejected: Path | None = None


@dataclass
class _Chunk:
    """Lines of one file, of one form, that passed the gate; and those that did not, by number."""

    source: str
    form: Form
    numbers: Sequence[int]
    content: bytes
    days: frozenset[int]
    events: int
    refused: list[tuple[int, str, bytes]] = field(default_factory=list)


def load(home: Path, files: Sequence[Path], progress: Callable[[int], None] = lambda _: None) -> Loaded:
    """Bring the files' lines into the lake of `home`; `progress` is called with bytes read since the last call.

    Raises StorageError when a file can't be read to its end, or when nothing can be written.
    """
    for file in files:
        if not os.access(file, os.R_OK) or file.is_dir():
            raise StorageError(f"There is no file {file} that can be read.")
    loading = _Loading(home)
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
        name = f"{self._name}-{self._chunks:06d}"
        refused = chunk.refused
        self.loaded.events += chunk.events
        if chunk.numbers:
            file = self._converter.write(chunk.content)
            try:
                self._append(file, chunk, name)
            except REFUSALS:
                sifted = self._converter.sift(chunk.content, chunk.form)
                self._append(self._converter.write(sifted.content), chunk, name)
                for place, (line, why) in sifted.refused.items():
                    refused.append((chunk.numbers[place], why, line))
                    self.loaded.events -= read_line(line, chunk.form)[1]
        if refused:
            self._refuse(chunk.source, sorted(refused), name)

    def _append(self, file: Path, chunk: _Chunk, name: str) -> None:
        if len(chunk.days) == 1:
            # Of one day: straight from JSON to Parquet.
            (day,) = chunk.days
            self._lake.append("requests", self._converter.read(file, chunk.form), name, day=day)
        else:
            self._lake.append("requests", self._converter.read_whole(file, chunk.form), name)

    def _refuse(self, source: str, refused: list[tuple[int, str, bytes]], name: str) -> None:
        now = time.time_ns() // 1_000_000
        self.loaded.refused += len(refused)
        self.loaded.rejected = self._rejected
        with refusals("Refused lines", self._rejected.parent):
            self._rejected.parent.mkdir(parents=True, exist_ok=True)
            with self._rejected.open("a", encoding="utf-8") as out:
                for number, why, line in refused:
                    text = line.decode("utf-8", "replace").rstrip("\r\n")
                    row = {"source": source, "line": number, "reason": why, "text": text}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._lake.reject(
            (
                {
                    "received_at": now,
                    "restaurant_id": restaurant_of(line),
                    "source": source,
                    "line": number,
                    "reason": why,
                }
                for number, why, line in refused
            ),
            name,
        )

    def finish(self) -> None:
        self._converter.close()
        names = f"{self._name}-*"
        for day in self._lake.days(names=names):
            self._lake.merge(day, below=MERGE_BELOW, at_least=MERGE_COUNT, names=names)


def _chunks(file: Path, progress: Callable[[int], None]) -> Iterator[_Chunk]:
    """The file's lines, gated, some thirty megabytes at a time."""
    number = 1
    for block in _blocks(file, progress):
        lines = block.split(b"\n")
        form = form_of(lines[0])
        try:
            read = [read_line(line, form) for line in lines]
        except ContractError:
            yield from _sorted_out(str(file), lines, number)
        else:
            numbers = range(number, number + len(lines))
            yield _chunk(str(file), form, numbers, block, read)
        number += len(lines)


def _chunk(source: str, form: Form, numbers: Sequence[int], content: bytes, read: list[tuple[int, int]]) -> _Chunk:
    days = frozenset(received_at // DAY_MS for received_at, _ in read)
    return _Chunk(source, form, numbers, content, days, sum(events for _, events in read))


def _sorted_out(source: str, lines: list[bytes], first: int) -> Iterator[_Chunk]:
    """Line by line: the ones that pass, a chunk for each form, and the ones that don't with the first of them."""
    passed: dict[Form, dict[int, tuple[int, int]]] = {"record": {}, "envelope": {}, "flat": {}}
    refused = []
    for place, line in enumerate(lines):
        if not line or line.isspace():
            continue
        form = form_of(line)
        try:
            if len(line) > LINE_BYTES:
                raise ContractError(f"request: longer than {LINE_BYTES} bytes.")
            passed[form][place] = read_line(line, form)
        except ContractError as problem:
            refused.append((first + place, problem.message, line))
    for form, read in passed.items():
        if read or (refused and form == "flat"):
            content = b"\n".join(lines[place] for place in read)
            chunk = _chunk(source, form, [first + place for place in read], content, list(read.values()))
            chunk.refused, refused = refused, []
            yield chunk


def _blocks(file: Path, progress: Callable[[int], None]) -> Iterator[bytes]:
    """Whole lines, without the last line break. An endless line is cut short, not gathered."""
    rest = b""
    with _readable(file), file.open("rb") as raw:
        stream: Any = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
        told = 0
        while block := stream.read(CHUNK_BYTES):
            if b"\r" in block:
                # Between a valid line's tokens a carriage return means no more than a space.
                block = block.replace(b"\r", b" ")
            if end := block.rfind(b"\n") + 1:
                yield b"".join((rest, memoryview(block)[: end - 1]))
                rest = block[end:]
            else:
                rest = (rest + block)[: LINE_BYTES + 1]
            progress(raw.tell() - told)
            told = raw.tell()
    if rest:
        yield rest


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise StorageError(
            f"{file} can't be read to its end: {why}.",
            "Lines before that may be loaded; loading a whole copy doubles none.",
        ) from None
