"""The lake on disk: Parquet files that only ever appear whole, written by one process at a time.

    requests/dt=YYYY-MM-DD/<name>.parquet     one row a request, as received; dt is the UTC date received
    rejects/dt=YYYY-MM-DD/<name>.parquet      one row a line that could not be read, with its reason
    restaurants/<restaurant_id>.parquet       dimensions: every version of one restaurant in its own file
    menu_items/<restaurant_id>.parquet
    recommendation_rules/<restaurant_id>.parquet
    errors/                                   requests that passed the gate and could not be converted, as they were
    derived/                                  ingest_stack.rollups' own

A file is written beside its place, synced and renamed. Whoever adds, merges or reads several files holds `lock()`.
"""

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest_stack import contract
from ingest_stack.disk import put_in_place, refusals, sync_folder, write_whole

Table = Literal["requests", "rejects", "restaurants", "menu_items", "recommendation_rules"]

COLUMNS: dict[Table, dict[str, str]] = {
    "requests": contract.request_columns(),
    "rejects": {
        "received_at": "bigint",
        "restaurant_id": "varchar",
        "source": "varchar",
        "line": "bigint",
        "reason": "varchar",
    },
    "restaurants": {
        "restaurant_id": "varchar",
        "restaurant_name": "varchar",
        "area": "varchar",
        "time_zone": "varchar",
        "currency": "varchar",
    },
    "menu_items": {
        "restaurant_id": "varchar",
        "menu_version": "bigint",
        "published_at": "bigint",
        "item_id": "varchar",
        "item_name": "varchar",
        "section_id": "varchar",
        "section_name": "varchar",
        "section_position": "bigint",
        "position": "bigint",
        "price_minor": "bigint",
        "food_cost_minor": "bigint",
    },
    # rule: hidden (not shown elsewhere), silent (shows no others), pin or block; those two name an item, or (without
    # one) the whole restaurant. place: which of the restaurant's rules it is, for pins are shown in their order.
    "recommendation_rules": {
        "restaurant_id": "varchar",
        "place": "bigint",
        "rule": "varchar",
        "recommended_restaurant_id": "varchar",
        "recommended_item_id": "varchar",
    },
}
DATED: tuple[Table, ...] = ("requests", "rejects")
DAY_MS = 86_400_000
SECONDS_BEFORE_SAYING = 3.0

_ARROW = {"varchar": pa.string(), "bigint": pa.int64()}
_log = logging.getLogger("menulens.lake")
_held = threading.local()


