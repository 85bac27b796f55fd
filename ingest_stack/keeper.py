"""The process that brings acknowledged requests from the spool into the lake, and the derived tables up to date.

Each step can be killed at any point: a segment's files in the lake carry its name and replace themselves when it is
converted again, and it is removed only once they stand there.
"""

import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from errors import MenulensError
from ingest_stack.conversion import REFUSALS, Converter, restaurant_of
from ingest_stack.disk import refusals, sync_folder, write_whole
from ingest_stack.lake import Lake
from ingest_stack.spool import closed_segments, opened_at, read_segment

# A day's files are merged sixteen at a time, so that each row is written anew about once a size.
MERGE_SIZES = (1 << 20, 1 << 24, 1 << 27)
MERGE_COUNT = 16
REFRESH_SECONDS = 60.0


class Keeper:
    """Spool → lake of the home at `home`."""

    def __init__(self, home: Path) -> None:
        self._spool = home / "spool"
        self._lake = Lake(home / "lake")
        with refusals("Requests", self._spool):
            self._spool.mkdir(parents=True, exist_ok=True)
            for unfinished in self._spool.glob(".*.tmp"):
                unfinished.unlink()
        self._lake.sweep()
        self._converter = Converter(self._spool)

    def convert(self) -> set[date]:
        """Bring every closed segment into the lake, each exactly once; returns the days that grew."""
        days: set[date] = set()
        with self._lake.lock(), refusals("Requests", self._lake.path):
            for segment in closed_segments(self._spool):
                days |= self._bring(segment)
                segment.unlink()
                sync_folder(self._spool)
            # Only now: a segment that was brought but not yet removed must find its file by name.
            for day in sorted(days):
                for size in MERGE_SIZES:
                    self._lake.merge(day, below=size, at_least=MERGE_COUNT)
        return days

    def _bring(self, segment: Path) -> set[date]:
        """The days that the segment's requests belong to."""
        name = segment.stem
        contents = read_segment(segment)
        file = segment if contents.whole else self._converter.write([contents.lines])
        refused: list[tuple[bytes, str]] = []
        try:
            rows = self._converter.read_whole(file, "record")
        except REFUSALS:
            lines = contents.lines.split(b"\n")
            sifted = self._converter.sift(lines, "record")
            readable = (line for place, line in enumerate(lines) if place not in sifted)
            rows = self._converter.read_whole(self._converter.write(readable), "record")
            refused = [(lines[place], why) for place, why in sorted(sifted.items())]
        written = self._lake.append("requests", rows, name)
        if refused:
            write_whole(self._lake.errors / f"{name}.ndjson", b"".join(line + b"\n" for line, _ in refused))
        if contents.damaged:
            write_whole(self._lake.errors / f"{name}.damaged.ndjson", b"".join(contents.damaged))
            refused += [(batch, "The batch does not match its checksum.") for batch in contents.damaged]
        if refused:
            self._lake.reject(
                (
                    {
                        "received_at": opened_at(segment),
                        "restaurant_id": restaurant_of(line),
                        "source": f"spool/{segment.name}",
                        "line": number,
                        "reason": why,
                    }
                    for number, (line, why) in enumerate(refused, start=1)
                ),
                name,
            )
        return {Lake.day_of(path) for path in written}


def keep(
    home: Path,
    every_seconds: float,
    refresh: Callable[[Path], object],
    stopped: threading.Event,
    say: Callable[[str], None],
) -> None:
    """Convert and refresh every `every_seconds` until `stopped`; what was taken by then is in the lake at return.

    `refresh` brings the derived tables of the lake at a path up to date.
    Trouble is said once in words and tried again: the spool keeps what has not reached the lake.
    """
    keeper = Keeper(home)
    trouble = ""
    refreshed = float("-inf")
    while True:
        last = stopped.is_set()
        begun = time.monotonic()
        try:
            fresh = keeper.convert()
            if not last and (fresh or trouble or begun - refreshed > REFRESH_SECONDS):
                refresh(home / "lake")
                refreshed = begun
            if trouble and not last:
                say("The lake is being kept again.")
                trouble = ""
        except Exception as problem:
            words = str(problem) if isinstance(problem, MenulensError) else f"{type(problem).__name__}: {problem}"
            words = words.partition("\n")[0]
            if words != trouble:
                say(f"The lake could not be brought up to date; trying again: {words}")
            trouble = words
        if last:
            return
        stopped.wait(max(0.0, begun + every_seconds - time.monotonic()))
