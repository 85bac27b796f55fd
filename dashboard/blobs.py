"""Where the dashboard keeps what people write, their menus and who they are: the port, and its folder.

A bucket's adapter is in s3.py.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from errors import StorageError
from ingest_stack.disk import reason, refusals, write_whole

PRIVATE = ("accounts/", "attempts/", "audit/", "sessions/")  # for nobody else on the machine


class StaleError(Exception):
    """A blob is no longer what its writer had read. Never leaves a store, which reads again or says so."""


class Blobs(Protocol):
    """Whole byte strings by key, such as "menus/bistro/draft.json"; a tag names what a key holds.

    Whoever reads after a write sees it. Every method raises StorageError in words when the disk or bucket says no.
    """

    def get(self, key: str) -> tuple[bytes, str] | None:
        """What is kept under a key, and its tag; None: nothing."""
        ...

    def fixed(self, key: str) -> bytes | None:
        """What is kept under a key that never changes once it is there: it needn't be asked for twice."""
        ...

    def put(self, key: str, body: bytes, tag: str | None = None) -> str:
        """Keep `body`, at once and whole; its tag. `tag` says what it may replace (empty: nothing; None: anything).

        Raises StaleError if something else is there.
        """
        ...

    def delete(self, key: str) -> None: ...

    def names(self, folder: str) -> list[str]:
        """What is directly below `folder`, such as "menus/", sorted; names of further folders end in "/"."""
        ...

    def where(self, key: str) -> str:
        """The key's place, for who has to look there."""
        ...


def open_blobs(home: Path, bucket: str = "") -> Blobs:
    """What a home keeps: in itself, or in a bucket ("s3://name/folder")."""
    if not bucket:
        return FolderBlobs(home)
    from dashboard.s3 import open_bucket

    return open_bucket(bucket)


class FolderBlobs:
    """Files below a folder. A writer holds a lock for as long as one write takes; readers need none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> tuple[bytes, str] | None:
        try:
            body = (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StorageError(f"{self.where(key)} can't be read: {reason(problem)}.") from problem
        return body, _tag(body)

    def fixed(self, key: str) -> bytes | None:
        kept = self.get(key)
        return kept[0] if kept else None

    def put(self, key: str, body: bytes, tag: str | None = None) -> str:
        with self._writing():
            if tag is not None:
                there = self.get(key)
                if tag != (there[1] if there else ""):
                    raise StaleError(key)
            write_whole(self._folder / key, body, mode=0o600 if key.startswith(PRIVATE) else 0o666)
        return _tag(body)

    def delete(self, key: str) -> None:
        path = self._folder / key
        with self._writing():
            path.unlink(missing_ok=True)
            with suppress(OSError):  # as long as others are in it, the folder stays
                path.parent.rmdir()

    def names(self, folder: str) -> list[str]:
        found = (self._folder / folder).glob("[!.]*")
        return sorted(f"{path.name}/" if path.is_dir() else path.name for path in found)

    def where(self, key: str) -> str:
        return str(self._folder / key)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Between reading what is there and replacing it, nobody else writes."""
        with refusals("Menus and people", self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