class Lake:
    """The lake at `path`. Every method raises StorageError when the disk says no."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors = path / "errors"
        self._journal = path / "merging.json"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer of the lake; waits for another one, and says so. Its thread may take it again."""
        depths: dict[Path, int] = _held.__dict__.setdefault("depths", {})
        if depths.get(self.path, 0) == 0:
            with refusals("The lake", self.path, duckdb.IOException):
                self.path.mkdir(parents=True, exist_ok=True)
                file = (self.path / ".lock").open("w")
            with file:
                self._wait_for(file.fileno())
                self._finish_merge()
                depths[self.path] = 1
                try:
                    yield
                finally:
                    depths[self.path] = 0
            return
        depths[self.path] += 1
        try:
            yield
        finally:
            depths[self.path] -= 1

    def _wait_for(self, descriptor: int) -> None:
        patience = time.monotonic() + SECONDS_BEFORE_SAYING
        while time.monotonic() < patience:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
        _log.warning("Another process is writing the lake %s; waiting until it is done.", self.path)
        return fcntl.flock(descriptor, fcntl.LOCK_EX)

    @staticmethod
    def day_of(path: Path) -> date:
        """The UTC date in the path of a dated table's file or folder."""
        return next(date.fromisoformat(part[3:]) for part in path.parts[::-1] if part.startswith("dt="))

    def days(self, table: Table = "requests", names: str = "*") -> dict[date, list[Path]]:
        """The files of a dated table (requests, rejects) by day, both sorted; `names` is a pattern of their stems."""
        folders = sorted((self.path / table).glob("dt=????-??-??"))
        files = {self.day_of(folder): sorted(folder.glob(f"{names}.parquet")) for folder in folders}
        return {day: found for day, found in files.items() if found}

    def select(self, table: Table, first_date: date | None = None, last_date: date | None = None) -> str:
        """DuckDB SQL that reads a table, `dt` included for dated ones (bounds inclusive); typed even when empty."""
        names = ", ".join(f'"{name}"' for name in COLUMNS[table])
        if table in DATED:
            names = f"dt, {names}"
            chosen = [
                path
                for day, paths in self.days(table).items()
                if (first_date is None or day >= first_date) and (last_date is None or day <= last_date)
                for path in paths
            ]
        else:
            chosen = sorted((self.path / table).glob("*.parquet"))
        if not chosen:
            kinds = {"dt": "date"} | COLUMNS[table] if table in DATED else COLUMNS[table]
            empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in kinds.items())
            return f"SELECT {empty} WHERE false"
        files = ", ".join(_quoted(path) for path in chosen)
        hive = "hive_partitioning=true, hive_types={'dt': date}" if table in DATED else "hive_partitioning=false"
        return f"SELECT {names} FROM read_parquet([{files}], {hive})"

    def append(
        self, table: Table, rows: duckdb.DuckDBPyRelation | pa.Table, name: str, day: int | None = None
    ) -> list[Path]:
        """Add rows to `requests` or `rejects`: one file `<name>.parquet` in each UTC date of `received_at`.

        `rows` has exactly COLUMNS[table]. It is read once for its dates and once for each of them: give a table, not
        a costly plan. The same name replaces what it wrote before, so doing it again changes nothing. `day`: all rows
        are of this one, in days since 1970.
        """
        relation = duckdb.connect().from_arrow(rows) if isinstance(rows, pa.Table) else rows
        names = ", ".join(f'"{column}"' for column in COLUMNS[table])
        by_day = f"received_at // {DAY_MS}"
        days = [day] if day is not None else [found for (found,) in relation.aggregate(by_day).order("1").fetchall()]
        written = []
        with self.lock():
            for each in days:
                folder = self.path / table / f"dt={date(1970, 1, 1) + timedelta(days=each)}"
                part = relation if len(days) == 1 else relation.filter(f"{by_day} = {each}")
                written.append(self._write(part.project(names), folder / f"{name}.parquet"))
        return written

    def reject(self, rows: Iterable[Mapping[str, Any]], name: str) -> None:
        """Record refused lines: mappings of received_at (ms), restaurant_id | None, source, line, reason."""
        self.append("rejects", pa.Table.from_pylist(list(rows), schema=_schema("rejects")), name)

    def write_dimensions(self, restaurant: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> None:
        """Replace one restaurant's row in `restaurants` and all its rows (every menu version) in `menu_items`.

        Mappings of COLUMNS' names. Takes no lock: a file is one restaurant's own and replaced by rename, and
        publishing a menu must not wait for a long refresh.
        """
        for place, body in dimension_files(restaurant, items).items():
            with refusals("The lake", self.path):
                write_whole(self.path / place, body)

    def write_rules(self, restaurant_id: str, rules: Iterable[Mapping[str, Any]]) -> None:
        """Replace one restaurant's rows in `recommendation_rules`; takes no lock, as `write_dimensions`."""
        place, body = rules_file(restaurant_id, rules)
        with refusals("The lake", self.path):
            write_whole(self.path / place, body)

    def merge(self, day: date, below: int, at_least: int = 2, names: str = "*") -> bool:
        """Make one file of a day's request files smaller than `below` bytes, if they are `at_least` so many.

        `names`: a pattern of their stems. Who may write a name again must not merge it.

        A journal names the new file and the old ones: whoever takes the lock after a crash finishes or forgets it.
        """
        with self.lock():
            small = [path for path in self.days(names=names).get(day, []) if path.stat().st_size < below]
            if len(small) < at_least:
                return False
            merged = small[0].with_name(f"merged-{time.time_ns()}.parquet")
            journal = {"merged": merged.name, "folder": merged.parent.name, "parts": [path.name for path in small]}
            with refusals("The lake", self.path, duckdb.IOException):
                write_whole(self._journal, json.dumps(journal).encode())
            connection = duckdb.connect()
            connection.execute("SET threads = 1; SET preserve_insertion_order = true")
            files = ", ".join(_quoted(path) for path in small)
            rows = connection.sql(f"SELECT * FROM read_parquet([{files}], hive_partitioning=false)")
            self._write(rows, merged)
            self._finish_merge()
        return True

    def sweep(self) -> None:
        """Remove what a killed writer left unfinished."""
        with self.lock(), refusals("The lake", self.path):
            # Nobody who holds no lock writes these; a file to convert is written without it, and used at once.
            unfinished = [path for table in DATED for path in (self.path / table).glob("dt=*/.*.tmp")]
            yesterday = time.time() - 86_400
            unfinished += [path for path in self.path.glob(".*.tmp") if path.stat().st_mtime < yesterday]
            for path in unfinished:
                path.unlink(missing_ok=True)

    def _finish_merge(self) -> None:
        if not self._journal.exists():
            return
        journal = json.loads(self._journal.read_bytes())
        folder = self.path / "requests" / journal["folder"]
        if (folder / journal["merged"]).exists():
            for part in journal["parts"]:
                (folder / part).unlink(missing_ok=True)
            sync_folder(folder)
        self._journal.unlink()

    def _write(self, rows: duckdb.DuckDBPyRelation, path: Path) -> Path:
        with refusals("The lake", self.path, duckdb.IOException):
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            try:
                rows.write_parquet(str(beside), compression="zstd", row_group_size=20_480, overwrite=True)
                put_in_place(beside, path)
            finally:
                beside.unlink(missing_ok=True)
        return path


def dimension_files(restaurant: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """One restaurant's file of each dimension, by its place in a lake, in the order in which they are to be written."""
    parts: dict[Table, list[dict[str, Any]]] = {
        "menu_items": [dict(item) for item in items],
        "restaurants": [dict(restaurant)],
    }
    return {f"{table}/{restaurant['restaurant_id']}.parquet": _parquet(table, part) for table, part in parts.items()}


def rules_file(restaurant_id: str, rules: Iterable[Mapping[str, Any]]) -> tuple[str, bytes]:
    """One restaurant's file of `recommendation_rules`: its place in a lake, and what it holds."""
    rows = [dict(rule) for rule in rules]
    return f"recommendation_rules/{restaurant_id}.parquet", _parquet("recommendation_rules", rows)


def _parquet(table: Table, rows: list[dict[str, Any]]) -> bytes:
    file = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(table)), file, compression="zstd")
    return bytes(file.getvalue().to_pybytes())


def _schema(table: Table) -> pa.Schema:
    return pa.schema([(name, _ARROW[kind]) for name, kind in COLUMNS[table].items()])


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
