"""Who did what, and when: a record that is only ever added to, kept beside the menus.

    audit/2026-11-30.ndjson    one day (UTC), one line an entry
    audit/budget               the monthly budget of the last start, to tell another one by

A line holds names of people and of restaurants, and what changed: no password, no address, nothing of guests.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.blobs import Blobs, StaleError
from errors import StorageError

Kind = Literal[
    "sign_in",
    "sign_in_failed",
    "locked_out",
    "sign_out",
    "invited",
    "password_set",
    "password_reset",
    "role_changed",
    "person_removed",
    "unlocked",
    "published",
    "rolled_back",
    "exported",
    "budget_overridden",
    "recommending_changed",
]
FOLDER = "audit/"
COLUMNS = ("at", "who", "kind", "about", "details")
LONGEST = 500  # letters of a detail: a line stays short, whatever it tells of


class Entry(BaseModel):
    """One thing that somebody did. `about`: to whom or what; `who` is empty where nobody known did it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    kind: Kind
    who: str
    about: str = ""
    details: dict[str, str] = {}

    @property
    def told(self) -> str:
        """The details in words: "was manager of uno, is product"."""
        return ", ".join(f"{name} {said}" for name, said in self.details.items())

    @property
    def row(self) -> tuple[str, ...]:
        """All of it as a row under COLUMNS, the instant in UTC."""
        return self.at.isoformat(timespec="seconds"), self.who, self.kind, self.about, self.told


class Audit:
    """The record. There is no way to change or remove an entry; of several who add at once none is lost."""

    def __init__(self, blobs: Blobs, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._blobs = blobs
        self._clock = clock

    def record(self, kind: Kind, who: str, about: str = "", **details: str) -> None:
        """Add an entry. `who` is a known person's id: what a stranger typed may be a password. Raises StorageError."""
        at, short = self._clock().astimezone(UTC), {name: said[:LONGEST] for name, said in details.items()}
        entry = Entry(at=at, kind=kind, who=who[:LONGEST], about=about[:LONGEST], details=short)
        line = entry.model_dump_json().encode() + b"\n"
        while True:
            before, tag = self._blobs.get(_key(at.date())) or (b"", "")
            try:
                self._blobs.put(_key(at.date()), before + line, tag)
            except StaleError:
                continue
            return

    def read(self, first_date: date, last_date: date) -> list[Entry]:
        """The entries of these days (UTC, both included), newest first. Raises StorageError for a line that is none."""
        names = [name for name in self._blobs.names(FOLDER) if str(first_date) <= name[:10] <= str(last_date)]
        return [entry for name in reversed(names) for entry in reversed([*self._entries(name)])]

    def _entries(self, name: str) -> Iterator[Entry]:
        key, now = FOLDER + name, self._clock().astimezone(UTC).date()
        # Who adds at midnight may still write to the day before; what is older stays as it is.
        older = name[:10] < str(now - timedelta(days=1))
        body = self._blobs.fixed(key) if older else (self._blobs.get(key) or (b"",))[0]
        for number, line in enumerate((body or b"").splitlines(), start=1):
            try:
                yield Entry.model_validate_json(line)
            except ValidationError as problem:
                where = f"{self._blobs.where(key)}, line {number}"
                raise StorageError(f"{where} holds no entry: {problem.errors()[0]['msg']}.") from None


def _key(day: date) -> str:
    return f"{FOLDER}{day}.ndjson"
