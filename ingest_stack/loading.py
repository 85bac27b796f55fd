"""`menulens load`: files of requests or events → the lake, for backfill and replay, in bounded memory.

Each line is held against the contract in this thread while another one converts the lines before. A line that is
refused goes to rejected/ with its number and the reason, and stops nothing.
"""

import gzip
import json
import os
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from errors import ContractError, StorageError
from ingest_stack.contract import MAX_BYTES, Form, form_of, read_line
from ingest_stack.conversion import Converter, restaurant_of
from ingest_stack.disk import refusals
from ingest_stack.lake import Lake

CHUNK_BYTES = 32 * 1024 * 1024
LINE_BYTES = MAX_BYTES + 1024
MERGE_BELOW = 1 << 24


@dataclass
class Loaded:
    """What came of the files: events brought in, lines refused, and where those are written."""

    events: int = 0
    refused: int = 0
    rejected: Path | None = None


@dataclass
class _Chunk:
    """Lines of one file that passed the gate, by form, with their numbers; and those that did not."""

    source: str
    lines: dict[Form, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[Form, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[int, str, bytes]] = field(default_factory=list)
    events: int = 0


def load(home: Path, files: Sequence[Path], progress: Callable[[int], None] = lambda _: None) -> Loaded:
    """Bring the files' lines into the lake of `home`; `progress` is called with bytes read since the last call.

    Raises StorageError when a file can't be read to its end (what stood before is loaded) or nothing can be written.
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
    loading.merge()
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
        refused = list(chunk.refused)
        self.loaded.events += chunk.events
        for form, lines in chunk.lines.items():
            converted = self._converter.convert(lines, form)
            self._lake.append("requests", converted.rows, f"{name}-{form}")
            for place, why in converted.refused.items():
                refused.append((chunk.numbers[form][place], why, lines[place]))
                self.loaded.events -= read_line(lines[place], form)
        if refused:
            self._refuse(chunk.source, sorted(refused), name)

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

    def merge(self) -> None:
        names = f"{self._name}-*"
        for day in self._lake.days(names=names):
            self._lake.merge(day, below=MERGE_BELOW, names=names)


def _chunks(file: Path, progress: Callable[[int], None]) -> Iterator[_Chunk]:
    """The file's lines, gated, some thirty megabytes at a time."""
    form: Form = "envelope"
    number = 0
    for lines in _blocks(file, progress):
        chunk = _Chunk(str(file))
        for line in lines:
            number += 1
            if line.isspace():
                continue
            try:
                if len(line) > LINE_BYTES:
                    raise ContractError(f"request: longer than {MAX_BYTES} bytes.")
                try:
                    events = read_line(line, form)
                except ContractError:
                    seeming = form_of(line)
                    if seeming == form:
                        raise
                    events, form = read_line(line, seeming), seeming
            except ContractError as problem:
                chunk.refused.append((number, problem.message, line[:LINE_BYTES]))
            else:
                chunk.events += events
                chunk.lines[form].append(line)
                chunk.numbers[form].append(number)
        yield chunk


def _blocks(file: Path, progress: Callable[[int], None]) -> Iterator[list[bytes]]:
    """Lists of whole lines, each with its line break. An endless line is cut short, not gathered."""
    rest = b""
    with _readable(file), file.open("rb") as raw:
        stream: BinaryIO = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw  # type: ignore[assignment]
        told = 0
        while block := stream.read(CHUNK_BYTES):
            # Between a valid line's tokens a carriage return means no more than a space.
            *whole, rest = (rest + block.replace(b"\r", b" ")).split(b"\n")
            lines = [line + b"\n" for line in whole]
            rest = rest[: LINE_BYTES + 1]
            if lines:
                yield lines
            progress(raw.tell() - told)
            told = raw.tell()
    if rest:
        yield [rest + b"\n"]


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise StorageError(
            f"{file} can't be read to its end: {why}.", "What stood before is loaded; loading it again doubles nothing."
        ) from None
