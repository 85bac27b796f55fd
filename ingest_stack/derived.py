"""The derived tables on disk: a file a table and day, and one manifest that says which of them are current.

    derived/manifest.json                                   replaced by rename: a whole refresh is seen at once
    derived/<table>/local_date=YYYY-MM-DD/<generation>.parquet
    derived/sightings/dt=YYYY-MM-DD/<generation>.parquet    arrivals too: what each partition of the lake holds

The tables of recommendations are made as a whole: they have one file, under the newest local date that it counts.

No file changes once a manifest has named it. One that a newer manifest no longer names stays for a while, since a
reader may still hold the older manifest.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from errors import StorageError
from ingest_stack.disk import refusals, write_whole

TABLES = (
    "visits",
    "visit_items",
    "item_hours",
    "section_hours",
    "visit_hours",
    "recommendation_hours",
    "crossing_hours",
    "ledger_hours",
)
WHOLE = ("item_pairs", "crossings", "recommendations")
BY_DAY = (*TABLES, "receipts", *WHOLE)
BY_PARTITION = ("sightings", "arrivals")
LEAST_GUESTS = 5
"""Fewer guests are nobody to speak of: what rests on them isn't told."""
GRACE_SECONDS = 600.0
FORMAT = 4
"""Grows when the rollups count differently: tables of another format are filled anew."""

Signature = tuple[int, int]
"""Size and time of change (ns) of a file: another one has other content."""


@dataclass(frozen=True)
class Manifest:
    """One generation: `files` has every table, a file for each local date that holds rows; `as_of` its newest event."""

    generation: str
    as_of: datetime | None
    files: Mapping[str, Mapping[date, Path]]


@dataclass
class State:
    """All that the manifest records: the current files, and what they were made of. Days are ISO dates."""

    generation: str = ""
    as_of: int | None = None
    tables: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in BY_DAY})
    partitions: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in BY_PARTITION})
    newest: dict[str, int] = field(default_factory=dict)
    """Local date → derived instant (ms) of the newest event of its visits."""
    requests: dict[str, dict[str, Signature]] = field(default_factory=dict)
    rejects: dict[str, dict[str, Signature]] = field(default_factory=dict)
    """dt → the files that were read, by name."""
    restaurants: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """restaurant → the time zone and currency by which its days were counted."""
    menus: dict[str, str] = field(default_factory=dict)
    """menu version and restaurant → digest of the places by which its items were counted."""
    stale: list[str] = field(default_factory=list)
    stale_ledger: list[str] = field(default_factory=list)
    """Local dates known to be out of date: a refresh of some days leaves the others here."""
    recommended: str = ""
    recommended_at: float = 0.0
    """Digest of all that the recommendations were made of, and when that was (seconds since the epoch)."""
    ruled: str = ""
    """Digest of the rules that they were made by."""
    superseded: dict[str, float] = field(default_factory=dict)
    """Files that this manifest no longer names → since when (seconds since the epoch)."""
    format: int = FORMAT


class Derived:
    """The derived tables of the lake at `lake`."""

    def __init__(self, lake: Path) -> None:
        self.path = lake / "derived"
        self._manifest = self.path / "manifest.json"

    def manifest(self) -> Manifest:
        """What is current; an empty generation where nothing was refreshed yet. Raises StorageError if unreadable."""
        state = self.state()
        return Manifest(
            generation=state.generation,
            as_of=None if state.as_of is None else datetime.fromtimestamp(state.as_of / 1000, UTC),
            files={
                table: {date.fromisoformat(day): self.file(table, day, state.tables[table][day]) for day in days}
                for table, days in state.tables.items()
                if table in (*TABLES, *WHOLE)
            },
        )

    def state(self) -> State:
        """The whole record, for whoever refreshes. Raises StorageError if it can't be read."""
        try:
            said: dict[str, Any] = json.loads(self._manifest.read_bytes())
        except FileNotFoundError:
            return State()
        except (OSError, ValueError) as problem:
            raise StorageError(
                f"{self._manifest} can't be read: {problem}.", "Remove it and run `menulens refresh`."
            ) from problem
        # Another format is kept readable until the refresh that replaces it, and recognised by its number.
        known = State.__dataclass_fields__
        state = State(**{key: value for key, value in said.items() if key in known})
        for table in BY_DAY:  # one that came with a newer release is empty until a refresh fills it
            state.tables.setdefault(table, {})
        return state

    def file(self, table: str, day: str, name: str) -> Path:
        """Where one file of a table lies."""
        return self.path / table / f"{'dt' if table in BY_PARTITION else 'local_date'}={day}" / name

    def publish(self, state: State) -> None:
        """Make `state` the current one, for all readers at once; nothing is written where nothing changed."""
        said = json.dumps(asdict(state), separators=(",", ":"), sort_keys=True).encode()
        if not self._manifest.exists() or self._manifest.read_bytes() != said:
            with refusals("The derived tables", self.path):
                write_whole(self._manifest, said)

    def sweep(self, state: State) -> None:
        """Delete what no reader can hold: files that no manifest ever named, and those superseded long ago."""
        limit = time.time() - GRACE_SECONDS
        state.superseded = {path: since for path, since in state.superseded.items() if since > limit}
        kept = {*self._named(state), *state.superseded}
        for table in (*BY_DAY, *BY_PARTITION):
            for path in (self.path / table).glob("*=*/*"):
                if str(path.relative_to(self.path)) not in kept:
                    path.unlink(missing_ok=True)

    def replace(self, state: State, table: str, day: str, name: str | None) -> None:
        """Note in `state` that this file (None: no rows) is now the table's for that day."""
        held = state.partitions[table] if table in BY_PARTITION else state.tables[table]
        old = held.pop(day, None)
        if old is not None and old != name:
            state.superseded[self._relative(table, day, old)] = time.time()
        if name is not None:
            held[day] = name

    def emptied(self, state: State) -> State:
        """A state without tables, which supersedes all that `state` names."""
        return State(superseded={**state.superseded, **dict.fromkeys(self._named(state), time.time())})

    def _named(self, state: State) -> list[str]:
        tables = {**state.tables, **state.partitions}.items()
        return [self._relative(table, day, name) for table, days in tables for day, name in days.items()]

    def _relative(self, table: str, day: str, name: str) -> str:
        return str(self.file(table, day, name).relative_to(self.path))
