"""What the disk must be asked for so that a crash or a power cut leaves whole files, and its refusals in words."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from errors import StorageError

_NUMBER = re.compile(r'errno[":\s]*(\d+)', re.IGNORECASE)


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(written: Path, path: Path) -> None:
    """Sync a finished file and rename it to `path`, in the same folder."""
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Make `path` hold `content`: all of it or, after a crash, what it held before. The umask narrows `mode`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb", opener=partial(os.open, mode=mode)) as file:
            file.write(content)
        put_in_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def reason(problem: Exception) -> str:
    """Why the disk said no, in the system's few words; libraries wrap its number in many of their own."""
    said = _NUMBER.search(str(problem))
    return os.strerror(int(said[1])) if said else str(problem).partition("\n")[0].rstrip(".")


@contextmanager
def refusals(what: str, folder: Path, *kinds: type[Exception]) -> Iterator[None]:
    """Turn an OSError (or one of `kinds`) into a StorageError: "<what> can't be kept in <folder>: <why>."."""
    caught: tuple[type[Exception], ...] = (OSError, *kinds)
    try:
        yield
    except caught as problem:
        raise StorageError(
            f"{what} can't be kept in {folder}: {reason(problem)}.", "Free some space or check who may write there."
        ) from problem
