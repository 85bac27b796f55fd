"""Attempts: who guesses passwords waits, longer after each guess; whether the name exists makes no difference.

An attempt counts as failed before its password is looked at, and is taken back when that was right: of many at once no
more than a few get through.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.blobs import Blobs, StaleError

NOW = timedelta()


@dataclass(frozen=True)
class Limit:
    """So many failures are `free`; then each costs a wait, twice as long as the one before, until all is forgotten."""

    free: int
    first: timedelta
    longest: timedelta
    forgets: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long after the last of so many failures nobody may try."""
        over = failures - self.free
        return NOW if over < 0 else min(self.first * 2 ** min(over, 30), self.longest)


OF_ONE = Limit(5, timedelta(seconds=30), timedelta(hours=1), timedelta(days=1))
OF_ALL = Limit(50, timedelta(seconds=1), timedelta(seconds=30), timedelta(minutes=10))
ALL = "everybody"


class _Count(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = 0
    last_at: datetime = datetime.min.replace(tzinfo=UTC)


class Attempts:
    """The counts: of each name that was tried, and of all together."""

    def __init__(self, blobs: Blobs, clock: Callable[[], datetime]) -> None:
        self._blobs = blobs
        self._clock = clock

    def begin(self, name: str, *, alone: bool = False) -> timedelta:
        """Count an attempt and give NOW; or give how long to wait, and count nothing.

        `alone`: what others do doesn't make this one wait.
        """
        if not alone and (waits := self._waits(self._read(ALL)[0], OF_ALL)):
            return waits  # before anything is kept: names can be made up without end
        waits = self._count(name, OF_ONE)
        if waits or alone:
            return waits
        if waits := self._count(ALL, OF_ALL):  # others came between
            self._change(name, _less)
        return waits

    def succeeded(self, name: str, *, alone: bool = False) -> None:
        """Take back all that was counted under a name, and one of all."""
        self.forgive(name)
        if not alone:
            self._change(ALL, _less)

    def forgive(self, name: str) -> None:
        """Forget the failures of a name: whoever was locked out may try at once."""
        self._blobs.delete(_key(name))

    def locks(self, name: str) -> bool:
        """Whether a name has to wait just now."""
        return self._waits(self._read(name)[0], OF_ONE) > NOW

    def sweep(self) -> None:
        """Remove the counts that are forgotten anyway."""
        for file in self._blobs.names("attempts/"):
            name = file.removesuffix(".json")
            if self._clock() - self._read(name)[0].last_at > OF_ONE.forgets:
                self._blobs.delete(_key(name))

    def _count(self, name: str, limit: Limit) -> timedelta:
        while True:
            count, tag = self._read(name)
            if waits := self._waits(count, limit):
                return waits
            now = self._clock()
            before = 0 if now - count.last_at > limit.forgets else count.failures
            if self._put(name, _Count(failures=before + 1, last_at=now), tag):
                return NOW

    def _change(self, name: str, how: Callable[[_Count], _Count]) -> None:
        while True:
            count, tag = self._read(name)
            if not tag or self._put(name, how(count), tag):
                return

    def _waits(self, count: _Count, limit: Limit) -> timedelta:
        return max(NOW, count.last_at + limit.wait(count.failures) - self._clock())

    def _read(self, name: str) -> tuple[_Count, str]:
        body, tag = self._blobs.get(_key(name)) or (b"", "")
        try:
            return _Count.model_validate_json(body) if body else _Count(), tag
        except ValidationError:  # what can't be read counts as nothing: it must keep nobody out for good
            return _Count(), tag

    def _put(self, name: str, count: _Count, tag: str) -> bool:
        try:
            self._blobs.put(_key(name), count.model_dump_json().encode(), tag)
        except StaleError:
            return False
        return True


def _less(count: _Count) -> _Count:
    return count.model_copy(update={"failures": max(0, count.failures - 1)})


def _key(name: str) -> str:
    return f"attempts/{name}.json"
